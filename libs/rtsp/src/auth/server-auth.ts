import { bytesFromUtf8, type CryptoPort } from '@mediamesh/bytes';
import type { DigestAuthorization } from '../header/authorization.ts';
import { serializeChallenge } from '../header/www-authenticate.ts';
import { parseRtspUrl, requestUri } from '../message/url.ts';
import { digestResponse } from './digest.ts';

/** Chosen by MediaMTX; cameras and clients show it to their users. */
export const REALM = 'ipcam';

export type AuthMethod = 'basic' | 'digest-md5' | 'digest-sha256';

/** Values of the WWW-Authenticate headers, one a method, in the order of the methods. */
export function challengeValues(methods: readonly AuthMethod[], nonce: string): readonly string[] {
  return methods.map((method) => {
    if (method === 'basic') return serializeChallenge({ scheme: 'basic', realm: REALM });
    return serializeChallenge({ scheme: 'digest', realm: REALM, nonce, algorithm: method === 'digest-md5' ? 'MD5' : 'SHA-256' });
  });
}

export interface DigestCheck {
  readonly authorization: DigestAuthorization;
  readonly methods: readonly AuthMethod[];
  readonly nonce: string;
  /** Method and URL of the request that carried it, as they came. */
  readonly method: string;
  readonly url: string;
}

/** Errors: none; whatever does not fit is false. The comparison's duration does not depend on where the responses differ. */
export function verifyDigest(crypto: CryptoPort, check: DigestCheck, user: string, password: string): boolean {
  const { authorization, method, nonce } = check;
  const algorithm = authorization.algorithm ?? 'MD5';
  if (!check.methods.includes(algorithm === 'MD5' ? 'digest-md5' : 'digest-sha256')) return false;
  if (authorization.nonce !== nonce || authorization.realm !== REALM || authorization.user !== user) return false;
  if (!digestUriMatches(check.url, authorization.uri, method)) return false;
  const expected = digestResponse(crypto, algorithm, { user, password, realm: REALM, nonce, method, uri: authorization.uri });
  return crypto.equal(bytesFromUtf8(expected), bytesFromUtf8(authorization.response.toLowerCase()));
}

/**
 * Whether a Digest was made for this request.
 *
 * Source: RFC 2617 3.2.2 allows the absolute URL and the path; in SETUP, VLC sends the stream's URL with a slash and HappyTime without.
 */
export function digestUriMatches(requestUrl: string, uri: string, method: string): boolean {
  if (uri === requestUrl) return true;
  if (uri.startsWith('/')) {
    try {
      return uri === requestUri(parseRtspUrl(requestUrl));
    } catch {
      return false;
    }
  }
  if (method !== 'SETUP') return false;
  const track = /^(.+\/)trackID=\d+$/.exec(requestUrl);
  return track !== null && (uri === track[1] || `${uri}/` === track[1]);
}
