export const TS_PACKET_BYTES = 188;
export const TS_SYNC_BYTE = 0x47;
export const NULL_PID = 0x1fff;
export const MAX_PID = 0x1fff;

/**
 * The header of one packet, read into the same object again and again.
 *
 * Errors:   none: `read` returns false for a packet that is damaged, or that a sender marked as such.
 * Source:   ISO 13818-1 2.4.3.2, 2.4.3.4.
 */
export class TsPacketHeader {
  pid = 0;
  /** A section or a PES packet begins in it. */
  unitStart = false;
  continuity = 0;
  /** The sender says that continuity counters, or the clock, begin anew here. */
  discontinuity = false;
  /** Offsets of the payload in the input; equal when there is none. */
  payloadStart = 0;
  payloadEnd = 0;

  /** The packet of TS_PACKET_BYTES at `at`, where its sync byte is. */
  read(bytes: Uint8Array, at: number): boolean {
    const second = bytes[at + 1]!;
    const fourth = bytes[at + 3]!;
    this.pid = ((second & 0x1f) << 8) | bytes[at + 2]!;
    this.unitStart = (second & 0x40) !== 0;
    this.continuity = fourth & 0x0f;
    this.discontinuity = false;
    this.payloadEnd = at + TS_PACKET_BYTES;
    this.payloadStart = this.payloadEnd;
    if ((second & 0x80) !== 0 || (fourth & 0xc0) !== 0) return false; // damaged, or scrambled
    let start = at + 4;
    if ((fourth & 0x20) !== 0) {
      const length = bytes[start]!;
      if (length > TS_PACKET_BYTES - 5) return false;
      this.discontinuity = length > 0 && (bytes[start + 1]! & 0x80) !== 0;
      start += 1 + length;
    }
    if ((fourth & 0x10) !== 0) this.payloadStart = start;
    return true;
  }
}
