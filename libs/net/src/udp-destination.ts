import { isIP } from 'node:net';
import { remoteKey, unmappedAddress } from './endpoint.ts';
import { writeIpv4, writeMappedIp } from './ip-bytes.ts';
import type { LinuxCalls } from './linux-calls.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

/**
 * Where datagrams go, prepared once a reader: for Node as text, for system calls as a `sockaddr`.
 *
 * Made by `UdpSocket.destination`, for sockets of the same family only.
 */
export class UdpDestination {
  readonly address: string;
  readonly port: number;
  /** As `UdpRemote.key` of what this peer sends. */
  readonly key: string;
  /** As the socket's family writes it: IPv4 is mapped on an IPv6 socket. */
  readonly nodeAddress: string;
  /** Undefined when only Node can send to it: an IPv6 address with a zone. */
  readonly sockaddr: Uint8Array | undefined;
  /** The path takes segmentation offload; false once the kernel refused. */
  segmentation = true;
  private nativeAddress = 0;

  constructor(address: string, port: number, ipv6Socket: boolean) {
    const plain = unmappedAddress(address);
    const family = isIP(plain);
    if (family === 0) throw new TypeError(`'${address}' is not an IP address`);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new TypeError(`${port} is not a port`);
    if (family === 6 && !ipv6Socket) throw new TypeError(`an IPv4 socket cannot send to ${address}`);
    this.address = plain;
    this.port = port;
    this.key = remoteKey(plain, port);
    this.nodeAddress = family === 4 && ipv6Socket ? `::ffff:${plain}` : plain;
    this.sockaddr = ipv6Socket ? sockaddrIn6(plain, port) : sockaddrIn(plain, port);
  }

  /** Of `sockaddr`, which must be there. */
  sockaddrAddress(calls: LinuxCalls): number {
    if (this.nativeAddress === 0) this.nativeAddress = calls.addressOf(this.sockaddr!);
    return this.nativeAddress;
  }
}

function sockaddrIn(address: string, port: number): Uint8Array {
  const bytes = Buffer.from(new ArrayBuffer(SOCKADDR_IN_BYTES)); // outside V8's heap: never moved
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  writeIpv4(address, bytes, 4);
  return bytes;
}

function sockaddrIn6(address: string, port: number): Uint8Array | undefined {
  if (address.includes('%')) return undefined;
  const bytes = Buffer.from(new ArrayBuffer(SOCKADDR_IN6_BYTES));
  bytes.writeUInt16LE(AF_INET6, 0);
  bytes.writeUInt16BE(port, 2);
  writeMappedIp(address, bytes, 8);
  return bytes;
}
