/** Resolution of the wheel: session timeouts are seconds. */
export const TIMER_TICK_MS = 100;
/** A turn of 51 s: most timeouts are due in the turn that they are scheduled in. */
const SLOT_COUNT = 512;

/** A place in a list of timers; opaque to callers. */
export class WheelTimer {
  onExpire: () => void;
  dueTick = 0;
  previous: WheelTimer | undefined = undefined;
  next: WheelTimer | undefined = undefined;

  constructor(onExpire: () => void) {
    this.onExpire = onExpire;
  }

  /** Scheduled, and not yet expired or cancelled. */
  get pending(): boolean {
    return this.next !== undefined;
  }
}

/**
 * One timer wheel a service, for timeouts of sessions: scheduling and cancelling cost a few pointer writes.
 *
 * Shape:  `advance()` reads the clock and runs what is due, in order of due tick, then of scheduling. Its caller decides when: `driveTimerWheel`, or a test.
 * Units:  milliseconds of the clock given, which must not run backwards. A timer never expires early, and up to a tick and the interval of `advance` late.
 * Errors: what `onExpire` throws leaves `advance`; the timers behind it run at the next call.
 */
export class TimerWheel {
  readonly nowMs: () => number;
  private readonly originMs: number;
  private readonly slots: WheelTimer[] = [];
  private readonly expired = emptyList();
  private lastTick = 0;
  private advancing = false;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
    this.originMs = nowMs();
    for (let i = 0; i < SLOT_COUNT; i++) this.slots.push(emptyList());
  }

  schedule(delayMs: number, onExpire: () => void): WheelTimer {
    const timer = new WheelTimer(onExpire);
    this.reschedule(timer, delayMs);
    return timer;
  }

  /** Moves a timer, pending or not, to `delayMs` from now. */
  reschedule(timer: WheelTimer, delayMs: number): void {
    this.cancel(timer);
    const due = Math.ceil((this.nowMs() - this.originMs + delayMs) / TIMER_TICK_MS);
    timer.dueTick = Math.max(due, this.lastTick + 1);
    append(this.slots[timer.dueTick % SLOT_COUNT]!, timer);
  }

  cancel(timer: WheelTimer): void {
    if (timer.next === undefined) return;
    timer.previous!.next = timer.next;
    timer.next.previous = timer.previous;
    timer.previous = undefined;
    timer.next = undefined;
  }

  advance(): void {
    if (this.advancing) return;
    this.advancing = true;
    try {
      this.runExpired();
      const tick = Math.floor((this.nowMs() - this.originMs) / TIMER_TICK_MS);
      while (this.lastTick < tick) {
        this.lastTick++;
        this.collect(this.slots[this.lastTick % SLOT_COUNT]!);
        this.runExpired();
      }
    } finally {
      this.advancing = false;
    }
  }

  private collect(slot: WheelTimer): void {
    for (let timer = slot.next!; timer !== slot;) {
      const next = timer.next!;
      if (timer.dueTick <= this.lastTick) {
        this.cancel(timer);
        append(this.expired, timer);
      }
      timer = next;
    }
  }

  private runExpired(): void {
    for (let timer = this.expired.next!; timer !== this.expired; timer = this.expired.next!) {
      this.cancel(timer);
      timer.onExpire();
    }
  }
}

function emptyList(): WheelTimer {
  const head = new WheelTimer(() => {});
  head.previous = head;
  head.next = head;
  return head;
}

function append(list: WheelTimer, timer: WheelTimer): void {
  timer.previous = list.previous;
  timer.next = list;
  list.previous!.next = timer;
  list.previous = timer;
}

/** Advances the wheel with real time; call the result to stop. Does not keep the process alive. */
export function driveTimerWheel(wheel: TimerWheel): () => void {
  const interval = setInterval(() => wheel.advance(), TIMER_TICK_MS);
  interval.unref();
  return () => clearInterval(interval);
}

/** A wheel on the process's monotonic clock, to be driven by `driveTimerWheel`. */
export function createTimerWheel(): TimerWheel {
  return new TimerWheel(() => performance.now());
}
