import { sourceWatch } from '@mediamesh/contracts';
import { InProcessWire, Logging, MemorySink } from '@mediamesh/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Sources } from './sources.ts';
import type { PulledSource, SourceEnd, SourceOrder } from './sources.ts';
import { VIDEO } from './stream.cases.ts';
import { StreamPublisher } from './stream-publisher.ts';
import { TestControl } from './testing/test-control.ts';
import { TestGateway } from './testing/test-gateway.ts';

const SILENCE_MS = 50;
const DEADLINE_MS = 5_000;

/** Publishes, and gives what the test gives. */
class Source implements PulledSource {
  readonly path: string;
  publisher: StreamPublisher | undefined;
  private readonly order: SourceOrder;
  private finish: (end: SourceEnd) => void = () => {};

  constructor(order: SourceOrder) {
    this.order = order;
    this.path = order.path;
  }

  async run(): Promise<SourceEnd> {
    const end = new Promise<SourceEnd>((resolve) => (this.finish = resolve));
    const { path, sourceId: sessionId } = this.order;
    const publisher = { path, sessionId, sourceType: 'rtspSource', query: '', user: '', tracks: [VIDEO], standsBy: true };
    this.publisher = await StreamPublisher.open(side.gateway, { ...publisher, onLost: (reason) => void this.stop(reason) });
    const { reason, expected } = await end;
    await this.publisher.close(reason);
    return { reason, expected };
  }

  async stop(reason: string): Promise<void> {
    this.finish({ reason, expected: true });
  }
}

let control: TestControl;
let side: TestGateway;
let sources: Sources<true>;
let opened: Source[];

const order = (sourceId: string, more: Partial<SourceOrder> = {}): SourceOrder => ({
  sourceId,
  path: 'cam',
  sourceType: 'rtspSource',
  url: 'rtsp://h/x',
  onDemand: false,
  feed: 0,
  silenceTimeoutMs: 0,
  options: {},
  ...more,
});
const isReady = (index: number) => () => opened[index]?.publisher?.ready === true;
const until = (condition: () => boolean) => expect.poll(condition, { timeout: DEADLINE_MS, interval: 5 }).toBe(true);

beforeEach(async () => {
  const wire = new InProcessWire();
  control = await TestControl.open(wire);
  side = await TestGateway.open(wire);
  opened = [];
  const { logger } = new Logging({ level: 'debug', sinks: [new MemorySink()] });
  const open = (one: SourceOrder): Source => opened[opened.push(new Source(one)) - 1]!;
  sources = new Sources<true>({ gateway: side.gateway, logger, component: 'RTSP source', open });
  sources.configure(true);
});

afterEach(async () => {
  await sources.close('terminated');
  await side.close();
  await control.close();
});

describe('a source that gives nothing', () => {
  const stopped = () => control.script.heard.filter((line) => line.startsWith('source'));

  test('has failed when others can take over', async () => {
    sources.start(order('s', { silenceTimeoutMs: SILENCE_MS }));
    await until(() => stopped().length > 0);
    expect(stopped()).toEqual(['source cam s stopped: no data received in 0.05s']);
    await until(() => side.gateway.held.publishers.size === 0);
  });

  test.each([0, 60_000])('has failed by what control says while it runs, after %d ms', async (silenceTimeoutMs) => {
    sources.start(order('s', { silenceTimeoutMs }));
    await until(isReady(0));
    const { instance } = side.gateway;
    await control.client.request(sourceWatch, { sourceId: 's', silenceTimeoutMs: SILENCE_MS }, { instance, deadlineMs: DEADLINE_MS });
    await until(() => stopped().length > 0);
    expect(stopped()).toEqual(['source cam s stopped: no data received in 0.05s']);
  });

  test('has not while it gives something', async () => {
    sources.start(order('s', { silenceTimeoutMs: SILENCE_MS }));
    await until(isReady(0));
    let looks = 0;
    await until(() => {
      opened[0]!.publisher!.ingest.inboundBytes++;
      return ++looks === (4 * SILENCE_MS) / 5;
    });
    expect(stopped()).toEqual([]);
  });
});

test('a path has one of each of its sources here', async () => {
  sources.start(order('s'));
  await until(isReady(0));
  sources.start(order('b', { feed: 1 }));
  await until(isReady(1));
  expect([...side.gateway.held.publishers.keys()]).toEqual(['s', 'b']);
  sources.start(order('t'));
  await until(() => !side.gateway.held.publishers.has('s'));
  await until(isReady(2));
  expect([...side.gateway.held.publishers.keys()]).toEqual(['b', 't']);
});
