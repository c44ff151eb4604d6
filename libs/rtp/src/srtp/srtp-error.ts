export type SrtpFailure = 'malformed' | 'authentication' | 'replay' | 'tooManySources' | 'keyExhausted';

/** A packet that is refused; `failure` says why. Refused packets are dropped and counted. */
export class SrtpError extends Error {
  readonly code = 'SRTP_REFUSED';
  readonly failure: SrtpFailure;

  constructor(failure: SrtpFailure, message: string) {
    super(message);
    this.name = 'SrtpError';
    this.failure = failure;
  }
}
