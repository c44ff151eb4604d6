import { ParseError, bytesFromBase64, type CryptoPort } from '@mediamesh/bytes';
import { parseKeyMgmt, serializeKeyMgmt } from '../header/key-mgmt.ts';
import type { RtspHeaders } from '../message/headers.ts';
import { parseMikeyMessage, serializeMikeyMessage } from '../mikey/mikey-message.ts';
import { SRTP_KEY_BYTES, mikeyFromSrtpKeys, srtpKeysFromMikey, type SrtpKeys } from '../mikey/srtp-keys.ts';

/** Axis wants a master key identifier when the client manages the keys. */
const MKI_BYTES = 4;

/**
 * The keys of one media at a time, in SETUPs with the secure profile.
 *
 * Source: RFC 4567; the client-managed keys are Axis': its cameras answer 463 to clients that do not manage them.
 */
export class KeyExchange {
  private readonly crypto: CryptoPort;
  private readonly wallClockMs: () => number;
  private client: SrtpKeys | undefined;
  private managed = false;

  constructor(crypto: CryptoPort, wallClockMs: () => number) {
    this.crypto = crypto;
    this.wallClockMs = wallClockMs;
  }

  /** Value of a SETUP's KeyMgmt header, with new keys. `ssrc`: of our packets, random where nobody has chosen it. */
  offer(uri: string, ssrc: number | undefined): string {
    this.client = {
      keyAndSalt: this.crypto.randomBytes(SRTP_KEY_BYTES),
      ...(this.managed && { mki: this.crypto.randomBytes(MKI_BYTES) }),
      streams: [{ ssrc: ssrc ?? this.randomSsrc(), rolloverCounter: 0 }],
    };
    return serializeKeyMgmt({ uri, data: serializeMikeyMessage(mikeyFromSrtpKeys(this.client, this.crypto, this.wallClockMs())) });
  }

  /** After a 463: whether it is worth another try, as the one who manages the keys. */
  takeOver(): boolean {
    const first = !this.managed;
    this.managed = true;
    return first;
  }

  /**
   * The keys of both sides: the server's from its response, its description of the media, or of the session; ours when we manage them.
   *
   * Errors: ParseError when the server has given none, or malformed ones.
   */
  agree(
    headers: RtspHeaders,
    mediaMikey: string | undefined,
    sessionMikey: string | undefined,
  ): { readonly client: SrtpKeys; readonly server: SrtpKeys } {
    const client = this.client!;
    if (this.managed) return { client, server: client };
    const header = headers.get('KeyMgmt');
    const described = mediaMikey ?? sessionMikey;
    if (header === undefined && described === undefined)
      throw new ParseError('RtspResponse', 0, 'to SETUP has no keys, and neither has the description');
    const message = header === undefined ? bytesFromBase64(described!) : parseKeyMgmt(header).data;
    return { client, server: srtpKeysFromMikey(parseMikeyMessage(message), this.wallClockMs()) };
  }

  private randomSsrc(): number {
    const random = this.crypto.randomBytes(4);
    return ((random[0]! << 24) | (random[1]! << 16) | (random[2]! << 8) | random[3]!) >>> 0;
  }
}
