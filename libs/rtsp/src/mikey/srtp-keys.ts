import { ParseError, copyBytes, type CryptoPort } from '@mediamesh/bytes';
import type { MikeyMessage } from './mikey-message.ts';

/** AES-128 key and 112-bit salt. */
export const SRTP_KEY_BYTES = 30;
const SESSION_KEY_BYTES = 16;
const AUTH_KEY_BYTES = 20;
const AUTH_TAG_BYTES = 10;
const RANDOM_BYTES = 16;
/** A message from another hour may be a replay. */
export const MAX_CLOCK_DIFFERENCE_MS = 3_600_000;
/** NTP counts from 1900, Unix from 1970. */
const NTP_UNIX_OFFSET_SECONDS = 2_208_988_800;

/** Parameter types of an SRTP policy. Source: RFC 3830 6.10.1. */
const POLICY = {
  encryption: 0,
  sessionKeyLength: 1,
  authentication: 2,
  authKeyLength: 3,
  srtpEncryption: 7,
  srtcpEncryption: 8,
  srtpAuthentication: 10,
  authTagLength: 11,
} as const;
const AES_CM = 1;
const HMAC_SHA1 = 1;
const ON = 1;

/** What one direction of a media is protected with: AES-CM 128, HMAC-SHA1-80. */
export interface SrtpKeys {
  /** Master key (16 bytes) and salt (14 bytes). */
  readonly keyAndSalt: Uint8Array;
  readonly mki?: Uint8Array;
  readonly streams: readonly { readonly ssrc: number; readonly rolloverCounter: number }[];
}

/**
 * Errors:   ParseError when the message is older or newer than an hour, asks for other algorithms, or has not exactly one key of 30 bytes.
 * Aliasing: copies.
 * Source:   RFC 3830 4.1.3 and 6.10.1, RFC 3711 for the profile.
 */
export function srtpKeysFromMikey(message: MikeyMessage, wallClockMs: number): SrtpKeys {
  const { timestamp, keys } = message;
  if (timestamp === undefined) throw new ParseError('MikeyMessage', 0, 'has no timestamp');
  const differenceMs = Math.abs((timestamp.seconds - NTP_UNIX_OFFSET_SECONDS) * 1000 - wallClockMs);
  if (differenceMs > MAX_CLOCK_DIFFERENCE_MS) throw new ParseError('MikeyMessage', 0, 'is from another hour: check the clocks');
  requirePolicy(message, POLICY.encryption, AES_CM);
  requirePolicy(message, POLICY.sessionKeyLength, SESSION_KEY_BYTES);
  requirePolicy(message, POLICY.authentication, HMAC_SHA1);
  requirePolicy(message, POLICY.srtpEncryption, ON);
  requirePolicy(message, POLICY.srtcpEncryption, ON);
  requirePolicy(message, POLICY.srtpAuthentication, ON);
  const [key] = keys;
  if (keys.length !== 1 || key!.key.length !== SRTP_KEY_BYTES)
    throw new ParseError('MikeyMessage', 0, `has not one key of ${SRTP_KEY_BYTES} bytes`);
  return {
    keyAndSalt: copyBytes(key!.key),
    ...(key!.spi !== undefined && key!.spi.length > 0 && { mki: copyBytes(key!.spi) }),
    streams: message.cryptoSessions.map(({ ssrc, rolloverCounter }) => ({ ssrc, rolloverCounter })),
  };
}

function requirePolicy(message: MikeyMessage, type: number, value: number): void {
  const found = message.policies[0]?.parameters.get(type);
  if (found === undefined || found.length !== 1 || found[0] !== value)
    throw new ParseError('MikeyMessage', 0, `lacks the policy ${type} = ${value}`);
}

export function mikeyFromSrtpKeys(keys: SrtpKeys, crypto: CryptoPort, wallClockMs: number): MikeyMessage {
  const id = crypto.randomBytes(4);
  const one = (value: number): Uint8Array => Uint8Array.of(value);
  return {
    csbId: ((id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8) | id[3]!) >>> 0,
    cryptoSessions: keys.streams.map((stream) => ({ policy: 0, ...stream })),
    timestamp: {
      seconds: (Math.floor(wallClockMs / 1000) + NTP_UNIX_OFFSET_SECONDS) % 0x1_0000_0000,
      fraction: Math.floor(((wallClockMs % 1000) / 1000) * 0x1_0000_0000),
    },
    random: crypto.randomBytes(RANDOM_BYTES),
    policies: [
      {
        policy: 0,
        parameters: new Map([
          [POLICY.encryption, one(AES_CM)],
          [POLICY.sessionKeyLength, one(SESSION_KEY_BYTES)],
          [POLICY.authentication, one(HMAC_SHA1)],
          [POLICY.authKeyLength, one(AUTH_KEY_BYTES)],
          [POLICY.srtpEncryption, one(ON)],
          [POLICY.srtcpEncryption, one(ON)],
          [POLICY.srtpAuthentication, one(ON)],
          [POLICY.authTagLength, one(AUTH_TAG_BYTES)],
        ]),
      },
    ],
    keys: [keys.mki === undefined ? { key: keys.keyAndSalt } : { key: keys.keyAndSalt, spi: keys.mki }],
  };
}
