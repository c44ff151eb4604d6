/** Bytes of the Annex-B start code at `offset`: 4, 3, or 0 for none. Source: H.264 B.1. */
export function startCodeBytesAt(bytes: Uint8Array, offset: number): number {
  if (bytes[offset] !== 0 || bytes[offset + 1] !== 0) return 0;
  if (bytes[offset + 2] === 1) return 3;
  return bytes[offset + 2] === 0 && bytes[offset + 3] === 1 ? 4 : 0;
}

/** Where the data after the next start code begins, searched from `offset` on; negative when there is none. */
export function endOfNextStartCode(bytes: Uint8Array, offset: number): number {
  for (let at = bytes.indexOf(1, offset + 2); at >= 0; at = bytes.indexOf(1, at + 1)) {
    if (bytes[at - 1] === 0 && bytes[at - 2] === 0) return at + 1;
  }
  return -1;
}

/** Gives `add` the NAL units of `bytes`, with or without a start code before the first. */
export function splitAnnexB(bytes: Uint8Array, sink: { add(nalUnit: Uint8Array): void }): void {
  let from = startCodeBytesAt(bytes, 0);
  for (;;) {
    const next = endOfNextStartCode(bytes, from);
    if (next < 0) {
      sink.add(bytes.subarray(from));
      return;
    }
    let to = next - 3;
    while (to > from && bytes[to - 1] === 0) to--;
    sink.add(bytes.subarray(from, to));
    from = next;
  }
}
