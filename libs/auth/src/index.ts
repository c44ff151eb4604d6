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
