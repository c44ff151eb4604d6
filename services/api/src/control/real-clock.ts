import type { Clock } from './paths/path-directory.ts';

/** The process's monotonic clock. */
export const REAL_CLOCK: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
