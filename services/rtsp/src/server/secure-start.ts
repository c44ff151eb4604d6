import { setTimeout as delay } from 'node:timers/promises';
import type { FromStream } from '../from-stream.ts';

const POLL_MS = 100;
/** A little longer than the time for which a roll-over counts as near. */
const MAX_WAIT_MS = 6_000;

/**
 * Keys name the roll-over counter that a client begins with, and it cannot be told of another one afterwards: who asks shortly before
 * the sequence numbers roll over waits until they have. Errors: the signal's reason.
 */
export async function untilRolledOver(maker: FromStream, abandoned: AbortSignal): Promise<void> {
  for (let waitedMs = 0; maker.rollsOverSoon && waitedMs < MAX_WAIT_MS; waitedMs += POLL_MS) {
    await delay(POLL_MS, undefined, { signal: abandoned });
  }
}
