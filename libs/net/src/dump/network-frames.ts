import type { Endpoint } from '../endpoint.ts';
import { writeMappedIp } from '../ip-bytes.ts';

/**
 * Ethernet frames around what passed a socket, as MediaMTX makes them up: no hardware addresses, and IPv4 mapped into IPv6.
 *
 * Source:  RFC 8200 (IPv6), RFC 9293 (TCP), RFC 768 (UDP). A unix socket's address is ::.
 */

const ETHERNET_BYTES = 14;
const IPV6_BYTES = 40;
const TCP_BYTES = 20;
const UDP_BYTES = 8;
const TCP = 6;
const UDP = 17;
const HOP_LIMIT = 64;

/** What fits into the length of IPv6 beside the header of TCP. */
export const MAX_TCP_PAYLOAD_BYTES = 65_535 - TCP_BYTES;

export const TCP_FLAGS = { syn: 0x02, push: 0x08, ack: 0x10 } as const;

/** Who sent it to whom. */
export interface Direction {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

export interface TcpSegment {
  readonly sequence: number;
  readonly acknowledged: number;
  readonly flags: number;
  readonly window: number;
  readonly payload: Uint8Array;
}

export function serializeTcpFrame(direction: Direction, segment: TcpSegment): Uint8Array {
  const bytes = frame(direction, TCP, TCP_BYTES + segment.payload.length);
  const at = ETHERNET_BYTES + IPV6_BYTES;
  bytes.writeUInt32BE(segment.sequence >>> 0, at + 4);
  bytes.writeUInt32BE(segment.acknowledged >>> 0, at + 8);
  bytes[at + 12] = (TCP_BYTES / 4) << 4;
  bytes[at + 13] = segment.flags;
  bytes.writeUInt16BE(segment.window, at + 14);
  bytes.set(segment.payload, at + TCP_BYTES);
  bytes.writeUInt16BE(checksum(bytes, TCP), at + 16);
  return bytes;
}

export function serializeUdpFrame(direction: Direction, payload: Uint8Array): Uint8Array {
  const bytes = frame(direction, UDP, UDP_BYTES + payload.length);
  const at = ETHERNET_BYTES + IPV6_BYTES;
  bytes.writeUInt16BE(UDP_BYTES + payload.length, at + 4);
  bytes.set(payload, at + UDP_BYTES);
  bytes.writeUInt16BE(checksum(bytes, UDP) || 0xffff, at + 6);
  return bytes;
}

/** Everything up to the ports, which TCP and UDP have at the same place. */
function frame({ from, to }: Direction, protocol: number, length: number): Buffer {
  const bytes = Buffer.alloc(ETHERNET_BYTES + IPV6_BYTES + length);
  bytes.writeUInt16BE(0x86dd, 12);
  bytes[ETHERNET_BYTES] = 6 << 4;
  bytes.writeUInt16BE(length, ETHERNET_BYTES + 4);
  bytes[ETHERNET_BYTES + 6] = protocol;
  bytes[ETHERNET_BYTES + 7] = HOP_LIMIT;
  writeAddress(from, bytes, ETHERNET_BYTES + 8);
  writeAddress(to, bytes, ETHERNET_BYTES + 24);
  bytes.writeUInt16BE(from.port, ETHERNET_BYTES + IPV6_BYTES);
  bytes.writeUInt16BE(to.port, ETHERNET_BYTES + IPV6_BYTES + 2);
  return bytes;
}

function writeAddress({ address }: Endpoint, target: Buffer, offset: number): void {
  const zone = address.indexOf('%');
  if (address !== '') writeMappedIp(zone < 0 ? address : address.substring(0, zone), target, offset);
}

/** Over addresses, length and protocol (the pseudo-header) and all that follows. The field itself is zero yet. */
function checksum(bytes: Buffer, protocol: number): number {
  const length = bytes.length - ETHERNET_BYTES - IPV6_BYTES;
  let sum = length + protocol;
  for (let at = ETHERNET_BYTES + 8; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}
