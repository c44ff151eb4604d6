/** Transmission sequence numbers are 32 bits, and wrap. Source: RFC 9260 1.6 (serial number arithmetic of RFC 1982). */
export function nextTsn(tsn: number): number {
  return (tsn + 1) >>> 0;
}

/** How far `tsn` is behind `from`: positive when it is later, negative when it is earlier. */
export function tsnDistance(from: number, tsn: number): number {
  return (tsn - from) | 0;
}
