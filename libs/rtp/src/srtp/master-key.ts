import type { CryptoPort } from '@mediamesh/bytes';

export const SRTP_MASTER_KEY_BYTES = 16;
export const SRTP_MASTER_SALT_BYTES = 14;
/** Master key, then master salt, as MIKEY and SDES carry them. */
export const SRTP_KEY_AND_SALT_BYTES = SRTP_MASTER_KEY_BYTES + SRTP_MASTER_SALT_BYTES;

const AUTHENTICATION_KEY_BYTES = 20;
const BLOCK_BYTES = 16;
const LABEL_OFFSET = 7;

/** Key derivation labels. Source: RFC 3711 4.3.1. */
const RTP_LABELS = { encryption: 0, authentication: 1, salt: 2 } as const;
const RTCP_LABELS = { encryption: 3, authentication: 4, salt: 5 } as const;

/** What packets of one kind are protected with. */
export interface SessionKeys {
  readonly encryption: Uint8Array;
  readonly authentication: Uint8Array;
  readonly salt: Uint8Array;
}

/**
 * The session keys of AES_CM_128_HMAC_SHA1_80, with a key derivation rate of 0.
 *
 * Errors: RangeError when `keyAndSalt` is not SRTP_KEY_AND_SALT_BYTES long.
 * Source: RFC 3711 4.3.
 */
export function deriveSessionKeys(crypto: CryptoPort, keyAndSalt: Uint8Array, kind: 'rtp' | 'rtcp'): SessionKeys {
  if (keyAndSalt.length !== SRTP_KEY_AND_SALT_BYTES)
    throw new RangeError(`the SRTP master key and salt are ${keyAndSalt.length} bytes, they must be ${SRTP_KEY_AND_SALT_BYTES}`);
  const labels = kind === 'rtp' ? RTP_LABELS : RTCP_LABELS;
  return {
    encryption: derive(crypto, keyAndSalt, labels.encryption, SRTP_MASTER_KEY_BYTES),
    authentication: derive(crypto, keyAndSalt, labels.authentication, AUTHENTICATION_KEY_BYTES),
    salt: derive(crypto, keyAndSalt, labels.salt, SRTP_MASTER_SALT_BYTES),
  };
}

function derive(crypto: CryptoPort, keyAndSalt: Uint8Array, label: number, length: number): Uint8Array {
  const counter = new Uint8Array(BLOCK_BYTES);
  counter.set(keyAndSalt.subarray(SRTP_MASTER_KEY_BYTES));
  counter[LABEL_OFFSET]! ^= label;
  return crypto.aesCtr(keyAndSalt.subarray(0, SRTP_MASTER_KEY_BYTES), counter, new Uint8Array(length));
}
