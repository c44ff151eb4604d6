import { ControlError } from '@mediamesh/contracts';
import type { Logger } from '@mediamesh/platform';

/** Writes who failed to authenticate, as MediaMTX does. A client that is only asked for credentials has not failed. */
export function logAuthenticationFailure(logger: Logger, error: unknown): void {
  if (!(error instanceof ControlError) || error.code !== 'NOT_AUTHENTICATED' || error.askCredentials) return;
  logger.warn(`failed to authenticate: ${error.message}`);
}
