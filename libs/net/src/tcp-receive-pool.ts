import type { LinuxCalls } from './linux-calls.ts';
import { linuxCalls } from './linux-calls.ts';
import { ReadPoller } from './read-poller.ts';
import { ReceiveSlab } from './receive-slab.ts';

/** Above this number of bulk connections polling is cheaper than events (18 against 48 us a frame with 200); below, events add no latency. */
export const POLL_ABOVE_CONNECTIONS = 16;
/** Lower than POLL_ABOVE_CONNECTIONS, so that one connection that comes and goes does not switch all of them. */
export const POLL_UNTIL_CONNECTIONS = 8;
const POLL_INTERVAL_MS = 2;

export interface TcpReceivePoolOptions {
  /** Default: what `linuxCalls()` gives. */
  readonly calls?: LinuxCalls | undefined;
  readonly pollAboveConnections?: number;
  readonly pollUntilConnections?: number;
}

/** What the pool needs of a connection. */
export interface BulkConnection {
  /** Read by events again from now on. */
  stopPolling(): void;
}

/**
 * Decides for all connections of a process that carry media in, whether they are read by events or polled.
 *
 * Shape: connections join with `add`; while `polling` is true they move to the poller by themselves, at their next data; the pool moves them back.
 */
export class TcpReceivePool {
  readonly calls: LinuxCalls | undefined;
  readonly poller: ReadPoller | undefined;
  /** Shared by all polled connections. */
  readonly slab: ReceiveSlab;
  slabAddress = 0;
  /** Connections are to be polled. */
  polling = false;
  private readonly connections = new Set<BulkConnection>();
  private readonly pollAbove: number;
  private readonly pollUntil: number;

  constructor(options: TcpReceivePoolOptions = {}) {
    const calls = 'calls' in options ? options.calls : linuxCalls();
    this.calls = calls;
    this.poller = calls === undefined ? undefined : new ReadPoller(calls, POLL_INTERVAL_MS);
    this.slab = new ReceiveSlab((bytes) => {
      this.slabAddress = calls === undefined ? 0 : calls.addressOf(bytes);
    });
    this.pollAbove = options.pollAboveConnections ?? POLL_ABOVE_CONNECTIONS;
    this.pollUntil = options.pollUntilConnections ?? POLL_UNTIL_CONNECTIONS;
  }

  get size(): number {
    return this.connections.size;
  }

  add(connection: BulkConnection): void {
    this.connections.add(connection);
    if (this.poller !== undefined && this.connections.size > this.pollAbove) this.polling = true;
  }

  remove(connection: BulkConnection): void {
    this.connections.delete(connection);
    if (!this.polling || this.connections.size >= this.pollUntil) return;
    this.polling = false;
    for (const other of this.connections) other.stopPolling();
  }
}

let shared: TcpReceivePool | undefined;

/** The one of the process. */
export function sharedTcpReceivePool(): TcpReceivePool {
  shared ??= new TcpReceivePool();
  return shared;
}
