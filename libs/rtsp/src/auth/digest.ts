import { bytesFromUtf8, hexFromBytes, type CryptoPort } from '@mediamesh/bytes';
import type { DigestAlgorithm } from '../header/authorization.ts';

export interface DigestInput {
  readonly user: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
  readonly method: string;
  readonly uri: string;
}

/** The `response` parameter of Digest without qop. Source: RFC 2069 2.1.2, RFC 7616 for SHA-256. */
export function digestResponse(crypto: CryptoPort, algorithm: DigestAlgorithm, input: DigestInput): string {
  const hash = (text: string): string => hexFromBytes(crypto.hash(algorithm === 'MD5' ? 'md5' : 'sha256', bytesFromUtf8(text)));
  const identity = hash(`${input.user}:${input.realm}:${input.password}`);
  return hash(`${identity}:${input.nonce}:${hash(`${input.method}:${input.uri}`)}`);
}
