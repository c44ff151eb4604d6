/** `$`, channel, length. Source: RFC 2326 10.12. */
const PREFIX_BYTES = 4;
export const MAX_INTERLEAVED_PAYLOAD_BYTES = 0xffff;

/** One packet with its prefix, as a copy. Whole access units are written by `RtpFrame` of libs/rtp instead. */
export function serializeInterleavedFrame(channel: number, payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_INTERLEAVED_PAYLOAD_BYTES)
    throw new RangeError(`an interleaved frame holds at most ${MAX_INTERLEAVED_PAYLOAD_BYTES} bytes`);
  const bytes = new Uint8Array(PREFIX_BYTES + payload.length);
  bytes[0] = 0x24;
  bytes[1] = channel;
  bytes[2] = payload.length >>> 8;
  bytes[3] = payload.length;
  bytes.set(payload, PREFIX_BYTES);
  return bytes;
}
