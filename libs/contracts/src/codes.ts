/** Why the control service, or a gateway, says no. Gateways map these to their protocol's answer. */
export const CONTROL_ERROR_CODES = [
  'INVALID_MESSAGE',
  'INVALID_PATH_NAME',
  'PATH_NOT_CONFIGURED',
  'NOT_AUTHENTICATED',
  'NO_STREAM',
  'SOURCE_TIMED_OUT',
  'MAX_READERS',
  'ALREADY_PUBLISHING',
  'SOURCE_NOT_PUBLISHER',
  'TRACKS_MISMATCH',
  'CONFIGURATION_CHANGED',
  'TERMINATED',
  'NOT_FOUND',
  'NOT_LEADER',
  'STALE_EPOCH',
  'UNAVAILABLE',
  'TIMED_OUT',
  'INTERNAL',
] as const;

export type ControlErrorCode = (typeof CONTROL_ERROR_CODES)[number];

/**
 * A refusal that travels between services.
 * `message` is MediaMTX's text where it has one. With NOT_AUTHENTICATED go `askCredentials`: challenge the client, log
 * nothing; else `pauseMs`: log, and answer the client so much later.
 */
export class ControlError extends Error {
  readonly code: ControlErrorCode;
  readonly askCredentials: boolean;
  readonly pauseMs: number;

  constructor(code: ControlErrorCode, message: string, options?: { cause?: unknown; askCredentials?: boolean; pauseMs?: number }) {
    super(message, options);
    this.name = 'ControlError';
    this.code = code;
    this.askCredentials = options?.askCredentials ?? false;
    this.pauseMs = options?.pauseMs ?? 0;
  }
}
