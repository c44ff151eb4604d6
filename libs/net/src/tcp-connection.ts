import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { DumpedStream } from './dump/dumped-stream.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointOf } from './endpoint.ts';
import { connectionError, ConnectionError } from './errors.ts';
import { EAGAIN, EINTR, MSG_DONTWAIT } from './linux-calls.ts';
import type { BulkConnection, TcpReceivePool } from './tcp-receive-pool.ts';
import { WheelTimer } from './timer-wheel.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** Two access units of the largest size that is accepted (8 MiB): a reader that far behind skips. */
export const DEFAULT_MAX_QUEUED_BYTES = 16_777_216;
export const DEFAULT_WRITE_TIMEOUT_MS = 10_000;
/** `onDrain` is called after at least so much was queued. */
export const DRAIN_THRESHOLD_BYTES = 65_536;
/** Times that progress of writing is looked at within the write timeout. */
const PROGRESS_CHECKS = 4;
/** What one connection may read of a poll before the others have their turn: 4 x 64 KiB. */
const MAX_READS_A_POLL = 4;
const MAX_READ_BYTES = 65_536;
const MIN_READ_BYTES = 16_384;

export interface TcpConnectionSettings {
  readonly timers: TimerWheel;
  readonly pool: TcpReceivePool;
  readonly writeTimeoutMs: number;
  readonly maxQueuedBytes: number;
}

/** A socket, or what stands in for it. */
export type ByteStream = Socket | DumpedStream;

/** What is used of the handle of a socket, which Node does not document: guarded, and events are the way out. */
interface SocketHandle {
  readonly fd?: unknown;
  readonly writeQueueSize?: unknown;
  /** Node's stream believes that it is reading. */
  readonly reading?: unknown;
  readStart?: unknown;
  readStop?: unknown;
}

/**
 * A plain or TLS connection over TCP, or over a unix socket.
 *
 * Shape:    assign `onData`, `onClose`, `onDrain` in the same turn that the connection was given. `onClose` is called once, and nothing after it.
 * Errors:   `onClose(error)` with a ConnectionError (`ECONNRESET`, `WRITE_TIMEOUT`, ...), or with what `onData` threw; undefined after an orderly close or `destroy()`.
 * Aliasing: bytes given to `onData` are the receiver's, they are never reused; keeping a piece for long keeps the slab around it (64 KiB): copy what outlives the stream. Bytes given to `write` must not change until they are sent.
 */
export class TcpConnection implements BulkConnection {
  onData: (bytes: Uint8Array) => void = ignore;
  onClose: (error?: Error) => void = ignore;
  onDrain: () => void = ignore;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Over TLS. */
  readonly secure: boolean;
  receivedBytes = 0;
  /** Accepted by `write`; those still queued included. */
  sentBytes = 0;

  private readonly socket: ByteStream;
  private readonly settings: TcpConnectionSettings;
  private readonly progressTimer: WheelTimer;
  private lingerTimer: WheelTimer | undefined = undefined;
  private lastFlushed = 0;
  private lastHandleQueue = 0;
  private lastProgressMs = 0;
  private error: Error | undefined = undefined;
  private ended = false;
  private closed = false;
  private paused = false;
  private bulk = false;
  private pollId = -1;
  private pollFd = -1;

