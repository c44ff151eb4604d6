import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ParseError,
  base64FromBytes,
  bytesFromBase64,
  bytesFromHex,
  bytesFromLatin1,
  bytesFromUtf8,
  concatBytes,
  copyBytes,
  equalBytes,
  hexFromBytes,
  latin1FromBytes,
  utf8FromBytes,
} from './index.ts';

const anyBytes = fc.uint8Array({ maxLength: 300 });

describe('text', () => {
  test('Latin-1 both ways, also beyond one chunk', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(bytesFromLatin1(latin1FromBytes(bytes))).toEqual(bytes);
      }),
    );
    const long = new Uint8Array(20_000).fill(0xe9);
    expect(latin1FromBytes(long)).toBe('é'.repeat(20_000));
    expect(bytesFromLatin1('€')).toEqual(Uint8Array.of(0x3f));
  });

  test('UTF-8 as the platform does it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(bytesFromUtf8(text)).toEqual(new Uint8Array(new TextEncoder().encode(text)));
        expect(utf8FromBytes(bytesFromUtf8(text))).toBe(text);
      }),
    );
  });

  test.each([
    ['a lone continuation', [0x80], '\ufffd'],
    ['an overlong form', [0xc0, 0xaf], '\ufffd\ufffd'],
    ['a surrogate', [0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
    ['a truncated sequence', [0x61, 0xe2, 0x82], 'a\ufffd\ufffd'],
  ])('malformed UTF-8: %s', (_, bytes, text) => {
    expect(utf8FromBytes(Uint8Array.from(bytes))).toBe(text);
  });

  test('hexadecimal', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(bytesFromHex(hexFromBytes(bytes))).toEqual(bytes);
      }),
    );
    expect(bytesFromHex('0aFF')).toEqual(Uint8Array.of(0x0a, 0xff));
    for (const text of ['0', 'zz', '0g']) expect(() => bytesFromHex(text)).toThrow(ParseError);
  });

  test('base64', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = base64FromBytes(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(bytesFromBase64(text)).toEqual(bytes);
        expect(bytesFromBase64(Buffer.from(bytes).toString('base64url'))).toEqual(bytes);
      }),
    );
    expect(bytesFromBase64(' aGk=\r\n')).toEqual(Uint8Array.of(0x68, 0x69));
    expect(() => bytesFromBase64('aGk!')).toThrow('has the character "!" (offset 3)');
  });
});

test('pieces of bytes', () => {
  const a = Uint8Array.of(1, 2);
  expect(concatBytes([a, Uint8Array.of(), Uint8Array.of(3)])).toEqual(Uint8Array.of(1, 2, 3));
  expect([equalBytes(a, Uint8Array.of(1, 2)), equalBytes(a, Uint8Array.of(1)), equalBytes(a, Uint8Array.of(1, 3))]).toEqual([
    true,
    false,
    false,
  ]);
  const copy = copyBytes(a);
  a[0] = 9;
  expect(copy[0]).toBe(1);
});
