import { ParseError } from '@mediamesh/bytes';
import type { SourceClock } from './source-clock.ts';

/** Downloads go on while so much waits, so that the next segment is there when this one ends. */
const AHEAD_S = 2;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** No segment is longer: a time so far away would hold up the stream. */
export const MAX_AHEAD_S = 600;
/** What comes later than this, after nothing was left, shows that the stream was interrupted. */
const MAX_LATE_MS = 1_000;

/** Units that were given on are let go of in runs of so many. */
const MAX_TAKEN = 256;

/** Exact to a millisecond, which the wheel of the service is not: its ticks would bunch frames. */
export interface PacerTime {
  /** Monotonic. */
  nowMs(): number;
  /** Returns what cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export const NODE_TIME: PacerTime = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface PacedUnit {
  /** On the source's time line. */
  readonly seconds: number;
  readonly sizeBytes: number;
}

/** Units of a playlist, each given on when it is due: segments come in one piece, readers want them as they were recorded. */
export class UnitPacer<U extends PacedUnit> {
  private readonly clock: SourceClock;
  private readonly time: PacerTime;
  private readonly write: (unit: U) => void;
  private readonly failed: (error: unknown) => void;
  private waiting: U[] = [];
  private next = 0;
  private waitingBytes = 0;
  private cancelTimer: (() => void) | undefined;
  private emptied: (() => void) | undefined;
  private hasRoom: (() => void) | undefined;
  private closed = false;

  constructor(options: {
    readonly clock: SourceClock;
    readonly time: PacerTime;
    readonly write: (unit: U) => void;
    readonly failed: (error: unknown) => void;
  }) {
    this.clock = options.clock;
    this.time = options.time;
    this.write = options.write;
    this.failed = options.failed;
  }

  /** In the order of their times. Errors: ParseError when one is too far away. */
  push(units: readonly U[]): void {
    const [first] = units;
    if (first === undefined || this.closed) return;
    const nowMs = this.time.nowMs();
    const lateMs = nowMs - this.clock.dueMs(first.seconds, nowMs);
    if (this.isEmpty && lateMs > MAX_LATE_MS) this.clock.delay(lateMs);
    const last = units[units.length - 1]!;
    if (this.clock.dueMs(last.seconds, nowMs) - nowMs > MAX_AHEAD_S * 1000) {
      throw new ParseError('segment', 0, 'difference between DTS and system time is too big');
    }
    for (const unit of units) {
      this.waiting.push(unit);
      this.waitingBytes += unit.sizeBytes;
    }
    this.flush();
  }

  /** Resolves when the next segment may come; at once after `close`. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.hasRoom = resolve;
      this.tellRoom();
    });
  }

  /** Resolves when everything was given on, or at `close`. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isEmpty) resolve();
      else this.emptied = resolve;
    });
  }

  close(): void {
    this.closed = true;
    this.cancelTimer?.();
    this.waiting = [];
    this.next = 0;
    this.waitingBytes = 0;
    this.emptied?.();
    this.tellRoom();
  }

  private get isEmpty(): boolean {
    return this.next === this.waiting.length;
  }

  private flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    const nowMs = this.time.nowMs();
    try {
      while (!this.isEmpty && this.clock.dueMs(this.waiting[this.next]!.seconds, nowMs) <= nowMs) {
        const unit = this.waiting[this.next++]!;
        this.waitingBytes -= unit.sizeBytes;
        this.write(unit);
      }
    } catch (error) {
      return this.failed(error);
    }
    if (this.isEmpty) {
      this.waiting = [];
      this.next = 0;
      this.emptied?.();
    } else {
      if (this.next >= MAX_TAKEN) {
        this.waiting.splice(0, this.next);
        this.next = 0;
      }
      const dueMs = this.clock.dueMs(this.waiting[this.next]!.seconds, nowMs);
      this.cancelTimer = this.time.after(Math.max(1, Math.ceil(dueMs - nowMs)), () => this.flush());
    }
    this.tellRoom();
  }

  private tellRoom(): void {
    if (this.hasRoom === undefined) return;
    const ahead = this.isEmpty ? 0 : this.waiting[this.waiting.length - 1]!.seconds - this.waiting[this.next]!.seconds;
    if (!this.closed && (ahead > AHEAD_S || this.waitingBytes > MAX_WAITING_BYTES)) return;
    this.hasRoom();
    this.hasRoom = undefined;
  }
}
