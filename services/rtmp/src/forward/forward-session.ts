import { ParseError } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import type { PathFeed } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import { ConnectionError, FingerprintError, openTcpConnection } from '@mediamesh/net';
import type { TcpConnection, TimerWheel, WheelTimer } from '@mediamesh/net';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import { RtmpClientConnection } from '@mediamesh/rtmp';
import type { AuthStep, RtmpClientHandler } from '@mediamesh/rtmp';
import type { FromStream } from '../from-stream.ts';
import { OutgoingStream } from '../outgoing-stream.ts';
import { ReaderQueue } from '../reader-queue.ts';
import type { RtmpFrame } from '../rtmp-frame.ts';
import type { ServerAddress } from '../server-address.ts';
import { forwardFourCcs } from './forward-four-ccs.ts';

const TICK_MS = 1_000;
/** As that of readers: a GOP of the cache, and what waits behind it. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

export interface ForwardParts {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

export interface ForwardSessionOptions extends ForwardParts {
  readonly feed: PathFeed<RtmpFrame, FromStream>;
  readonly logger: Logger;
  readonly address: ServerAddress;
  /** SHA-256 of the server's certificate; empty: it is verified as usual. */
  readonly fingerprint: string;
  readonly auth?: AuthStep;
}

export type ForwardEnd = { readonly kind: 'reconnect'; readonly auth: AuthStep } | { readonly kind: 'over'; readonly reason: string };

/**
 * One connection to a server that a path is pushed to: its socket, the protocol's state machine, and the reader of the path.
 *
 * Shape:  `run` once; it resolves when everything is closed.
 * Errors: none: they are the reason that it ends with.
 */
export class ForwardSession implements RtmpClientHandler, HubReader<RtmpFrame> {
  private readonly options: ForwardSessionOptions;
  private readonly gone = new AbortController();
  private readonly ended: Promise<ForwardEnd>;
  private resolveEnded!: (end: ForwardEnd) => void;
  private readonly fourCcs: readonly string[];
  private readonly tooSlow: RateLimitedCounter;
  private machine: RtmpClientConnection | undefined;
  private tcp: TcpConnection | undefined;
  private queue: ReaderQueue | undefined;
  private stream: OutgoingStream | undefined;
  private ticker: WheelTimer | undefined;
  private discardedBefore = 0;

  constructor(options: ForwardSessionOptions) {
    this.options = options;
    this.fourCcs = forwardFourCcs(options.feed.maker);
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.tooSlow = new RateLimitedCounter((count) =>
      options.logger.warn(`the server is too slow, discarding ${count} ${count === 1 ? 'frame' : 'frames'}`),
    );
  }

  get outboundBytes(): number {
    return this.tcp?.sentBytes ?? 0;
  }

  async run(): Promise<ForwardEnd> {
    try {
      await this.connect();
    } catch (error) {
      this.failed(error);
    }
    const end = await this.ended;
    this.options.feed.hub.detach(this);
    this.tooSlow.stop();
    this.tcp?.end();
    return end;
  }

  /** Says goodbye to the server; `run` resolves. */
  stop(reason: string): void {
    if (this.machine === undefined) this.finish({ kind: 'over', reason });
    else this.machine.stop(reason);
  }

  // What the state machine wants done.

  send(bytes: Uint8Array): void {
    this.tcp!.write(bytes);
  }

  started(): void {
    const { feed, logger } = this.options;
    this.queue = new ReaderQueue(this.tcp!, this.machine!.streamId);
    this.stream = new OutgoingStream(feed, this.queue);
    this.guard(() => void this.stream!.start(this, new Set(this.fourCcs), logger));
  }

  media(): void {} // nobody asked for it

  data(): void {}

  reconnect(auth: AuthStep): void {
    this.finish({ kind: 'reconnect', auth });
  }

  close(reason: string): void {
    this.finish({ kind: 'over', reason });
  }

  // The path's stream.

  get queuedPackets(): number {
    return this.queue!.packets;
  }

  get queuedBytes(): number {
    return this.queue!.bytes;
  }

  /** Hot: once a frame. */
  write(unit: BusUnit, frame: RtmpFrame): void {
    this.stream!.write(unit, frame);
  }

  describe(): void {}

  end(reason: string): void {
    this.stop(reason);
  }

  private async connect(): Promise<void> {
    const { address, crypto, timers, readTimeoutMs, writeTimeoutMs, fingerprint, auth } = this.options;
    const tcp = await openTcpConnection({
      host: address.hostname,
      port: address.port,
      timers,
      timeoutMs: readTimeoutMs,
      writeTimeoutMs,
      maxQueuedBytes: MAX_QUEUED_BYTES,
      signal: this.gone.signal,
      ...(address.tls && { tls: { fingerprint } }),
    });
    this.tcp = tcp;
    if (this.gone.signal.aborted) return;
    const machine = new RtmpClientConnection(
      { crypto, address: address.stream, action: 'publish', fourCcs: this.fourCcs, readTimeoutMs, ...(auth && { auth }) },
      this,
      timers.nowMs(),
    );
    this.machine = machine;
    tcp.onData = (bytes) => this.guard(() => machine.receive(bytes, timers.nowMs()));
    tcp.onClose = (error) => machine.end(error?.message ?? 'EOF');
    this.ticker = timers.schedule(TICK_MS, () => this.tick());
    machine.start();
  }

  private tick(): void {
    const { timers, feed } = this.options;
    this.guard(() => this.machine!.tick(timers.nowMs()));
    const discarded = feed.hub.unitsSkippedBy(this);
    if (discarded > this.discardedBefore) this.tooSlow.add(discarded - this.discardedBefore);
    this.discardedBefore = discarded;
    if (!this.gone.signal.aborted) timers.reschedule(this.ticker!, TICK_MS);
  }

  private guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    const isExpected = error instanceof ConnectionError || error instanceof FingerprintError || error instanceof ParseError;
    if (!isExpected) this.options.logger.debug(`the connection ends: ${String(error)}`);
    this.stop(error instanceof Error ? error.message : String(error));
  }

  private finish(end: ForwardEnd): void {
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    if (this.ticker !== undefined) this.options.timers.cancel(this.ticker);
    this.resolveEnded(end);
  }
}
