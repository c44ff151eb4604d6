import { bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { parseRtpPacket, serializeRtpPacket } from './packet.ts';
import { RETRANSMISSION_HEADER_BYTES, originalOf, writeRetransmissionInto } from './retransmission.ts';

const ORIGINAL = {
  marker: true,
  payloadType: 96,
  sequenceNumber: 0x1234,
  timestamp: 0x0102_0304,
  ssrc: 0xa0b0_c0d0,
  payload: Uint8Array.of(1, 2, 3),
};

describe('a packet that is sent again', () => {
  test('keeps marker and timestamp, has its own numbers, and the original one before the payload', () => {
    const stream = { payloadType: 97, ssrc: 0xffff_fffe, sequenceNumber: 0xffff };
    const target = new Uint8Array(32).fill(0xee);
    const size = writeRetransmissionInto(serializeRtpPacket(ORIGINAL), 0x4321, stream, target);
    expect(hexFromBytes(target.subarray(0, size + 1))).toBe('80e1ffff01020304fffffffe' + '4321' + '010203' + 'ee');
    expect(size).toBe(12 + RETRANSMISSION_HEADER_BYTES + 3);
    expect(stream.sequenceNumber).toBe(0);
    writeRetransmissionInto(serializeRtpPacket({ ...ORIGINAL, marker: false }), 1, stream, target);
    expect(hexFromBytes(target.subarray(0, 4))).toBe('80610000');
  });

  test('is the original again', () => {
    const target = new Uint8Array(32);
    const size = writeRetransmissionInto(
      serializeRtpPacket(ORIGINAL),
      ORIGINAL.sequenceNumber,
      { payloadType: 97, ssrc: 1, sequenceNumber: 7 },
      target,
    );
    expect(originalOf(parseRtpPacket(target.subarray(0, size)), ORIGINAL)).toEqual(ORIGINAL);
  });

  test.each(['', '12', '1234'])('with the payload "%s" there is none', (hex) => {
    expect(originalOf({ ...ORIGINAL, payload: bytesFromHex(hex) }, ORIGINAL)).toBeUndefined();
  });
});
