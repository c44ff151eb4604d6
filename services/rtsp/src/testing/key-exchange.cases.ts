import { NodeCrypto } from '@mediamesh/platform';
import { SRTP_KEY_AND_SALT_BYTES } from '@mediamesh/rtp';
import {
  mikeyFromSrtpKeys,
  parseKeyMgmt,
  parseMikeyMessage,
  serializeKeyMgmt,
  serializeMikeyMessage,
  srtpKeysFromMikey,
} from '@mediamesh/rtsp';
import type { RtspResponse, SrtpKeys } from '@mediamesh/rtsp';

export const CRYPTO = new NodeCrypto();

export function newKeys(ssrc: number, mki?: Uint8Array): SrtpKeys {
  const keyAndSalt = CRYPTO.randomBytes(SRTP_KEY_AND_SALT_BYTES);
  return { keyAndSalt, streams: [{ ssrc, rolloverCounter: 0 }], ...(mki !== undefined && { mki }) };
}

export function keyMgmtHeader(url: string, keys: SrtpKeys): string {
  return `KeyMgmt: ${serializeKeyMgmt({ uri: url, data: serializeMikeyMessage(mikeyFromSrtpKeys(keys, CRYPTO, Date.now())) })}`;
}

/** Of an SDP: the keys of its medias, in order. */
export function keysInSdp(sdp: string): readonly SrtpKeys[] {
  return [...sdp.matchAll(/a=key-mgmt:mikey (\S+)/g)].map(([, base64]) =>
    srtpKeysFromMikey(parseMikeyMessage(new Uint8Array(Buffer.from(base64!, 'base64'))), Date.now()),
  );
}

export function keysInAnswer({ headers }: RtspResponse): SrtpKeys {
  return srtpKeysFromMikey(parseMikeyMessage(parseKeyMgmt(headers.single('KeyMgmt')!).data), Date.now());
}
