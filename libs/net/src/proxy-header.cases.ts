const V2 = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const IPV4 = [10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0x21, 0x6a];
const IPV6 = [
  0x20,
  0x01,
  0x0d,
  0xb8,
  ...Array.from<number>({ length: 11 }).fill(0),
  1,
  ...Array.from<number>({ length: 15 }).fill(0),
  1,
  0x1f,
  0x90,
  0x21,
  0x6a,
];

export function text(line: string): Uint8Array {
  return Buffer.from(line, 'latin1');
}

export function v2(command: number, family: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([...V2, command, family, body.length >> 8, body.length & 0xff, ...body]);
}

/** `tlvBytes` of TLVs behind the addresses. */
export function v2WithTlvs(tlvBytes: number): Uint8Array {
  return v2(0x21, 0x11, [...IPV4, ...Array.from<number>({ length: tlvBytes }).fill(0)]);
}

/** Complete headers; `source` is `ip port`, or undefined. */
export const VALID_HEADERS: readonly { name: string; bytes: Uint8Array; source: string | undefined }[] = [
  { name: 'v1 over IPv4', bytes: text('PROXY TCP4 192.168.0.1 10.0.0.2 56324 8554\r\n'), source: '192.168.0.1 56324' },
  { name: 'v1 over IPv6', bytes: text('PROXY TCP6 2001:db8::1 ::1 0 65535\r\n'), source: '2001:db8::1 0' },
  { name: 'v1 of an unknown client', bytes: text('PROXY UNKNOWN\r\n'), source: undefined },
  { name: 'v1 of an unknown client, with addresses', bytes: text('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), source: undefined },
  { name: 'v1 of the longest line', bytes: text(`PROXY UNKNOWN ${'f'.repeat(91)}\r\n`), source: undefined },
  { name: 'v2 over IPv4', bytes: v2(0x21, 0x11, IPV4), source: '10.0.0.1 8080' },
  { name: 'v2 over IPv4 with TLVs', bytes: v2WithTlvs(20), source: '10.0.0.1 8080' },
  { name: 'v2 of the largest size', bytes: v2WithTlvs(4096 - 16 - 12), source: '10.0.0.1 8080' },
  { name: 'v2 over IPv6', bytes: v2(0x21, 0x21, IPV6), source: '2001:db8::1 8080' },
  { name: 'v2 of the proxy itself', bytes: v2(0x20, 0x00, []), source: undefined },
  { name: 'v2 over a unix socket', bytes: v2(0x21, 0x31, Array.from<number>({ length: 216 }).fill(0)), source: undefined },
  { name: 'v2 of an unspecified family', bytes: v2(0x21, 0x00, [1, 2, 3]), source: undefined },
];

export const MALFORMED_HEADERS: readonly { name: string; bytes: Uint8Array; problem: string }[] = [
  { name: 'v1 without CR', bytes: text('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n'), problem: 'CR LF' },
  { name: 'v1 with a line one too long', bytes: text(`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`), problem: 'does not end' },
  { name: 'v1 without an end', bytes: text(`PROXY UNKNOWN ${'f'.repeat(93)}`), problem: 'does not end' },
  { name: 'v1 with addresses of the other family', bytes: text('PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n'), problem: 'malformed' },
  { name: 'v1 without ports', bytes: text('PROXY TCP4 1.2.3.4 5.6.7.8\r\n'), problem: 'malformed' },
  { name: 'v1 with a port too large', bytes: text('PROXY TCP4 1.2.3.4 5.6.7.8 65536 1\r\n'), problem: 'malformed' },
  { name: 'v1 with a leading zero', bytes: text('PROXY TCP4 1.2.3.4 5.6.7.8 01 1\r\n'), problem: 'malformed' },
  { name: 'v1 of another protocol', bytes: text('PROXY UDP4 1.2.3.4 5.6.7.8 1 1\r\n'), problem: 'malformed' },
  { name: 'v2 of another version', bytes: v2(0x31, 0x11, IPV4), problem: '0x31' },
  { name: 'v2 of another command', bytes: v2(0x22, 0x11, IPV4), problem: '0x22' },
  { name: 'v2 too short for IPv4', bytes: v2(0x21, 0x11, IPV4.slice(0, 11)), problem: 'too short' },
  { name: 'v2 too short for IPv6', bytes: v2(0x21, 0x21, IPV6.slice(0, 35)), problem: 'too short' },
  { name: 'v2 one past the largest size', bytes: v2WithTlvs(4096 - 16 - 12 + 1), problem: 'exceed 4096' },
];
