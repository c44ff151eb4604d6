import { nodeFromJson, permissionsType } from '@mediamesh/config';
import type { AuthPermission } from '@mediamesh/config';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWK, JWTHeaderParameters, JWTPayload, JWTVerifyOptions } from 'jose';
import { refuse } from './authenticator.ts';
import type { AuthDecision, AuthRequest, Authenticator } from './authenticator.ts';
import { KeySet, KeySetError, TOKEN_ALGORITHMS, importKey, keysFor } from './key-set.ts';
import type { KeySetOptions } from './key-set.ts';
import { compilePermissions } from './permission.ts';
import type { PermissionCheck } from './permission.ts';
import { tokenOf } from './token.ts';

/** Tokens of identity providers take a few KiB, and every header of a request together 64 KiB. */
export const MAX_TOKEN_CHARS = 16 * 1024;

export interface JwtMethodOptions {
  readonly keySet: Omit<KeySetOptions, 'nowMs'>;
  /** Claim that lists the permissions. */
  readonly claimKey: string;
  /** What is allowed without a token. */
  readonly exclude: readonly AuthPermission[];
  /** '': not checked. */
  readonly issuer: string;
  /** '': not checked. */
  readonly audience: string;
  /** HTTP clients may send the token in the query. */
  readonly inHttpQuery: boolean;
  /** Wall clock. */
  readonly nowMs: () => number;
}

/** A token that is valid, and lets nobody in. The message is for the log. */
class TokenError extends Error {
  override readonly name = 'TokenError';
}

/**
 * The JWT method: a token, signed with a key of the JWKS server, lists what its bearer may do.
 *
 * Errors: none; a token that is not valid, and keys that cannot be had, are refusals with a reason.
 * Source: RFC 7519, RFC 8725 (the key decides which algorithms are possible), contract 5.7.
 */
export class JwtAuthenticator implements Authenticator {
  private readonly options: JwtMethodOptions;
  private readonly isExcluded: PermissionCheck;
  private readonly keySet: KeySet;

  constructor(options: JwtMethodOptions) {
    this.options = options;
    this.isExcluded = compilePermissions(options.exclude);
    this.keySet = new KeySet({ ...options.keySet, nowMs: options.nowMs });
  }

  /** The next token is verified with keys that are fetched anew. */
  refreshKeys(): void {
    this.keySet.refresh();
  }

  async authenticate(request: AuthRequest): Promise<AuthDecision> {
    if (this.isExcluded(request.action, request.path)) return { allowed: true, user: '' };
    const token = tokenOf(request, this.options.inHttpQuery);
    const presented = { ...request, credentials: { ...request.credentials, token } };
    if (token === '') return refuse(presented, 'JWT not provided');
    if (token.length > MAX_TOKEN_CHARS) return refuse(presented, `token is malformed: it is longer than ${MAX_TOKEN_CHARS} characters`);
    try {
      const claims = await this.verify(token);
      const permits = compilePermissions(permissionsOf(claims, this.options.claimKey));
      if (!permits(request.action, request.path)) return refuse(presented, "user doesn't have permission to perform action");
      return { allowed: true, user: claims.sub ?? '' };
    } catch (error) {
      return refuse(presented, problemOf(error));
    }
  }

  private async verify(token: string): Promise<JWTPayload> {
    const keys = await this.keySet.keys();
    const header = headerOf(token);
    const { sub, ...claims } = await this.verifyWithAny(token, header.alg, keysFor(keys, header));
    if (sub !== undefined && typeof sub !== 'string') throw new TokenError("token is malformed: 'sub' is no text");
    return { ...claims, sub: sub ?? '' };
  }

  /** Errors: of the last key when none fits. */
  private async verifyWithAny(token: string, alg: string, keys: readonly JWK[]): Promise<JWTPayload> {
    const { issuer, audience, nowMs } = this.options;
    const options: JWTVerifyOptions = {
      algorithms: [...TOKEN_ALGORITHMS],
      currentDate: new Date(nowMs()),
      ...(issuer === '' ? {} : { issuer }),
      ...(audience === '' ? {} : { audience }),
    };
    let problem: unknown;
    for (const key of keys) {
      try {
        return (await jwtVerify(token, await importKey(key, alg), options)).payload;
      } catch (error) {
        if (!isOfKey(error)) throw error;
        problem = error;
      }
    }
    throw problem;
  }
}

/** Another key may fit. */
function isOfKey(error: unknown): boolean {
  return error instanceof KeySetError || error instanceof errors.JWSSignatureVerificationFailed;
}

/** Errors: TokenError. */
function headerOf(token: string): JWTHeaderParameters {
  let header: { readonly alg?: unknown; readonly kid?: unknown };
  try {
    header = decodeProtectedHeader(token);
  } catch (error) {
    throw new TokenError('token is malformed', { cause: error });
  }
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !TOKEN_ALGORITHMS.includes(alg))
    throw new TokenError('token is unverifiable: its algorithm is not allowed');
  if (kid !== undefined && typeof kid !== 'string') throw new TokenError('token is malformed');
  return { alg, ...(kid === undefined ? {} : { kid }) };
}

/** A list of permissions, or a text that holds one as JSON. Errors: TokenError. */
function permissionsOf(claims: JWTPayload, claimKey: string): readonly AuthPermission[] {
  const claim = Object.hasOwn(claims, claimKey) ? claims[claimKey] : undefined;
  if (claim === undefined)
    throw new TokenError(`token is malformed: could not JSON decode claim: claim '${claimKey}' not found inside JWT`);
  try {
    const value: unknown = typeof claim === 'string' ? JSON.parse(claim) : claim;
    return permissionsType.decode(nodeFromJson(value), '');
  } catch (error) {
    throw new TokenError(`token is malformed: could not JSON decode claim: '${claimKey}' does not list permissions`, { cause: error });
  }
}

/** Says what is wrong, and nothing of what is in the token. */
function problemOf(error: unknown): string {
  if (error instanceof TokenError || error instanceof KeySetError) return error.message;
  if (error instanceof errors.JWTExpired) return 'token has invalid claims: token is expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `token has invalid claims: ${CLAIM_PROBLEMS[error.claim] ?? error.claim}`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'token signature is invalid';
  if (error instanceof errors.JOSEError) return 'token is malformed';
  return 'token cannot be verified';
}

const CLAIM_PROBLEMS: Readonly<Record<string, string>> = {
  nbf: 'token is not valid yet',
  iss: 'token has invalid issuer',
  aud: 'token has invalid audience',
};
