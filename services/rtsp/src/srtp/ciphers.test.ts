import { describe, expect, test } from 'vitest';
import { RtpFrame, SrtpError, serializeRtcpCompound } from '@mediamesh/rtp';
import { CRYPTO } from '../testing/key-exchange.cases.ts';
import { IncomingCipher } from './incoming-cipher.ts';
import { OutgoingCipher } from './outgoing-cipher.ts';

const SSRC = 0xdead_beef;
const REPORT = serializeRtcpCompound([{ type: 'receiverReport', ssrc: SSRC, reports: [] }]);

function frameOf(sender: { payloadType: number; ssrc: number; sequenceNumber: number }, payloads: readonly Uint8Array[]): RtpFrame {
  const frame = new RtpFrame(sender, 90_000, 4, new Uint8Array(64));
  for (const payload of payloads) {
    const offset = frame.packet(payload.length, true); // may replace the buffer
    frame.bytes.set(payload, offset);
  }
  return frame;
}

function packetsOf(frame: { bytes: Uint8Array; offsets: readonly number[]; sizes: readonly number[] }): readonly Uint8Array[] {
  return frame.offsets.map((offset, index) => frame.bytes.subarray(offset, offset + frame.sizes[index]!));
}

describe('a frame', () => {
  const sender = { payloadType: 96, ssrc: SSRC, sequenceNumber: 65_530 };
  const payloads = [0, 1, 1_000, 17].map((size) => CRYPTO.randomBytes(size));

  test('comes out as it went in, also when sequence numbers roll over, and for who joins after that', () => {
    const outgoing = new OutgoingCipher(CRYPTO, SSRC);
    const early = new IncomingCipher(CRYPTO, outgoing.keys);
    for (let round = 0; round < 10; round++) {
      const late = new IncomingCipher(CRYPTO, outgoing.keys);
      const frame = frameOf(sender, payloads);
      const secure = outgoing.protect(frame);
      for (const [index, packet] of packetsOf(secure).entries()) {
        const plain = packetsOf(frame)[index]!;
        expect(early.rtp(packet)).toEqual(plain);
        expect(late.rtp(packet)).toEqual(plain);
      }
    }
    expect(outgoing.keys.streams).toEqual([{ ssrc: SSRC, rolloverCounter: 1 }]);
  });

  test('has interleaved prefixes, for any channel', () => {
    const secure = new OutgoingCipher(CRYPTO, SSRC).protect(frameOf({ ...sender }, payloads));
    for (const channel of [4, 10]) {
      const bytes = secure.interleaved(channel);
      let at = 0;
      for (const packet of packetsOf(secure)) {
        expect([...bytes.subarray(at, at + 4)]).toEqual([0x24, channel, packet.length >>> 8, packet.length & 0xff]);
        at += 4 + packet.length;
      }
      expect(at).toBe(bytes.length);
    }
    expect(secure.interleaved(10)).toBe(secure.interleaved(10));
  });
});

describe('what comes in', () => {
  test.each([
    ['any bit of it', 0],
    ['its end', -1],
    ['the tag', -5],
  ])('is refused when %s was changed', (_name, at) => {
    const outgoing = new OutgoingCipher(CRYPTO, SSRC);
    const incoming = new IncomingCipher(CRYPTO, outgoing.keys);
    const [packet] = packetsOf(outgoing.protect(frameOf({ payloadType: 96, ssrc: SSRC, sequenceNumber: 1 }, [CRYPTO.randomBytes(50)])));
    const report = outgoing.protectRtcp(REPORT);
    for (const [bytes, read] of [
      [packet!, (changed: Uint8Array) => incoming.rtp(changed)],
      [report, (changed: Uint8Array) => incoming.rtcp(changed)],
    ] as const) {
      const changed = Uint8Array.from(bytes);
      const index = (at + changed.length) % changed.length;
      changed[index]! ^= 0x40;
      expect(() => read(changed)).toThrow(SrtpError);
      expect(() => read(changed.subarray(0, 5))).toThrow(SrtpError);
      read(bytes);
      expect(() => read(bytes)).toThrow(SrtpError); // again
    }
  });

  test('with an identifier of the key: it must be the agreed one', () => {
    const outgoing = new OutgoingCipher(CRYPTO, SSRC);
    const mki = Uint8Array.of(9, 8, 7, 6);
    const incoming = new IncomingCipher(CRYPTO, { ...outgoing.keys, mki });
    const report = outgoing.protectRtcp(REPORT);
    const tagAt = report.length - 10;
    const withMki = Uint8Array.from([...report.subarray(0, tagAt), ...mki, ...report.subarray(tagAt)]);
    const other = Uint8Array.from(withMki);
    other[tagAt]! ^= 1;
    for (const wrong of [report, other, new Uint8Array(3)]) expect(() => incoming.rtcp(wrong)).toThrow(SrtpError);
    expect(incoming.rtcp(withMki)).toEqual(REPORT);
  });

  test('of more streams than are kept', () => {
    const streams = Array.from({ length: 65 }, (_, ssrc) => ({ ssrc, rolloverCounter: 0 }));
    const { keyAndSalt } = new OutgoingCipher(CRYPTO, SSRC).keys;
    expect(() => new IncomingCipher(CRYPTO, { keyAndSalt, streams })).toThrow(SrtpError);
  });
});
