import { ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FramedPackets, MAX_FRAMED_PACKET_BYTES, framePackets } from './packet-framing.ts';

const RUNS = 300;

function framed(packets: readonly Uint8Array[]): Uint8Array {
  const buffer = Buffer.concat(packets);
  const sizes = packets.map(({ length }) => length);
  const offsets = sizes.map((_, index) => sizes.filter((_size, before) => before < index).reduce((sum, size) => sum + size, 0));
  return framePackets(buffer, offsets, sizes, packets.length);
}

describe('packets in a TCP connection', () => {
  test('stand behind their lengths', () => {
    expect(framed([Uint8Array.of(1, 2, 3), Uint8Array.of(4)])).toEqual(Uint8Array.of(0, 3, 1, 2, 3, 0, 1, 4));
  });

  test('only as many of the buffer as are said', () => {
    expect(framePackets(Uint8Array.of(9, 1, 2, 3), [1, 2], [1, 2], 1)).toEqual(Uint8Array.of(0, 1, 1));
  });

  test('any chunking gives the same', () => {
    const packet = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (packets, cuts) => {
        const bytes = framed(packets);
        const reader = new FramedPackets();
        const found: Uint8Array[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const end = at + cuts[cut % cuts.length]!;
          found.push(...reader.push(bytes.subarray(at, end)));
          at = end;
        }
        expect(found.map((bytesOf) => [...bytesOf])).toEqual(packets.map((bytesOf) => [...bytesOf]));
      }),
      { numRuns: RUNS },
    );
  });

  test('empty ones say nothing', () => {
    expect(new FramedPackets().push(Uint8Array.of(0, 0, 0, 1, 7, 0, 0))).toEqual([Uint8Array.of(7)]);
  });

  test('the largest, and one byte more', () => {
    const largest = new Uint8Array(MAX_FRAMED_PACKET_BYTES);
    expect(new FramedPackets().push(framed([largest]))).toEqual([largest]);
    const length = MAX_FRAMED_PACKET_BYTES + 1;
    expect(() => new FramedPackets().push(Uint8Array.of(length >> 8, length))).toThrow(ParseError);
  });

  test('random bytes are read, or refused as too large', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 30 }), (chunks) => {
        const reader = new FramedPackets();
        try {
          for (const chunk of chunks) reader.push(chunk);
        } catch (error) {
          if (!(error instanceof ParseError)) throw error;
        }
      }),
      { numRuns: RUNS },
    );
  });
});
