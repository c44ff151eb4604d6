import { ParseError, base64FromBytes, bytesFromLatin1 } from '@mediamesh/bytes';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SKIPPED = -1;
const INVALID = -2;
const PADDING = 64;
const VALUES = new Int8Array(256).fill(INVALID);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;
for (const white of [0x20, 0x09, 0x0d, 0x0a]) VALUES[white] = SKIPPED;
VALUES['='.charCodeAt(0)] = PADDING;

/**
 * Base64 that comes in pieces: clients encode each message on its own, so that padding stands in the middle of the stream.
 *
 * Shape:    characters in any chunking in, the bytes that they complete out.
 * Errors:   ParseError on another character, or misplaced padding.
 * Aliasing: the result is a copy.
 */
export class Base64StreamDecoder {
  private group = 0;
  private characters = 0;
  private padding = 0;

  push(chunk: Uint8Array): Uint8Array {
    const output = new Uint8Array(Math.floor((this.characters + chunk.length) / 4) * 3);
    let length = 0;
    for (let i = 0; i < chunk.length; i++) {
      const value = VALUES[chunk[i]!]!;
      if (value === SKIPPED) continue;
      if (value === PADDING ? this.characters < 2 : value === INVALID || this.padding > 0)
        throw new ParseError('base64 stream', i, 'has a character out of place');
      if (value === PADDING) this.padding++;
      this.group = (this.group << 6) | (value & 0x3f);
      if (++this.characters < 4) continue;
      const bytes = 3 - this.padding;
      for (let k = 0; k < bytes; k++) output[length++] = (this.group >> (16 - k * 8)) & 0xff;
      this.group = 0;
      this.characters = 0;
      this.padding = 0;
    }
    return output.subarray(0, length);
  }
}

/** One message for the POST side of a tunnel. */
export function encodeBase64Message(bytes: Uint8Array): Uint8Array {
  return bytesFromLatin1(base64FromBytes(bytes));
}