  /** `remote` replaces the socket's own, behind a proxy. */
  constructor(socket: ByteStream, settings: TcpConnectionSettings, remote?: Endpoint) {
    this.socket = socket;
    this.settings = settings;
    this.remote = remote ?? endpointOf(socket.remoteAddress, socket.remotePort);
    this.local = endpointOf(socket.localAddress, socket.localPort);
    this.secure = 'encrypted' in socket;
    this.progressTimer = new WheelTimer(() => this.checkProgress());
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.error ??= connectionError(error);
    });
    socket.on('close', () => this.closeEvent());
    socket.on('drain', () => this.onDrain());
    socket.on('data', (bytes: Uint8Array) => {
      this.deliver(bytes);
      if (this.bulk && this.pollId < 0 && this.settings.pool.polling) this.startPolling();
    });
    socket.resume(); // it may have been paused to read what came before
  }

  /** Bytes that `write` accepted and that the system has not taken yet. */
  get queuedBytes(): number {
    return this.socket.writableLength;
  }

  /** Read by polling at this moment. */
  get polled(): boolean {
    return this.pollId >= 0;
  }

  /** False, and nothing is written: more than `maxQueuedBytes` would be queued, or the connection is ending. One call, one write: no copy is made. */
  write(bytes: Uint8Array): boolean {
    const { socket } = this;
    if (this.ended || socket.destroyed || socket.writableLength + bytes.length > this.settings.maxQueuedBytes) return false;
    this.sentBytes += bytes.length;
    socket.write(bytes);
    if (socket.writableLength > 0 && !this.progressTimer.pending) this.watchProgress();
    return true;
  }

  /** Orderly: what is queued is sent, then our side is closed; destroyed when the peer does not close its own within the write timeout. */
  end(): void {
    if (this.ended || this.socket.destroyed) return;
    this.ended = true;
    this.socket.end(() => {
      if (this.closed) return;
      this.lingerTimer = this.settings.timers.schedule(this.settings.writeTimeoutMs, () => this.destroy());
    });
  }

  /** At once: what is queued is dropped. `onClose` gets `error`. */
  destroy(error?: Error): void {
    if (this.socket.destroyed) return;
    this.error ??= error;
    if (this.pollId >= 0) this.leavePoller();
    this.socket.destroy();
  }

  /** Stops `onData`: the peer is held back by the system's buffer. */
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    if (this.pollId >= 0) this.stopPolling();
    this.socket.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.socket.resume();
  }

  /** The connection carries media in: it may be polled when many do. Without effect on TLS. */
  setBulk(bulk: boolean): void {
    if (this.bulk === bulk || this.secure || this.closed) return;
    this.bulk = bulk;
    if (bulk) this.settings.pool.add(this);
    else {
      this.settings.pool.remove(this);
      this.stopPolling();
    }
  }

  /** For the poller. */
  readable(): void {
    const { pool } = this.settings;
    const { calls, slab } = pool;
    for (let reads = 0; reads < MAX_READS_A_POLL; reads++) {
      if (this.pollId < 0 || this.socket.destroyed) return;
      const offset = slab.reserve(MIN_READ_BYTES);
      const room = Math.min(slab.roomBytes, MAX_READ_BYTES);
      const length = calls!.recv(this.pollFd, pool.slabAddress + offset, room, MSG_DONTWAIT);
      if (length <= 0) return this.readFailed(length);
      this.deliver(slab.take(length));
      if (length < room) return;
    }
  }

  /** For the pool: back to events. Nothing is read between, so nothing is lost or reordered. */
  stopPolling(): void {
    if (this.pollId < 0) return;
    this.leavePoller();
    const handle = handleOf(this.socket);
    if (!this.socket.destroyed && typeof handle?.readStart === 'function') handle.readStart();
  }

  /** Only from a data event, when Node holds nothing back: what follows is in the system's buffer. */
  private startPolling(): void {
    const { socket } = this;
    const { poller } = this.settings.pool;
    const handle = handleOf(socket);
    if (poller === undefined || this.paused || socket.destroyed || socket.readableLength > 0 || socket.readableEnded) return;
    if (handle?.reading !== true) return;
    if (typeof handle.fd !== 'number' || handle.fd < 0 || typeof handle.readStop !== 'function' || typeof handle.readStart !== 'function')
      return;
    const id = poller.add(handle.fd, this);
    if (id < 0) return;
    handle.readStop(); // `handle.reading` stays true, so the stream does not start reading by itself
    this.pollId = id;
    this.pollFd = handle.fd;
  }

  private leavePoller(): void {
    const { poller } = this.settings.pool;
    if (this.socket.destroyed) poller!.forget(this.pollId);
    else poller!.remove(this.pollId, this.pollFd);
    this.pollId = -1;
  }

  private readFailed(result: number): void {
    if (result === 0) return this.stopPolling(); // the end of the stream: Node finds it again, and closes in order
    const errno = this.settings.pool.calls!.errno();
    if (errno === EAGAIN || errno === EINTR) return;
    this.destroy(connectionError(Object.assign(new Error('recv'), { code: getSystemErrorName(-errno) })));
  }

  private deliver(bytes: Uint8Array): void {
    if (this.socket.destroyed) return;
    this.receivedBytes += bytes.length;
    try {
      this.onData(bytes);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private watchProgress(): void {
    this.lastProgressMs = this.settings.timers.nowMs();
    this.lastFlushed = this.sentBytes - this.socket.writableLength;
    this.lastHandleQueue = handleQueue(this.socket);
    this.settings.timers.reschedule(this.progressTimer, this.settings.writeTimeoutMs / PROGRESS_CHECKS);
  }

  private checkProgress(): void {
    const { socket, settings } = this;
    if (socket.destroyed || socket.writableLength === 0) return;
    const flushed = this.sentBytes - socket.writableLength;
    const handleBytes = handleQueue(socket); // falls while one large write is on its way
    if (flushed !== this.lastFlushed || handleBytes !== this.lastHandleQueue) return this.watchProgress();
    if (settings.timers.nowMs() - this.lastProgressMs >= settings.writeTimeoutMs) {
      return this.destroy(new ConnectionError('WRITE_TIMEOUT', `the peer took nothing for ${settings.writeTimeoutMs / 1000} s`));
    }
    settings.timers.reschedule(this.progressTimer, settings.writeTimeoutMs / PROGRESS_CHECKS);
  }

  private closeEvent(): void {
    this.closed = true;
    if (this.pollId >= 0) this.leavePoller();
    if (this.bulk) this.settings.pool.remove(this);
    this.settings.timers.cancel(this.progressTimer);
    if (this.lingerTimer !== undefined) this.settings.timers.cancel(this.lingerTimer);
    this.onClose(this.error);
  }
}

function ignore(): void {}

function handleOf(socket: ByteStream): SocketHandle | null | undefined {
  return Reflect.get(socket, '_handle');
}

function handleQueue(socket: ByteStream): number {
  const size = handleOf(socket)?.writeQueueSize;
  return typeof size === 'number' ? size : 0;
}
