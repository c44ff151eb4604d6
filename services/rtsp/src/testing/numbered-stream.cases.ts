import { randomUUID } from 'node:crypto';
import { StreamPublisher } from '@mediamesh/gateway';
import type { Track } from '@mediamesh/media';
import { waitFor } from '@mediamesh/testkit';
import type { TestServer } from './test-server.cases.ts';

const FRAME_MS = 5;
const FRAME_TICKS = 960;
const DEADLINE_MS = 15_000;
/** CELT, 20 ms, mono. */
const TOC = 0xf8;
const OPUS: Track = { id: 1, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 1 } };

/** Publishes at a server, from the inside: frames, of Opus unless it is told otherwise, with a number each, faster than real ones. */
export class NumberedStream {
  private readonly publisher: StreamPublisher;
  private readonly timer: NodeJS.Timeout;
  private number = 0;

  static async open({ gateway }: TestServer, path: string, track: Track = OPUS): Promise<NumberedStream> {
    const publisher = await StreamPublisher.open(gateway, {
      path,
      sessionId: randomUUID(),
      sourceType: 'rtspSession',
      query: '',
      user: '',
      tracks: [track],
      onLost: () => {},
    });
    return new NumberedStream(publisher);
  }

  private constructor(publisher: StreamPublisher) {
    this.publisher = publisher;
    this.timer = setInterval(() => this.write(), FRAME_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.publisher.close('the test is over');
  }

  private write(): void {
    const number = this.number++;
    const ticks = number * FRAME_TICKS;
    const payload = [Uint8Array.of(TOC, number >>> 16, number >>> 8, number)];
    this.publisher.ingest.write({ trackId: 1, ptsTicks: ticks, dtsTicks: ticks, key: true, payload }, Date.now() * 1000);
  }
}

/** A reader of a path, from the inside: registered with control, so that it starts sources on demand. */
export class NumberedReader {
  readonly numbers: number[] = [];
  readonly epoch: number;
  ended: string | undefined;
  private readonly server: TestServer;
  private readonly path: string;
  private readonly id: string;

  /** Errors: ControlError of `path.read`. */
  static async open(server: TestServer, path: string): Promise<NumberedReader> {
    const id = randomUUID();
    const access = {
      action: 'read' as const,
      path,
      query: '',
      protocol: 'rtsp' as const,
      id,
      ip: '127.0.0.1',
      userAgent: '',
      credentials: { user: '', pass: '', token: '' },
      canAsk: false,
      digest: false,
      authorized: false,
    };
    const { epoch } = await server.gateway.control.read(access, { type: 'rtspSession', id }, new AbortController().signal);
    const reader = new NumberedReader(server, path, id, epoch);
    await server.bus.subscribe(path, epoch, { at: 'windowStart' }, reader.sink());
    return reader;
  }

  private constructor(server: TestServer, path: string, id: string, epoch: number) {
    this.server = server;
    this.path = path;
    this.id = id;
    this.epoch = epoch;
  }

  /** The numbers of the next `count` frames; waits for them. */
  async frames(count: number): Promise<readonly number[]> {
    const from = this.numbers.length;
    await waitFor(() => this.numbers.length >= from + count, { deadlineMs: DEADLINE_MS, what: `${count} frames of ${this.path}` });
    return this.numbers.filter((_, index) => index >= from && index < from + count);
  }

  async untilEnd(): Promise<string> {
    return waitFor(() => this.ended, { deadlineMs: DEADLINE_MS, what: `the end of ${this.path}` });
  }

  async close(): Promise<void> {
    await this.server.gateway.control.leave(this.path, this.id, 'the test is over');
  }

  private sink(): Parameters<TestServer['bus']['subscribe']>[3] {
    return {
      state: () => {},
      unit: ({ payload }) => {
        const [bytes] = payload;
        this.numbers.push((bytes![1]! << 16) | (bytes![2]! << 8) | bytes![3]!);
      },
      gap: () => {},
      end: (reason) => {
        this.ended = reason;
      },
    };
  }
}

/** Nothing is missing, nothing comes twice. */
export function areConsecutive(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number === numbers[index - 1]! + 1);
}
