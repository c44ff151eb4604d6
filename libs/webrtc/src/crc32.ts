/** Both reflected. */
const POLYNOMIAL_OF_ITU = 0xedb8_8320;
const POLYNOMIAL_OF_CASTAGNOLI = 0x82f6_3b78;

function crcOf(polynomial: number): (bytes: Uint8Array) => number {
  const table = new Uint32Array(256);
  for (let value = 0; value < 256; value++) {
    let remainder = value;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    table[value] = remainder;
  }
  return (bytes) => {
    let crc = 0xffff_ffff;
    for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!;
    return ~crc >>> 0;
  };
}

/** CRC-32 of ITU V.42, as in gzip and STUN. */
export const crc32 = crcOf(POLYNOMIAL_OF_ITU);

/** CRC-32 of Castagnoli, as SCTP has it. Source: RFC 9260 appendix A. */
export const crc32c = crcOf(POLYNOMIAL_OF_CASTAGNOLI);
