import { networkInterfaces } from 'node:os';
import { openUdpSocket } from '@mediamesh/net';
import type { UdpSocket, UdpSocketOptions } from '@mediamesh/net';

/** What MediaMTX sends and answers: packets cross that many routers. */
const TTL = 127;

/** Of all UDP sockets of a listener. */
export type SocketSettings = Pick<UdpSocketOptions, 'log' | 'dump'>;

/** A socket that sends on one network interface. */
export interface MulticastOutput {
  readonly socket: UdpSocket;
  release(): void;
}

/**
 * Sockets for sending to groups: one an interface, for all streams. Which interface is the client's affair: its packets leave where it came in.
 */
export class MulticastOutputs {
  private readonly open = new Map<string, { readonly socket: Promise<UdpSocket>; users: number }>();
  private readonly sockets: SocketSettings;

  constructor(sockets: SocketSettings) {
    this.sockets = sockets;
  }

  /** `local`: the address of this machine that the client is connected to. Errors: ListenError; a system error when the interface has no multicast. */
  async acquire(local: string): Promise<MulticastOutput> {
    const address = ipv4Of(local);
    let entry = this.open.get(address);
    if (entry === undefined) this.open.set(address, (entry = { socket: this.openSocket(address), users: 0 }));
    entry.users++;
    const release = (): void => this.release(address);
    try {
      return { socket: await entry.socket, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Whether a socket of ours sends from this port. */
  sendsFrom(port: number): boolean {
    return this.ports.has(port);
  }

  private readonly ports = new Set<number>();

  private async openSocket(address: string): Promise<UdpSocket> {
    const socket = await openUdpSocket({ ...this.sockets, address: '0.0.0.0:0' });
    try {
      socket.setMulticastOutput(TTL, address);
    } catch (error) {
      await socket.close();
      throw error;
    }
    this.ports.add(socket.local.port);
    return socket;
  }

  private release(address: string): void {
    const entry = this.open.get(address);
    if (entry === undefined || --entry.users > 0) return;
    this.open.delete(address);
    entry.socket.then(
      (socket) => {
        this.ports.delete(socket.local.port);
        void socket.close();
      },
      () => {}, // whoever acquired it was told
    );
  }
}

/** IPv4 address of the interface that has `address`; empty, so that the route decides, when it has none. */
function ipv4Of(address: string): string {
  if (!address.includes(':')) return address;
  for (const addresses of Object.values(networkInterfaces())) {
    if (addresses?.some((candidate) => candidate.address === address.replace(/%.*/, '')) !== true) continue;
    return addresses.find(({ family }) => family === 'IPv4')?.address ?? '';
  }
  return '';
}
