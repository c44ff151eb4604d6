/** The 4 or 16 bytes of an address in text, without a zone. Errors: RangeError when it is none. */
export function ipBytes(text: string): Uint8Array {
  if (!text.includes(':')) return ipv4Bytes(text);
  const [head = '', tail] = text.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const missing = 16 - left.length - right.length;
  if (missing < 0 || (tail === undefined && missing !== 0)) throw new RangeError(`${JSON.stringify(text)} is no IP address`);
  const bytes = new Uint8Array(16);
  bytes.set(left);
  bytes.set(right, 16 - right.length);
  return bytes;
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return [...ipv4Bytes(group)];
    const value = Number.parseInt(group, 16);
    if (!/^[0-9a-f]{1,4}$/i.test(group)) throw new RangeError(`${JSON.stringify(group)} is no group of an IPv6 address`);
    return [value >> 8, value & 0xff];
  });
}

function ipv4Bytes(text: string): Uint8Array {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255))
    throw new RangeError(`${JSON.stringify(text)} is no IPv4 address`);
  return Uint8Array.from(parts, Number);
}
