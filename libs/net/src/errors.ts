/** A listener could not be opened. `code` is the system's (`EADDRINUSE`), or `INVALID_ADDRESS`. */
export class ListenError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ListenError';
    this.code = code;
  }
}

/** A connection could not be opened, or ended in another way than an orderly close. `code` is the system's (`ECONNRESET`), or one of ours. */
export class ConnectionError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ConnectionError';
    this.code = code;
  }
}

/** The certificate or key of a listener cannot be used; the message names the key of the configuration. */
export class CertificateError extends Error {
  readonly code: 'CERTIFICATE_UNREADABLE' | 'CERTIFICATE_INVALID';

  constructor(code: CertificateError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CertificateError';
    this.code = code;
  }
}

/** The server's certificate is not the pinned one. */
export class FingerprintError extends Error {
  readonly code = 'FINGERPRINT_MISMATCH';

  constructor(expected: string, got: string) {
    super(`source fingerprint does not match: expected ${expected}, got ${got}`);
    this.name = 'FingerprintError';
  }
}

/** The `code` property of a system error, or `fallback`. */
export function codeOf(error: unknown, fallback: string): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : fallback;
}

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use; stop the program that uses it, or set another address',
  EACCES: 'permission denied; ports below 1024 need privileges (CAP_NET_BIND_SERVICE), or set another address',
  EADDRNOTAVAIL: 'no interface of this machine has the address; set one that it has, or leave the host out',
  ENOENT: 'the folder of the socket does not exist; create it, or set another path',
};

/** `address` as configured; `key` is the configuration's key that holds it. */
export function listenError(address: string, key: string | undefined, cause: unknown): ListenError {
  const code = codeOf(cause, 'LISTEN_FAILED');
  const reason = LISTEN_ADVICE[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new ListenError(code, `cannot listen on ${address}${key === undefined ? '' : ` (${key})`}: ${reason}`, { cause });
}

const CONNECTION_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the peer',
  EPIPE: 'connection closed by the peer while writing',
  ETIMEDOUT: 'connection timed out',
  ENOTFOUND: 'host not found',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
};

export function connectionError(cause: unknown): Error {
  if (cause instanceof ConnectionError || cause instanceof FingerprintError) return cause;
  const code = codeOf(cause, 'CONNECTION_FAILED');
  return new ConnectionError(code, CONNECTION_REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause)), { cause });
}
