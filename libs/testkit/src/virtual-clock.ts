/** A clock that the test moves. Timers run in the order of their times, those of one time in the order they were set. */
export class VirtualClock {
  private now: number;
  private timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  constructor(nowMs = 0) {
    this.now = nowMs;
  }

  readonly nowMs = (): number => this.now;

  /** Runs `callback` when the clock has moved by `delayMs`; what it returns cancels. */
  readonly after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.now + Math.max(0, delayMs), callback };
    const later = this.timers.findIndex(({ atMs }) => atMs > timer.atMs);
    this.timers.splice(later < 0 ? this.timers.length : later, 0, timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };

  get pendingTimers(): number {
    return this.timers.length;
  }

  /** Moves on; timers that are set meanwhile and fall into the span run too, each at its time. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (let timer = this.timers[0]; timer !== undefined && timer.atMs <= end; timer = this.timers[0]) {
      this.timers.shift();
      this.now = timer.atMs;
      timer.callback();
    }
    this.now = end;
  }
}
