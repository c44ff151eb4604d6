import { closeSync } from 'node:fs';
import type { LinuxCalls } from './linux-calls.ts';

const EPOLL_CLOEXEC = 0x80000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const EVENTS_A_CALL = 256;
/** `struct epoll_event` is packed on x86-64 only. */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const EVENT_DATA_OFFSET = process.arch === 'x64' ? 4 : 8;

export interface PolledReader {
  /** There is something to read, or an end or an error to be found by reading. */
  readable(): void;
}

/**
 * Looks at an interval which of many sockets can be read: one system call for all of them, where events of the loop cost several each.
 *
 * Shape:  level-triggered: a reader that leaves something is called again at the next interval.
 * Errors: none; a descriptor that cannot be added is reported by `add`.
 */
export class ReadPoller {
  private readonly calls: LinuxCalls;
  private readonly intervalMs: number;
  private readonly readers = new Map<number, PolledReader>();
  private readonly events = Buffer.alloc(EVENT_BYTES * EVENTS_A_CALL);
  private readonly eventsAddress: number;
  private epoll = -1;
  private nextId = 1;
  private interval: NodeJS.Timeout | undefined = undefined;

  constructor(calls: LinuxCalls, intervalMs: number) {
    this.calls = calls;
    this.intervalMs = intervalMs;
    this.eventsAddress = calls.addressOf(this.events);
  }

  get size(): number {
    return this.readers.size;
  }

  /** An id for `remove`, or -1 when the descriptor cannot be polled. */
  add(fd: number, reader: PolledReader): number {
    if (this.epoll < 0) this.epoll = this.calls.epollCreate(EPOLL_CLOEXEC);
    if (this.epoll < 0) return -1;
    const id = this.nextId;
    this.nextId = id === 0xffff_ffff ? 1 : id + 1;
    const event = Buffer.from(new ArrayBuffer(EVENT_BYTES)); // outside V8's heap: never moved
    event.writeUInt32LE(EPOLLIN, 0);
    event.writeUInt32LE(id, EVENT_DATA_OFFSET);
    if (this.calls.epollControl(this.epoll, EPOLL_CTL_ADD, fd, this.calls.addressOf(event)) !== 0) {
      this.releaseIfEmpty();
      return -1;
    }
    this.readers.set(id, reader);
    this.interval ??= setInterval(() => this.poll(), this.intervalMs);
    return id;
  }

  /** `fd` must still be open, else it may be another socket by now: see `forget`. */
  remove(id: number, fd: number): void {
    if (!this.readers.delete(id)) return;
    this.calls.epollControl(this.epoll, EPOLL_CTL_DEL, fd, this.eventsAddress);
    this.releaseIfEmpty();
  }

  /** The descriptor was closed, and the kernel has removed it by itself. */
  forget(id: number): void {
    if (this.readers.delete(id)) this.releaseIfEmpty();
  }

  private poll(): void {
    const { events } = this;
    // Full answers mean more ready sockets; the kernel rotates them, so that each is seen once.
    for (let seen = 0; seen < this.readers.size; seen += EVENTS_A_CALL) {
      const count = this.calls.epollWait(this.epoll, this.eventsAddress, EVENTS_A_CALL, 0);
      for (let i = 0; i < count; i++) {
        // Ids, not descriptors: an earlier reader of this round may have closed a later one.
        this.readers.get(events.readUInt32LE(i * EVENT_BYTES + EVENT_DATA_OFFSET))?.readable();
      }
      if (count < EVENTS_A_CALL) return;
    }
  }

  private releaseIfEmpty(): void {
    if (this.readers.size > 0) return;
    clearInterval(this.interval);
    this.interval = undefined;
    if (this.epoll >= 0) closeSync(this.epoll);
    this.epoll = -1;
  }
}
