import { isIP } from 'node:net';

/** The 16 bytes of an IPv6 address without a zone; of an IPv4 address, as it is mapped into IPv6. `target` is zero there. */
export function writeMappedIp(address: string, target: Buffer, offset: number): void {
  if (isIP(address) === 4) {
    target.writeUInt16BE(0xffff, offset + 10);
    writeIpv4(address, target, offset + 12);
  } else writeIpv6(address, target, offset);
}

export function writeIpv4(address: string, target: Buffer, offset: number): void {
  const parts = address.split('.');
  for (let i = 0; i < 4; i++) target[offset + i] = Number(parts[i]);
}

function writeIpv6(address: string, target: Buffer, offset: number): void {
  const lastColon = address.lastIndexOf(':');
  let text = address;
  if (address.includes('.')) {
    const quad = address
      .substring(lastColon + 1)
      .split('.')
      .map(Number);
    text = `${address.substring(0, lastColon + 1)}${((quad[0]! << 8) | quad[1]!).toString(16)}:${((quad[2]! << 8) | quad[3]!).toString(16)}`;
  }
  const gap = text.indexOf('::');
  const head = groupsOf(gap < 0 ? text : text.substring(0, gap));
  const tail = gap < 0 ? [] : groupsOf(text.substring(gap + 2));
  for (let i = 0; i < head.length; i++) target.writeUInt16BE(head[i]!, offset + i * 2);
  for (let i = 0; i < tail.length; i++) target.writeUInt16BE(tail[i]!, offset + (8 - tail.length + i) * 2);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
