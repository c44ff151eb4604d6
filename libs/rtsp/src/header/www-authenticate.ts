import { ParseError } from '@mediamesh/bytes';
import { parseDigestAlgorithm, type DigestAlgorithm } from './authorization.ts';
import { parseKeyValues } from './key-values.ts';

/** What a server asks for. Source: RFC 2617 3.2.1, RFC 7616 3.3. */
export type Challenge =
  | { readonly scheme: 'basic'; readonly realm: string }
  | {
      readonly scheme: 'digest';
      readonly realm: string;
      readonly nonce: string;
      readonly opaque?: string;
      /** Absent is MD5. */
      readonly algorithm?: DigestAlgorithm;
    };

/** Errors: ParseError on another scheme or algorithm, or a missing parameter. */
export function parseChallenge(value: string): Challenge {
  const blank = value.indexOf(' ');
  const scheme = (blank < 0 ? value : value.substring(0, blank)).toLowerCase();
  const pairs = parseKeyValues(blank < 0 ? '' : value.substring(blank + 1).trim(), ',');
  const realm = pairs.get('realm');
  if (realm === undefined) throw new ParseError('WWW-Authenticate', 0, 'has no realm');
  if (scheme === 'basic') return { scheme, realm };
  const nonce = pairs.get('nonce');
  if (scheme !== 'digest' || nonce === undefined) throw new ParseError('WWW-Authenticate', 0, 'is neither Basic nor Digest with a nonce');
  const opaque = pairs.get('opaque');
  const algorithm = pairs.get('algorithm');
  return {
    scheme,
    realm,
    nonce,
    ...(opaque !== undefined && { opaque }),
    ...(algorithm !== undefined && { algorithm: parseDigestAlgorithm(algorithm) }),
  };
}

export function serializeChallenge(challenge: Challenge): string {
  if (challenge.scheme === 'basic') return `Basic realm="${challenge.realm}"`;
  const { realm, nonce, opaque, algorithm } = challenge;
  const optional = (opaque === undefined ? '' : `, opaque="${opaque}"`) + (algorithm === undefined ? '' : `, algorithm="${algorithm}"`);
  return `Digest realm="${realm}", nonce="${nonce}"${optional}`;
}
