import type { CryptoPort } from '@mediamesh/bytes';
import { serializeAuthorization } from '../header/authorization.ts';
import { parseChallenge, type Challenge } from '../header/www-authenticate.ts';
import { digestResponse } from './digest.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * The challenge that a client answers: SHA-256 before MD5 before Basic; undefined when none is understood.
 * Lines of unknown schemes are passed over.
 */
export function chooseChallenge(values: readonly string[]): Challenge | undefined {
  let best: Challenge | undefined;
  for (const value of values) {
    const challenge = tryChallenge(value);
    if (challenge !== undefined && (best === undefined || strength(challenge) > strength(best))) best = challenge;
  }
  return best;
}

function tryChallenge(value: string): Challenge | undefined {
  try {
    return parseChallenge(value);
  } catch {
    return undefined;
  }
}

function strength(challenge: Challenge): number {
  if (challenge.scheme === 'basic') return 0;
  return challenge.algorithm === 'SHA-256' ? 2 : 1;
}

/** Value of the Authorization header for one request. */
export function authorizationValue(
  crypto: CryptoPort,
  challenge: Challenge,
  credentials: Credentials,
  request: { readonly method: string; readonly url: string },
): string {
  if (challenge.scheme === 'basic') return serializeAuthorization({ scheme: 'basic', ...credentials });
  const { realm, nonce, opaque, algorithm } = challenge;
  const response = digestResponse(crypto, algorithm ?? 'MD5', { ...credentials, realm, nonce, method: request.method, uri: request.url });
  return serializeAuthorization({
    scheme: 'digest',
    user: credentials.user,
    realm,
    nonce,
    uri: request.url,
    response,
    ...(opaque !== undefined && { opaque }),
    ...(algorithm !== undefined && { algorithm }),
  });
}
