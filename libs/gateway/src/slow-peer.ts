import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';

/** Warns, once a second at most, of a peer that does not take its stream as fast as it comes. */
export class SlowPeer {
  private readonly warning: RateLimitedCounter;
  private before = 0;

  /** `name`: as lines begin: `reader`, `the server`. */
  constructor(logger: Logger, name: string) {
    this.warning = new RateLimitedCounter((count) =>
      logger.warn(`${name} is too slow, discarding ${count} ${count === 1 ? 'frame' : 'frames'}`),
    );
  }

  /** `total`: frames discarded so far. Call it every second. */
  discarded(total: number): void {
    this.warning.add(total - this.before);
    this.before = total;
  }

  stop(): void {
    this.warning.stop();
  }
}
