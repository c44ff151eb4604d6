import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';

const HOST = '127.0.0.1';
/** Of a generator whose next value is this times the last: the same datagrams of a run are lost each time. */
const RANDOM_FACTOR = 1_664_525;
const RANDOM_STEP = 1_013_904_223;

export interface UdpRelayOptions {
  /** Where datagrams go. */
  readonly port: number;
  /** Each way. */
  readonly delayMs: number;
}

/** A path between clients and a server on loopback, on which datagrams take their time, and some are lost, in both directions. */
export class UdpRelay {
  /** Share of the datagrams that are lost from now on, 0 to 1. */
  loss = 0;
  lostDatagrams = 0;
  readonly port: number;
  private readonly options: UdpRelayOptions;
  private readonly socket: Socket;
  /** Towards the server, by the client's address and port: the server tells clients apart by them. */
  private readonly towards = new Map<string, Promise<Socket>>();
  private random = 1;
  private closed = false;

  static async open(options: UdpRelayOptions): Promise<UdpRelay> {
    return new UdpRelay(options, await boundSocket());
  }

  private constructor(options: UdpRelayOptions, socket: Socket) {
    this.options = options;
    this.socket = socket;
    this.port = socket.address().port;
    socket.on('message', (bytes, client) => void this.toServer(bytes, client));
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const socket of [this.socket, ...(await Promise.all(this.towards.values()))]) socket.close();
  }

  private async toServer(bytes: Uint8Array, client: RemoteInfo): Promise<void> {
    const key = `${client.address} ${client.port}`;
    const connecting = this.towards.get(key) ?? this.connect(client);
    this.towards.set(key, connecting);
    const socket = await connecting;
    this.pass(() => socket.send(bytes, this.options.port, HOST));
  }

  private async connect({ address, port }: RemoteInfo): Promise<Socket> {
    const socket = await boundSocket();
    socket.on('message', (bytes) => this.pass(() => this.socket.send(bytes, port, address)));
    return socket;
  }

  private pass(send: () => void): void {
    this.random = (Math.imul(this.random, RANDOM_FACTOR) + RANDOM_STEP) >>> 0;
    if (this.random / 2 ** 32 < this.loss) {
      this.lostDatagrams++;
      return;
    }
    setTimeout(() => {
      if (!this.closed) send();
    }, this.options.delayMs);
  }
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}
