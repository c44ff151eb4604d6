/** Some cameras ship their parameter sets with the start code of a byte stream. */
export function withoutStartCode(nal: Uint8Array): Uint8Array {
  if (nal[0] !== 0 || nal[1] !== 0) return nal;
  if (nal[2] === 1) return nal.subarray(3);
  return nal[2] === 0 && nal[3] === 1 ? nal.subarray(4) : nal;
}
