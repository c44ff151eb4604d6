import type { Socket } from 'node:dgram';
import type { Endpoint } from '../endpoint.ts';
import { endpointOf } from '../endpoint.ts';
import type { UdpDestination } from '../udp-destination.ts';
import type { UdpRemote } from '../udp-remote.ts';
import type { UdpSocketOptions } from '../udp-socket.ts';
import { UdpSocket } from '../udp-socket.ts';
import { DumpFile, timeUs } from './dump-file.ts';
import type { DumpTarget } from './dump-file.ts';
import { serializeUdpFrame } from './network-frames.ts';
import { serializePacket } from './pcapng.ts';

/** A UDP socket, of which every datagram is dumped: a class of its own, so that others do not even ask. */
export class DumpedUdpSocket extends UdpSocket {
  private readonly file: DumpFile;

  constructor(socket: Socket, options: UdpSocketOptions & { readonly dump: DumpTarget }, ipv6: boolean) {
    super(socket, options, ipv6);
    this.file = new DumpFile(options.dump);
  }

  override sendBatch(
    buffer: Uint8Array,
    offsets: readonly number[],
    sizes: readonly number[],
    count: number,
    destination: UdpDestination,
  ): number {
    const sent = super.sendBatch(buffer, offsets, sizes, count, destination);
    const to = endpointOf(destination.address, destination.port);
    for (let i = 0; i < sent; i++) {
      const offset = offsets[i]!;
      this.dump(this.local, to, buffer.subarray(offset, offset + sizes[i]!));
    }
    return sent;
  }

  override receive(bytes: Uint8Array, remote: UdpRemote): void {
    this.dump(endpointOf(remote.address, remote.port), this.local, bytes);
    super.receive(bytes, remote);
  }

  override async close(): Promise<void> {
    await super.close();
    this.file.close();
  }

  private dump(from: Endpoint, to: Endpoint, payload: Uint8Array): void {
    this.file.write(serializePacket(timeUs(), serializeUdpFrame({ from, to }, payload)));
  }
}
