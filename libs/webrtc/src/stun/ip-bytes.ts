/** The 4 or 16 bytes of an address in text, without a zone. Errors: RangeError when it is none. */
export function ipBytes(text: string): Uint8Array {
  if (!text.includes(':')) return ipv4Bytes(text);
  const [head = '', tail, more] = text.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const missing = 16 - left.length - right.length;
  const isWhole = tail === undefined ? missing === 0 : missing >= 2 && !head.includes('.');
  if (more !== undefined || !isWhole) throw new RangeError(`${JSON.stringify(text)} is no IP address`);
  const bytes = new Uint8Array(16);
  bytes.set(left);
  bytes.set(right, 16 - right.length);
  return bytes;
}

/** The text of 4 or 16 bytes. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index]! << 8) | bytes[2 * index + 1]!).toString(16));
  return groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::');
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.flatMap((group, index) => {
    if (group.includes('.') && index === groups.length - 1) return [...ipv4Bytes(group)];
    const value = Number.parseInt(group, 16);
    if (!/^[0-9a-f]{1,4}$/i.test(group)) throw new RangeError(`${JSON.stringify(group)} is no group of an IPv6 address`);
    return [value >> 8, value & 0xff];
  });
}

function ipv4Bytes(text: string): Uint8Array {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    throw new RangeError(`${JSON.stringify(text)} is no IPv4 address`);
  return Uint8Array.from(parts, Number);
}
