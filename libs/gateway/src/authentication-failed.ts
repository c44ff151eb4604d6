import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@mediamesh/contracts';
import type { Logger } from '@mediamesh/platform';

/**
 * Writes who failed to authenticate, then waits for as long as control says before the client is answered. Contract 5.3.
 * A client that is only asked for credentials has not failed; nor has one that is refused for another reason.
 */
export async function authenticationFailed(logger: Logger, error: unknown): Promise<void> {
  if (!(error instanceof ControlError) || error.code !== 'NOT_AUTHENTICATED' || error.askCredentials) return;
  logger.warn(`failed to authenticate: ${error.message}`);
  await delay(error.pauseMs);
}
