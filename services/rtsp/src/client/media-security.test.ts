import { bytesFromHex } from '@mediamesh/bytes';
import { NodeCrypto } from '@mediamesh/platform';
import { SRTP_TAG_BYTES, SrtcpContext, SrtpContext } from '@mediamesh/rtp';
import { describe, expect, test } from 'vitest';
import { MediaSecurity } from './media-security.ts';

const crypto = new NodeCrypto();
const SERVER_KEY = bytesFromHex('01'.repeat(30));
const CLIENT_KEY = bytesFromHex('02'.repeat(30));
const RTP = bytesFromHex('8060000500000001000000070102030405');
const RTCP = bytesFromHex('80c90001000000070000000000000000');
const MKI = bytesFromHex('aabbccdd');
const STREAMS = [{ ssrc: 7, rolloverCounter: 3 }];

function withMki(packet: Uint8Array): Uint8Array {
  const tagAt = packet.length - SRTP_TAG_BYTES;
  return Uint8Array.of(...packet.subarray(0, tagAt), ...MKI, ...packet.subarray(tagAt));
}

function sender(): { readonly rtp: SrtpContext; readonly rtcp: SrtcpContext } {
  const rtp = new SrtpContext(crypto, SERVER_KEY);
  rtp.setInitialRoc(7, 3);
  return { rtp, rtcp: new SrtcpContext(crypto, SERVER_KEY) };
}

describe('keys of a media', () => {
  test.each([
    ['without identifier', undefined],
    ['with identifier', MKI],
  ])('%s', (_name, mki) => {
    const wrap = mki === undefined ? (packet: Uint8Array) => packet : withMki;
    const id = mki === undefined ? {} : { mki };
    const security = new MediaSecurity(crypto, {
      client: { keyAndSalt: CLIENT_KEY, streams: [], ...id },
      server: { keyAndSalt: SERVER_KEY, streams: STREAMS, ...id },
    });
    const { rtp, rtcp } = sender();
    expect(security.unprotect(false, wrap(rtp.protect(RTP)))).toEqual(RTP);
    expect(security.unprotect(true, wrap(rtcp.protect(RTCP)))).toEqual(RTCP);
    expect(security.protectRtcp(RTCP)).toEqual(wrap(new SrtcpContext(crypto, CLIENT_KEY).protect(RTCP)));
    expect(security.refusedPackets).toBe(0);
  });

  test('what is tampered with, cut, or of another key is refused and counted; what comes twice is not', () => {
    const security = new MediaSecurity(crypto, {
      client: { keyAndSalt: CLIENT_KEY, streams: [] },
      server: { keyAndSalt: SERVER_KEY, streams: STREAMS, mki: MKI },
    });
    const packet = withMki(sender().rtp.protect(RTP));
    for (let at = 2; at < packet.length; at++) {
      const forged = Uint8Array.from(packet);
      forged[at]! ^= 1;
      expect(security.unprotect(false, forged)).toBeUndefined();
    }
    for (let length = 0; length < packet.length; length++) expect(security.unprotect(false, packet.subarray(0, length))).toBeUndefined();
    expect(security.refusedPackets).toBe(2 * packet.length - 2);
    expect(security.unprotect(false, packet)).toEqual(RTP);
    expect(security.unprotect(false, packet)).toBeUndefined();
    expect(security.refusedPackets).toBe(2 * packet.length - 2);
  });
});
