import { HttpAuthenticator, InternalAuthenticator, JwtAuthenticator } from '@mediamesh/auth';
import type { AuthHttp, Authenticator } from '@mediamesh/auth';
import type { Config } from '@mediamesh/config';

/** Gateways wait 20 s for an answer, of which a refusal may take four: a server that is slower answers nobody. */
export const MAX_AUTH_TIMEOUT_MS = 15_000;

/** The keys that decide how decisions are made. */
const METHOD_KEYS = [
  'authMethod',
  'authInternalUsers',
  'authHTTPAddress',
  'authHTTPFingerprint',
  'authHTTPExclude',
  'authJWTJWKS',
  'authJWTJWKSFingerprint',
  'authJWTClaimKey',
  'authJWTExclude',
  'authJWTInHTTPQuery',
  'authJWTIssuer',
  'authJWTAudience',
  'readTimeout',
] as const;
export type AuthConfig = Pick<Config, (typeof METHOD_KEYS)[number]>;

/** Whether both make the same decisions: then the method is kept, and with it what it has fetched. */
export function isSameMethod(a: AuthConfig, b: AuthConfig): boolean {
  return METHOD_KEYS.every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

/** The method that the configuration names. `nowMs` is the wall clock. */
export function authMethodOf(config: AuthConfig, http: AuthHttp, nowMs: () => number): Authenticator {
  const timeoutMs = Math.min(config.readTimeout, MAX_AUTH_TIMEOUT_MS);
  switch (config.authMethod) {
    case 'internal':
      return new InternalAuthenticator(config.authInternalUsers);
    case 'http':
      return new HttpAuthenticator({
        address: config.authHTTPAddress,
        fingerprint: config.authHTTPFingerprint,
        exclude: config.authHTTPExclude,
        timeoutMs,
        http,
      });
    case 'jwt':
      return new JwtAuthenticator({
        keySet: { url: config.authJWTJWKS, fingerprint: config.authJWTJWKSFingerprint, timeoutMs, http },
        claimKey: config.authJWTClaimKey,
        exclude: config.authJWTExclude,
        issuer: config.authJWTIssuer,
        audience: config.authJWTAudience,
        inHttpQuery: config.authJWTInHTTPQuery === true,
        nowMs,
      });
  }
}
