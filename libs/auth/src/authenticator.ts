import type { AuthAction } from '@mediamesh/config';

/** What a client came through; '' for the API, metrics, pprof and playback servers. */
export type AuthProtocol = 'rtsp' | 'rtmp' | 'hls' | 'webrtc' | 'srt' | 'moq' | '';

export interface AuthCredentials {
  readonly user: string;
  readonly pass: string;
  readonly token: string;
}

export const NO_CREDENTIALS: AuthCredentials = { user: '', pass: '', token: '' };

/** Who wants to do what. */
export interface AuthRequest {
  readonly action: AuthAction;
  /** Name of the path; '' for actions without one. */
  readonly path: string;
  /** Raw query of the request, without the question mark. */
  readonly query: string;
  readonly protocol: AuthProtocol;
  /** UUID of the connection or session, where there is one. */
  readonly id: string | null;
  readonly credentials: AuthCredentials;
  /** Address of the client as text; '' for clients of a Unix socket. */
  readonly ip: string;
  readonly userAgent: string;
  /** Whether the protocol can ask the client for credentials and get another request with them. */
  readonly canAskCredentials: boolean;
  /**
   * The client sent an RTSP digest for `credentials.user` instead of a password. Only the gateway knows the method, URI
   * and nonce, so it verifies the digest with the candidates of the decision.
   */
  readonly isDigest?: boolean;
}

/** A user and a password in plain text, to compute a digest from. */
export interface DigestCandidate {
  readonly user: string;
  readonly pass: string;
}

export interface AuthAllowed {
  readonly allowed: true;
  /** Name of the user as the client gave it, or as the token names it. */
  readonly user: string;
}

export interface AuthRefused {
  readonly allowed: false;
  /** The client sent nothing: ask it at once, without a delay and without a log line. */
  readonly askCredentials: boolean;
  readonly reason: string;
  /** For a digest: the request is allowed after all when the digest was made with one of these. Never to be logged. */
  readonly digestCandidates?: readonly DigestCandidate[];
}

export type AuthDecision = AuthAllowed | AuthRefused;

/** A method of authentication: internal users, an HTTP server, or tokens. */
export interface Authenticator {
  /** Decides; failures of the method itself (a server that is away) are refusals with a reason, not exceptions. */
  authenticate(request: AuthRequest): Promise<AuthDecision>;
}

/**
 * A refusal that is not a question is answered after a random pause between 0 and this, which the caller keeps, so that
 * guessing is slow and the time of an answer says nothing.
 */
export const MAX_REFUSAL_DELAY_MS = 4000;

export const AUTHENTICATION_FAILED = 'authentication failed';

/** A refusal for want of valid credentials. */
export function refuse(request: AuthRequest, reason: string): AuthRefused {
  const { user, pass, token } = request.credentials;
  const sentNothing = user === '' && pass === '' && token === '' && request.isDigest !== true;
  return { allowed: false, askCredentials: request.canAskCredentials && sentNothing, reason };
}
