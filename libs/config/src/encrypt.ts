import nacl from 'tweetnacl';
import { NONCE_BYTES, secretboxKey } from './decrypt.ts';

/** What `decryptConfig` opens with the same key. Every call gives another text. */
export function encryptConfig(key: string, plain: Uint8Array): string {
  const nonce = nacl.randomBytes(NONCE_BYTES);
  return Buffer.concat([nonce, nacl.secretbox(plain, nonce, secretboxKey(key))]).toString('base64');
}
