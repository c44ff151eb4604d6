export { AUTHENTICATION_FAILED, MAX_REFUSAL_DELAY_MS, NO_CREDENTIALS, refuse } from './authenticator.ts';
export type {
  AuthAllowed,
  AuthCredentials,
  AuthDecision,
  AuthProtocol,
  AuthRefused,
  AuthRequest,
  Authenticator,
  DigestCandidate,
} from './authenticator.ts';
export { InternalAuthenticator } from './internal.ts';
export { compilePermissions } from './permission.ts';
export type { PermissionCheck } from './permission.ts';
export { MAX_PENDING_ARGON2 } from './credential.ts';
export { MAX_AUTH_ANSWER_BYTES } from './auth-http.ts';
export type { AuthHttp, AuthHttpAnswer, AuthHttpRequest } from './auth-http.ts';
export { HttpAuthenticator, MAX_PENDING_QUESTIONS } from './http.ts';
export type { HttpMethodOptions } from './http.ts';
export { JwtAuthenticator, MAX_TOKEN_CHARS } from './jwt.ts';
export type { JwtMethodOptions } from './jwt.ts';
export { KEY_SET_LIFETIME_MS } from './key-set.ts';
