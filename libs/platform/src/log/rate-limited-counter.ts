/** Calls back once after a time, unless the returned function is called before. */
export type DelayPort = (delayMs: number, callback: () => void) => () => void;

export const nodeDelay: DelayPort = (delayMs, callback) => {
  const timer = setTimeout(callback, delayMs);
  timer.unref();
  return () => {
    clearTimeout(timer);
  };
};

const PERIOD_MS = 1000;

/**
 * Counts what happens too often for a line each, and reports once a second, only when there is something:
 * `3 RTP packets lost`. While nothing happens it holds no timer.
 */
export class RateLimitedCounter {
  readonly #report: (count: number, lastCause: string | undefined) => void;
  readonly #delay: DelayPort;
  #count = 0;
  #lastCause: string | undefined;
  #cancel: (() => void) | undefined;

  constructor(report: (count: number, lastCause: string | undefined) => void, delay: DelayPort = nodeDelay) {
    this.#report = report;
    this.#delay = delay;
  }

  add(count: number, cause?: string): void {
    if (count <= 0) return;
    this.#count += count;
    this.#lastCause = cause ?? this.#lastCause;
    this.#cancel ??= this.#delay(PERIOD_MS, () => this.#print());
  }

  /** What was counted and not reported is dropped, as its session is closing. */
  stop(): void {
    this.#cancel?.();
    this.#reset();
  }

  #print(): void {
    const count = this.#count;
    const cause = this.#lastCause;
    this.#reset();
    this.#report(count, cause);
  }

  #reset(): void {
    this.#cancel = undefined;
    this.#count = 0;
    this.#lastCause = undefined;
  }
}
