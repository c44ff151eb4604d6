import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { RelayedDirection } from './relayed-direction.ts';

const HOST = '127.0.0.1';
/** Of a generator whose next value is this times the last: the same datagrams of a run are lost each time. */
const RANDOM_FACTOR = 1_664_525;
const RANDOM_STEP = 1_013_904_223;

export interface UdpRelayOptions {
  /** Where datagrams go. */
  readonly port: number;
  /** Each way. */
  readonly delayMs: number;
  /** Where clients find it; without, on loopback. */
  readonly address?: string;
}

/** A path between clients and a server on loopback, on which datagrams take their time, and some are lost, in both directions. */
export class UdpRelay {
  /** Share of the datagrams that are lost from now on, 0 to 1. */
  loss = 0;
  lostDatagrams = 0;
  readonly address: string;
  readonly port: number;
  private readonly options: UdpRelayOptions;
  private readonly socket: Socket;
  private readonly up: RelayedDirection;
  private readonly down: RelayedDirection;
  /** Towards the server, by the client's address and port: the server tells clients apart by them. */
  private readonly towards = new Map<string, Promise<Socket>>();
  private random = 1;

  static async open(options: UdpRelayOptions): Promise<UdpRelay> {
    return new UdpRelay(options, await boundSocket(options.address));
  }

  private constructor(options: UdpRelayOptions, socket: Socket) {
    this.options = options;
    this.socket = socket;
    this.up = new RelayedDirection(options.delayMs);
    this.down = new RelayedDirection(options.delayMs);
    ({ address: this.address, port: this.port } = socket.address());
    socket.on('message', (bytes, client) => void this.toServer(bytes, client));
  }

  /** Each way from now on; what comes faster queues for a while, and is lost then. */
  set bitrateBps(value: number) {
    this.up.bitrateBps = value;
    this.down.bitrateBps = value;
  }

  async close(): Promise<void> {
    this.up.close();
    this.down.close();
    for (const socket of [this.socket, ...(await Promise.all(this.towards.values()))]) socket.close();
  }

  private async toServer(bytes: Uint8Array, client: RemoteInfo): Promise<void> {
    const key = `${client.address} ${client.port}`;
    const connecting = this.towards.get(key) ?? this.connect(client);
    this.towards.set(key, connecting);
    const socket = await connecting;
    this.pass(this.up, bytes, () => socket.send(bytes, this.options.port, HOST));
  }

  private async connect({ address, port }: RemoteInfo): Promise<Socket> {
    const socket = await boundSocket();
    socket.on('message', (bytes) => this.pass(this.down, bytes, () => this.socket.send(bytes, port, address)));
    return socket;
  }

  private pass(direction: RelayedDirection, bytes: Uint8Array, send: () => void): void {
    this.random = (Math.imul(this.random, RANDOM_FACTOR) + RANDOM_STEP) >>> 0;
    if (this.random / 2 ** 32 < this.loss || !direction.push(bytes.length, send)) this.lostDatagrams++;
  }
}

async function boundSocket(address = HOST): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}
