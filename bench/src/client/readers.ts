import { setTimeout as delay } from 'node:timers/promises';
import { ReadFigures } from './frame-counter.ts';
import { RtmpReader } from './rtmp/rtmp-reader.ts';
import { TcpReader } from './tcp-reader.ts';
import { UdpPoller } from './udp-poller.ts';
import { UdpReader } from './udp-reader.ts';
import { WhepReader } from './webrtc/whep-reader.ts';

export interface ReadOptions {
  /** A reader each. */
  readonly urls: readonly string[];
  readonly transport: 'tcp' | 'udp';
  /** The first of two ports a reader. */
  readonly udpPort: number;
}

export interface JoinOptions {
  readonly url: string;
  readonly transport: 'tcp' | 'udp';
  readonly udpPort: number;
  readonly count: number;
  readonly intervalMs: number;
}

/** Milliseconds from the beginning of the TCP connection to the end of the first key frame, and to the end of the first live frame. */
export interface JoinTimes {
  readonly keyFrameMs: number;
  readonly liveEdgeMs: number;
}

export interface ChurnOptions {
  readonly urls: readonly string[];
  /** Readers at a time. */
  readonly count: number;
  readonly minStayMs: number;
  readonly maxStayMs: number;
}

type Reader = TcpReader | UdpReader | RtmpReader | WhepReader;

/** Handshakes at the same time. */
const PARALLEL = 8;
/** A join without a key frame by then failed. */
const JOIN_DEADLINE_MS = 15_000;

/** All readers of this process. */
export class Readers {
  readonly figures = new ReadFigures();
  private readonly readers = new Set<Reader>();
  private poller: UdpPoller | undefined;
  private churning = false;

  async start({ urls, transport, udpPort }: ReadOptions): Promise<void> {
    const waiting = urls.map((url, index) => ({ url, port: udpPort + 2 * index }));
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await this.create(next.url, transport, next.port).open();
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  async join({ url, transport, udpPort, count, intervalMs }: JoinOptions): Promise<readonly JoinTimes[]> {
    const joins: Promise<JoinTimes>[] = [];
    for (let i = 0; i < count; i++) {
      joins.push(this.joinOnce(url, transport, udpPort + 2 * i));
      await delay(intervalMs);
    }
    return Promise.all(joins);
  }

  /** Opened all at once, and closed again: milliseconds until the last of them was open. */
  async burst(urls: readonly string[]): Promise<number> {
    const start = performance.now();
    const readers = urls.map((url) => this.create(url, 'udp', 0));
    await Promise.all(readers.map((reader) => reader.open()));
    const connectedMs = performance.now() - start;
    for (const reader of readers) this.remove(reader);
    return connectedMs;
  }

  /** Until `stop`: readers that stay for a while and are replaced. They leave without TEARDOWN. */
  churn({ urls, count, minStayMs, maxStayMs }: ChurnOptions): void {
    this.churning = true;
    const visit = async (): Promise<void> => {
      while (this.churning) {
        const reader = this.create(urls[Math.floor(Math.random() * urls.length)]!, 'tcp', 0);
        try {
          await reader.open();
          await delay(minStayMs + Math.random() * (maxStayMs - minStayMs), undefined, { ref: false });
        } catch {
          this.figures.closed++;
          await delay(minStayMs, undefined, { ref: false });
        }
        this.remove(reader);
        this.visits++;
      }
    };
    for (let i = 0; i < count; i++) void visit();
  }

  visits = 0;

  stop(): void {
    this.churning = false;
    for (const reader of this.readers) this.remove(reader);
    this.poller?.stop();
  }

  private create(url: string, transport: 'tcp' | 'udp', port: number): Reader {
    const reader = this.readerOf(url, transport, port);
    this.readers.add(reader);
    return reader;
  }

  private readerOf(url: string, transport: 'tcp' | 'udp', port: number): Reader {
    if (url.startsWith('http:')) return new WhepReader(url, this.figures);
    if (url.startsWith('rtmp:')) return new RtmpReader(url, this.figures);
    if (transport === 'tcp') return new TcpReader(url, this.figures);
    return new UdpReader(url, this.figures, (this.poller ??= new UdpPoller()), port);
  }

  private remove(reader: Reader): void {
    reader.close();
    this.readers.delete(reader);
  }

  private async joinOnce(url: string, transport: 'tcp' | 'udp', port: number): Promise<JoinTimes> {
    const start = performance.now();
    const reader = this.create(url, transport, port);
    const { counter } = reader;
    let timer: NodeJS.Timeout | undefined;
    try {
      const keyFrame = new Promise<number>((resolve) => (counter.onKeyFrame = () => resolve(performance.now() - start)));
      const liveEdge = new Promise<number>((resolve) => (counter.onLiveEdge = () => resolve(performance.now() - start)));
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no key frame within ${JOIN_DEADLINE_MS} ms`)), JOIN_DEADLINE_MS);
      });
      const [keyFrameMs, liveEdgeMs] = await Promise.race([Promise.all([keyFrame, liveEdge, reader.open()]), late]);
      return { keyFrameMs, liveEdgeMs };
    } finally {
      clearTimeout(timer);
      this.remove(reader);
    }
  }
}
