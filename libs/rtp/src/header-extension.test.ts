import { concatBytes } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headerExtension } from './header-extension.ts';
import { parseRtpPacket } from './packet.ts';

const HEADER = { marker: 0x80, type: 96, rest: new Uint8Array(10) };

/** A packet with these bytes behind the extension's profile and length; `csrcs` before them. */
function packet(profile: number, elements: readonly number[], csrcs = 0): Uint8Array {
  const words = Math.ceil(elements.length / 4);
  const padded = new Uint8Array(words * 4);
  padded.set(elements);
  const start = Uint8Array.of(0x90 | csrcs, HEADER.marker | HEADER.type);
  return concatBytes([
    start,
    HEADER.rest,
    new Uint8Array(csrcs * 4),
    Uint8Array.of(profile >> 8, profile, words >> 8, words),
    padded,
    Uint8Array.of(7),
  ]);
}

const ONE = 0xbede;
const TWO = 0x1000;

describe('header extensions', () => {
  test.each<readonly [string, Uint8Array, number, readonly number[] | undefined]>([
    ['one byte', packet(ONE, [0x11, 0xaa, 0xbb, 0x30, 0x68]), 3, [0x68]],
    ['one byte, behind another and padding', packet(ONE, [0x10, 1, 0, 0, 0x22, 2, 3, 4]), 2, [2, 3, 4]],
    ['one byte, behind CSRCs', packet(ONE, [0x30, 0x68], 3), 3, [0x68]],
    ['one byte, another', packet(ONE, [0x30, 0x68]), 4, undefined],
    ['one byte, behind the reserved one', packet(ONE, [0xf0, 0, 0x30, 0x68]), 3, undefined],
    ['one byte, longer than there is', packet(ONE, [0x3f, 0x68]), 3, undefined],
    ['two bytes', packet(TWO, [1, 0, 3, 2, 0x68, 0x69]), 3, [0x68, 0x69]],
    ['two bytes, empty', packet(TWO, [1, 0]), 1, []],
    ['two bytes, with bits of the application', packet(TWO | 5, [20, 1, 9]), 20, [9]],
    ['two bytes, longer than there is', packet(TWO, [3, 200, 1, 1]), 3, undefined],
    ['another profile', packet(0xabac, [0x30, 0x68]), 3, undefined],
    ['none', Uint8Array.of(0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 3, undefined],
  ])('%s', (_name, bytes, id, expected) => {
    parseRtpPacket(bytes);
    expect(headerExtension(bytes, id)).toEqual(expected && Uint8Array.from(expected));
  });

  test('whatever is in them, nothing is read beyond them', () => {
    const elements = fc.array(fc.nat(255), { maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(ONE, TWO), elements, fc.nat(255), (profile, values, id) => {
        const bytes = packet(profile, values);
        const found = headerExtension(bytes, id);
        if (found !== undefined) expect(found.byteOffset + found.length).toBeLessThan(bytes.length);
      }),
    );
  });
});
