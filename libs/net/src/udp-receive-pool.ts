import type { LinuxCalls } from './linux-calls.ts';
import { linuxCalls } from './linux-calls.ts';
import { ReadPoller } from './read-poller.ts';
import { UdpBatchReceiver } from './udp-batch-receiver.ts';

/** Datagrams a second, of all sockets, above which polling is cheaper than events (2 against 7 us a datagram). */
export const POLL_ABOVE_DATAGRAMS = 2_000;
/** Lower than POLL_ABOVE_DATAGRAMS, so that a load near it does not switch every second. */
export const POLL_UNTIL_DATAGRAMS = 1_000;
/** A socket below this rate gains nothing by polling, and answers sooner by events. */
const SOCKET_POLL_ABOVE = 50;
const SOCKET_POLL_UNTIL = 20;
const MEASURE_INTERVAL_MS = 1_000;
/** At 40 000 datagrams/s 40 wait in the system's buffer. */
const POLL_INTERVAL_MS = 1;

export interface UdpReceivePoolOptions {
  /** Default: what `linuxCalls()` gives. */
  readonly calls?: LinuxCalls | undefined;
  readonly pollAboveDatagrams?: number;
  readonly pollUntilDatagrams?: number;
}

/** What the pool needs of a socket. */
export interface MeasuredSocket {
  /** Datagrams received since the socket was opened. */
  readonly receivedDatagrams: number;
  startPolling(): void;
  stopPolling(): void;
}

/** Decides by load, once a second, which UDP sockets of a process are read by events and which are polled. */
export class UdpReceivePool {
  readonly poller: ReadPoller | undefined;
  readonly receiver: UdpBatchReceiver | undefined;
  private readonly counts = new Map<MeasuredSocket, number>();
  private readonly pollAbove: number;
  private readonly pollUntil: number;
  private measuredMs = 0;
  private polling = false;
  private interval: NodeJS.Timeout | undefined = undefined;

  constructor(options: UdpReceivePoolOptions = {}) {
    const calls = 'calls' in options ? options.calls : linuxCalls();
    this.poller = calls === undefined ? undefined : new ReadPoller(calls, POLL_INTERVAL_MS);
    this.receiver = calls === undefined ? undefined : new UdpBatchReceiver(calls);
    this.pollAbove = options.pollAboveDatagrams ?? POLL_ABOVE_DATAGRAMS;
    this.pollUntil = options.pollUntilDatagrams ?? POLL_UNTIL_DATAGRAMS;
  }

  add(socket: MeasuredSocket): void {
    if (this.poller === undefined) return;
    this.counts.set(socket, socket.receivedDatagrams);
    if (this.interval !== undefined) return;
    this.measuredMs = performance.now();
    this.interval = setInterval(() => this.measure(performance.now()), MEASURE_INTERVAL_MS);
    this.interval.unref();
  }

  remove(socket: MeasuredSocket): void {
    this.counts.delete(socket);
    if (this.counts.size > 0) return;
    clearInterval(this.interval);
    this.interval = undefined;
    this.polling = false;
  }

  /** Compares with the last call, at a time of the monotonic clock. */
  measure(nowMs: number): void {
    const seconds = (nowMs - this.measuredMs) / 1000;
    if (seconds <= 0) return;
    this.measuredMs = nowMs;
    let total = 0;
    for (const [socket, before] of this.counts) total += socket.receivedDatagrams - before;
    if (total / seconds > this.pollAbove) this.polling = true;
    else if (total / seconds < this.pollUntil) this.polling = false;
    for (const [socket, before] of this.counts) {
      const rate = (socket.receivedDatagrams - before) / seconds;
      this.counts.set(socket, socket.receivedDatagrams);
      if (this.polling && rate > SOCKET_POLL_ABOVE) socket.startPolling();
      else if (!this.polling || rate < SOCKET_POLL_UNTIL) socket.stopPolling();
    }
  }
}

let shared: UdpReceivePool | undefined;

/** The one of the process. */
export function sharedUdpReceivePool(): UdpReceivePool {
  shared ??= new UdpReceivePool();
  return shared;
}
