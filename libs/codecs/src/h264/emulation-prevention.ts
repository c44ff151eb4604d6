/**
 * A NAL unit without its emulation prevention bytes (00 00 03 becomes 00 00).
 *
 * Aliasing: the input itself when there is nothing to remove, else a copy.
 * Source:   H.264 7.3.1, H.265 7.3.1.1.
 */
export function removeEmulationPrevention(nalUnit: Uint8Array): Uint8Array {
  const first = nextPrevention(nalUnit, 0);
  if (first < 0) return nalUnit;
  const target = new Uint8Array(nalUnit.length - 1);
  let length = 0;
  let start = 0;
  for (let at = first; at >= 0; at = nextPrevention(nalUnit, start)) {
    target.set(nalUnit.subarray(start, at), length);
    length += at - start;
    start = at + 1;
  }
  target.set(nalUnit.subarray(start), length);
  return target.subarray(0, length + nalUnit.length - start);
}

/** Position of the next 03 behind two zeros, both at or after `start`; -1 when there is none. */
function nextPrevention(bytes: Uint8Array, start: number): number {
  let zeros = 0;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 3 && zeros >= 2) return i;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return -1;
}
