import nacl from 'tweetnacl';
import { ConfigError } from './config-error.ts';

export const NONCE_BYTES = 24;
const KEY_BYTES = 32;

/**
 * Opens an encrypted configuration file.
 *
 * Shape:   standard base64 of a nonce (24 bytes) and a NaCl secretbox; the key is the text's bytes, cut or padded with
 *          zeros to 32.
 * Errors:  ConfigError `decryption error`.
 */
export function decryptConfig(key: string, encrypted: Uint8Array): Uint8Array {
  const text = Buffer.from(encrypted.buffer, encrypted.byteOffset, encrypted.byteLength).toString('latin1').trim();
  if (!/^[a-zA-Z0-9+/\r\n]*={0,2}$/.test(text)) throw new ConfigError('decryption error');
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  if (bytes.length < NONCE_BYTES) throw new ConfigError('decryption error');
  const opened = nacl.secretbox.open(bytes.subarray(NONCE_BYTES), bytes.subarray(0, NONCE_BYTES), secretboxKey(key));
  if (opened === null) throw new ConfigError('decryption error');
  return opened;
}

/** The text's bytes, cut or padded with zeros. */
export function secretboxKey(key: string): Uint8Array {
  const bytes = new Uint8Array(KEY_BYTES);
  bytes.set(new TextEncoder().encode(key).subarray(0, KEY_BYTES));
  return bytes;
}
