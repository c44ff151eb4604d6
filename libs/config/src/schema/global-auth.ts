import { boolType, stringType } from '../value-type.ts';
import { components } from './component.ts';
import { deprecatedKey, globalKey } from './key.ts';
import { DEFAULT_AUTH_USERS, authMethodType, authUsersType, permissionsType } from './types.ts';

/** Who may publish, read, play back, and use the servers for operators. */
export const AUTH_KEYS = {
  authMethod: globalKey(
    authMethodType,
    'internal',
    'auth',
    'Who decides: the users below (internal), an HTTP server (http), or tokens (jwt).',
  ),
  authInternalUsers: globalKey(
    authUsersType,
    DEFAULT_AUTH_USERS,
    '',
    'Users of the internal method. "any" is everyone. Names and passwords may be hashes: "sha256:..." or "argon2:...". Paths starting with ~ are regular expressions.',
  ),
  authHTTPAddress: globalKey(
    stringType,
    '',
    'auth',
    'URL that gets a POST request for each decision of the http method; a 2xx answer allows.',
  ),
  externalAuthenticationURL: deprecatedKey(
    stringType,
    { warning: "parameter 'externalAuthenticationURL' is deprecated and has been replaced with 'authMethod' and 'authHTTPAddress'" },
    'Replaced by `authMethod: http` and `authHTTPAddress`.',
  ),
  authHTTPFingerprint: globalKey(
    stringType,
    '',
    'auth',
    'SHA-256 of the certificate of that server, in hex. Empty: it is verified as usual.',
  ),
  authHTTPExclude: globalKey(permissionsType, [], 'auth', 'What is allowed without asking the HTTP server.'),
  authJWTJWKS: globalKey(stringType, '', 'auth', 'URL of the key set (JWKS) that tokens of the jwt method are verified with.'),
  authJWTJWKSFingerprint: globalKey(stringType, '', 'auth', 'SHA-256 of the certificate of the JWKS server, in hex.'),
  authJWTClaimKey: globalKey(stringType, 'mediamtx_permissions', 'auth', 'Claim of the token that lists permissions.'),
  authJWTExclude: globalKey(permissionsType, [], 'auth', 'What is allowed without a token.'),
  authJWTInHTTPQuery: {
    ...deprecatedKey(
      boolType,
      { warning: "parameter 'authJWTInHTTPQuery' is deprecated and will be removed in a future release" },
      'Accepts tokens in the query of HTTP requests. They end up in logs; use the Authorization header.',
    ),
    restarts: components('auth'),
  },
  authJWTIssuer: globalKey(stringType, '', 'auth', 'Required issuer of tokens. Empty: not checked.'),
  authJWTAudience: globalKey(stringType, '', 'auth', 'Required audience of tokens. Empty: not checked.'),
} as const;
