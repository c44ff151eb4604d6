import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { PortBlock, waitFor } from '@mediamesh/testkit';

const HOST = '127.0.0.1';
const DEADLINE_MS = 10_000;

/** One socket of a client; what came is kept with the port that it came from. */
export class UdpClient {
  readonly received: { readonly bytes: Uint8Array; readonly fromPort: number }[] = [];
  readonly port: number;
  private readonly socket: Socket;

  /** `group`: receives only what is sent there. */
  static async open(port: number, group?: string): Promise<UdpClient> {
    const socket = createSocket({ type: 'udp4', reuseAddr: group !== undefined });
    socket.bind({ port, address: group ?? HOST });
    await once(socket, 'listening');
    if (group !== undefined) {
      socket.addMembership(group, HOST);
      socket.setMulticastInterface(HOST);
    }
    return new UdpClient(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    this.port = socket.address().port;
    socket.on('message', (bytes, { port: fromPort }) => this.received.push({ bytes, fromPort }));
  }

  send(bytes: Uint8Array, port: number, host = HOST): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.send(bytes, port, host, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** The first packets. */
  async packets(count: number): Promise<readonly Uint8Array[]> {
    await waitFor(() => this.received.length >= count, { deadlineMs: DEADLINE_MS, what: `${count} datagrams on port ${this.port}` });
    return this.received.map(({ bytes }) => bytes).filter((_, index) => index < count);
  }

  close(): void {
    this.socket.close();
  }
}

/** RTP and RTCP of a client. */
export class UdpClientPair {
  readonly rtp: UdpClient;
  readonly rtcp: UdpClient;
  private readonly block: PortBlock;

  static async open(): Promise<UdpClientPair> {
    const block = await PortBlock.reserve();
    const port = await block.takePair();
    return new UdpClientPair(block, await UdpClient.open(port), await UdpClient.open(port + 1));
  }

  private constructor(block: PortBlock, rtp: UdpClient, rtcp: UdpClient) {
    this.block = block;
    this.rtp = rtp;
    this.rtcp = rtcp;
  }

  /** For a Transport header. */
  get ports(): string {
    return `client_port=${this.rtp.port}-${this.rtcp.port}`;
  }

  async close(): Promise<void> {
    this.rtp.close();
    this.rtcp.close();
    await this.block.close();
  }
}
