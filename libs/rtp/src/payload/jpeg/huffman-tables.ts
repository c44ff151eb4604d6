import { bytesFromHex, concatBytes } from '@mediamesh/bytes';

/** All low nibbles from `first` to A of each high nibble, as the AC tables end: e.g. 43 44 ... 4A. */
function rows(highNibbles: string, first: number): string {
  let text = '';
  for (const high of highNibbles) for (let low = first; low <= 0x0a; low++) text += high + low.toString(16);
  return text;
}

const DC_VALUES = '000102030405060708090a0b';

const LUMA_AC_VALUES =
  '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a' +
  rows('3', 4) +
  rows('4567', 3) +
  rows('8', 3) +
  rows('9abcd', 2) +
  rows('ef', 1);

const CHROMA_AC_VALUES =
  '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a' +
  rows('3', 5) +
  rows('4567', 3) +
  rows('89abcdef', 2);

/** A table class and id, counts of codes by length, and values. */
export interface HuffmanTable {
  readonly classAndId: number;
  readonly codes: Uint8Array;
}

/** The tables that RTP's JPEG implies. Source: ITU-T T.81 K.3. */
export const STANDARD_HUFFMAN_TABLES: readonly HuffmanTable[] = [
  { classAndId: 0x00, codes: bytesFromHex('00010501010101010100000000000000' + DC_VALUES) },
  { classAndId: 0x10, codes: bytesFromHex('0002010303020403050504040000017d' + LUMA_AC_VALUES) },
  { classAndId: 0x01, codes: bytesFromHex('00030101010101010101010000000000' + DC_VALUES) },
  { classAndId: 0x11, codes: bytesFromHex('00020102040403040705040400010277' + CHROMA_AC_VALUES) },
];

/** The four tables as one DHT segment. */
export const HUFFMAN_SEGMENT: Uint8Array = segmentOf(STANDARD_HUFFMAN_TABLES);

function segmentOf(tables: readonly HuffmanTable[]): Uint8Array {
  const parts = tables.flatMap((table) => [Uint8Array.of(table.classAndId), table.codes]);
  const length = parts.reduce((sum, part) => sum + part.length, 2);
  return concatBytes([Uint8Array.of(0xff, 0xc4, length >> 8, length), ...parts]);
}
