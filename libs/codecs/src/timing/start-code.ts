/** Position of the next 00 00 01 at or after `from` that a code byte follows; -1 when there is none. MPEG-1, MPEG-2 and MPEG-4 video. */
export function nextStartCode(bytes: Uint8Array, from: number): number {
  const last = bytes.length - 4;
  for (let i = from; i <= last;) {
    const third = bytes[i + 2]!;
    if (third > 1) i += 3;
    else if (third === 1) {
      if (bytes[i] === 0 && bytes[i + 1] === 0) return i;
      i += 3;
    } else i++;
  }
  return -1;
}
