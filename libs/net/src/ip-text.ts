/** The text of 4 bytes. */
export function ipv4Text(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** The text of 16 bytes, as RFC 5952 writes it; an IPv4 address mapped into IPv6 is printed as IPv4. */
export function ipv6Text(bytes: Uint8Array, offset: number): string {
  const groups: number[] = [];
  for (let i = offset; i < offset + 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  if (groups[5] === 0xffff && groups.every((group, i) => i >= 5 || group === 0)) return ipv4Text(bytes, offset + 12);
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return hexGroups(groups, 0, 8);
  return `${hexGroups(groups, 0, start)}::${hexGroups(groups, start + length, 8)}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

function hexGroups(groups: readonly number[], from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += `${i > from ? ':' : ''}${groups[i]!.toString(16)}`;
  return text;
}
