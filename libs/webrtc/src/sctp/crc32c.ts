const POLYNOMIAL = 0x82f6_3b78;

const TABLE = new Uint32Array(256);
for (let value = 0; value < 256; value++) {
  let remainder = value;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  TABLE[value] = remainder;
}

/** CRC-32 of Castagnoli, as SCTP has it. Source: RFC 9260 appendix A. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
