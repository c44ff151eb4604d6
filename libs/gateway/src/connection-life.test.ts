import { ParseError } from '@mediamesh/bytes';
import { TimerWheel } from '@mediamesh/net';
import { Logging, MemorySink } from '@mediamesh/platform';
import { describe, expect, test } from 'vitest';
import { ConnectionLife } from './connection-life.ts';

class RefusedError extends Error {}

class Setup {
  readonly sink = new MemorySink();
  readonly stops: string[] = [];
  readonly life: ConnectionLife<string>;
  private nowMs = 0;
  private readonly wheel = new TimerWheel(() => this.nowMs);

  constructor() {
    const { logger } = new Logging({ level: 'debug', sinks: [this.sink] });
    this.life = new ConnectionLife({ timers: this.wheel, logger, expected: [RefusedError], stop: (reason) => this.stop(reason) });
  }

  seconds(count: number): void {
    for (const end = this.nowMs + count * 1_000; this.nowMs < end;) {
      this.nowMs += 100;
      this.wheel.advance();
    }
  }

  private stop(reason: string): void {
    this.stops.push(reason);
    this.life.finish(reason);
  }
}

describe('the life of a connection', () => {
  test('ends once, with the first end, when connecting has settled', async () => {
    const { life } = new Setup();
    const connected = Promise.withResolvers<void>();
    const end = life.run(() => connected.promise);
    life.finish('stopped');
    life.finish('EOF');
    expect(life.isOver && life.signal.aborted).toBe(true);
    connected.resolve();
    expect(await end).toBe('stopped');
  });

  test('repeats until its end, and not after it', () => {
    const setup = new Setup();
    let ticks = 0;
    setup.life.every(1_000, () => ticks++);
    setup.seconds(3);
    setup.life.finish('EOF');
    setup.seconds(3);
    expect(ticks).toBe(3);
  });

  test.each<[string, Error, boolean]>([
    ['of the server', new ParseError('RtspResponse', 0, 'is not one'), false],
    ['of the stream, which the protocol names', new RefusedError('no'), false],
    ['of ours', new TypeError('x is not a function'), true],
  ])('an error %s stops it with the message', async (_, error, isLogged) => {
    const setup = new Setup();
    setup.life.every(1_000, () => {
      throw error;
    });
    const end = setup.life.run(async () => {});
    setup.seconds(5);
    expect(await end).toBe(error.message);
    expect(setup.stops).toEqual([error.message]);
    expect(setup.sink.text.includes('internal error, closing the connection')).toBe(isLogged);
  });
});
