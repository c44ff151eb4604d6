import type { Clock } from './paths/path-directory.ts';

/** A gateway that has not told by then is treated as gone; it is told otherwise when it speaks. */
export const REBUILD_DEADLINE_MS = 3_000;

/** The time in which a new leader learns from the gateways what they hold. */
export class Rebuild {
  /** True when all known gateways have told and there was time to hear of the others, false when the time is over. */
  done: Promise<boolean> = Promise.resolve(true);
  private readonly clock: Clock;
  private missing = new Set<string>();
  private listening = false;
  private finish: (complete: boolean) => void = () => {};

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `listenMs`: gateways that are not known may be heard for the first time until then. */
  begin(instances: readonly string[], listenMs: number): void {
    this.finish(false);
    this.missing = new Set(instances);
    this.listening = listenMs > 0;
    this.done = new Promise((resolve) => {
      const timers = [this.clock.after(REBUILD_DEADLINE_MS, () => this.finish(false))];
      if (this.listening) timers.push(this.clock.after(listenMs, () => this.listened()));
      this.finish = (complete) => {
        this.finish = () => {};
        for (const cancel of timers) cancel();
        resolve(complete);
      };
    });
    this.check();
  }

  /** A gateway that was not known: what it holds is waited for too. */
  heard(instance: string): void {
    this.missing.add(instance);
  }

  told(instance: string): void {
    this.missing.delete(instance);
    this.check();
  }

  private listened(): void {
    this.listening = false;
    this.check();
  }

  private check(): void {
    if (this.missing.size === 0 && !this.listening) this.finish(true);
  }
}
