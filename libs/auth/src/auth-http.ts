/** Answers of authentication servers and key sets: what is beyond is no answer. As MediaMTX. */
export const MAX_AUTH_ANSWER_BYTES = 128 * 1024;

/** One request to a server that decides, or that has the keys. */
export interface AuthHttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** JSON; only with POST. */
  readonly body?: string;
  /** SHA-256 of the server's certificate, hexadecimal; '': it is verified as usual. */
  readonly fingerprint: string;
  /** For the whole request, redirects included. */
  readonly timeoutMs: number;
}

export interface AuthHttpAnswer {
  readonly status: number;
  /** Undefined when it is longer than `MAX_AUTH_ANSWER_BYTES`. */
  readonly body: string | undefined;
}

/** How servers are asked. Rejects with an Error whose message says why there is no answer, without secrets. */
export type AuthHttp = (request: AuthHttpRequest) => Promise<AuthHttpAnswer>;
