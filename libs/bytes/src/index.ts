export { ParseError } from './parse-error.ts';
export { ByteReader } from './byte-reader.ts';
export { ByteWriter } from './byte-writer.ts';
export { ByteSlab, MAX_SLAB_BYTES } from './byte-slab.ts';
export { BitReader, MAX_EXP_GOLOMB_LEADING_ZEROS } from './bit-reader.ts';
export { BitWriter } from './bit-writer.ts';
export { EMPTY_BYTES, concatBytes, copyBytes, equalBytes } from './bytes.ts';
export {
  base64FromBytes,
  bytesFromBase64,
  bytesFromHex,
  bytesFromLatin1,
  bytesFromUtf8,
  hexFromBytes,
  latin1FromBytes,
  utf8FromBytes,
} from './text.ts';
export type { CryptoPort, PacketCipher, PacketPlace } from './ports.ts';
