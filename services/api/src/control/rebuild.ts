import type { Clock } from './paths/path-directory.ts';

/** A gateway that has not told by then is treated as gone; it is told otherwise when it speaks. */
export const REBUILD_DEADLINE_MS = 3_000;

/** The time in which a new leader learns from the gateways what they hold. */
export class Rebuild {
  /** Resolves when all known gateways have told, or the time is over. */
  done: Promise<void> = Promise.resolve();
  private readonly clock: Clock;
  private missing = new Set<string>();
  private finish: () => void = () => {};

  constructor(clock: Clock) {
    this.clock = clock;
  }

  begin(instances: readonly string[]): void {
    this.finish();
    this.missing = new Set(instances);
    if (this.missing.size === 0) {
      this.done = Promise.resolve();
      return;
    }
    this.done = new Promise((resolve) => {
      const cancel = this.clock.after(REBUILD_DEADLINE_MS, resolve);
      this.finish = () => {
        cancel();
        resolve();
      };
    });
  }

  told(instance: string): void {
    this.missing.delete(instance);
    if (this.missing.size === 0) this.finish();
  }
}
