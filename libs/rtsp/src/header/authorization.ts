import { ParseError, base64FromBytes, bytesFromBase64, bytesFromUtf8, utf8FromBytes } from '@mediamesh/bytes';
import { parseKeyValues } from './key-values.ts';

export type DigestAlgorithm = 'MD5' | 'SHA-256';

export interface BasicAuthorization {
  readonly scheme: 'basic';
  readonly user: string;
  readonly password: string;
}

/** Source: RFC 2617 3.2.2, RFC 7616 3.4. No qop: RTSP clients and servers use the form of RFC 2069. */
export interface DigestAuthorization {
  readonly scheme: 'digest';
  readonly user: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly opaque?: string;
  /** Absent is MD5. */
  readonly algorithm?: DigestAlgorithm;
}

export type AuthorizationHeader = BasicAuthorization | DigestAuthorization;

/** Errors: ParseError on another scheme or algorithm, or a missing parameter. */
export function parseAuthorization(value: string): AuthorizationHeader {
  const blank = value.indexOf(' ');
  const scheme = (blank < 0 ? value : value.substring(0, blank)).toLowerCase();
  const rest = blank < 0 ? '' : value.substring(blank + 1).trim();
  if (scheme === 'basic') return parseBasic(rest);
  if (scheme === 'digest') return parseDigest(rest);
  throw new ParseError('Authorization', 0, 'has a scheme that is neither Basic nor Digest');
}

function parseBasic(text: string): BasicAuthorization {
  const decoded = utf8FromBytes(bytesFromBase64(text));
  const colon = decoded.indexOf(':');
  if (colon < 0) throw new ParseError('Authorization', 0, 'has Basic credentials without colon');
  return { scheme: 'basic', user: decoded.substring(0, colon), password: decoded.substring(colon + 1) };
}

function parseDigest(text: string): DigestAuthorization {
  const pairs = parseKeyValues(text, ',');
  const required = (key: string): string => {
    const value = pairs.get(key);
    if (value === undefined) throw new ParseError('Authorization', 0, `has no ${key}`);
    return value;
  };
  const opaque = pairs.get('opaque');
  const algorithm = pairs.get('algorithm');
  return {
    scheme: 'digest',
    user: required('username'),
    realm: required('realm'),
    nonce: required('nonce'),
    uri: required('uri'),
    response: required('response'),
    ...(opaque !== undefined && { opaque }),
    ...(algorithm !== undefined && { algorithm: parseDigestAlgorithm(algorithm) }),
  };
}

/** Errors: ParseError on another algorithm. */
export function parseDigestAlgorithm(text: string): DigestAlgorithm {
  const name = text.toUpperCase();
  if (name === 'MD5' || name === 'SHA-256') return name;
  throw new ParseError('Digest', 0, `has the algorithm ${JSON.stringify(text.substring(0, 32))}`);
}

export function serializeAuthorization(header: AuthorizationHeader): string {
  if (header.scheme === 'basic') return `Basic ${base64FromBytes(bytesFromUtf8(`${header.user}:${header.password}`))}`;
  const { user, realm, nonce, uri, response, opaque, algorithm } = header;
  const optional = (opaque === undefined ? '' : `, opaque="${opaque}"`) + (algorithm === undefined ? '' : `, algorithm="${algorithm}"`);
  return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"${optional}`;
}
