import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import type { DumpTarget } from './dump/dump-file.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointOf } from './endpoint.ts';
import { codeOf, listenError, ListenError } from './errors.ts';
import { EINTR, EINVAL, EIO, EMSGSIZE, ENOSYS } from './linux-calls.ts';
import type { ListenAddress } from './listen-address.ts';
import { parseListenAddress } from './listen-address.ts';
import type { Log } from './log.ts';
import { groupInterfaces, interfaceAddress } from './network-interface.ts';
import type { UdpBatchSender } from './udp-batch-sender.ts';
import { sharedUdpBatchSender } from './udp-batch-sender.ts';
import { UdpDestination } from './udp-destination.ts';
import { UdpPortableSender } from './udp-portable-sender.ts';
import type { MeasuredSocket, UdpReceivePool } from './udp-receive-pool.ts';
import { sharedUdpReceivePool } from './udp-receive-pool.ts';
import type { UdpRemote } from './udp-remote.ts';
import { UdpRemotes } from './udp-remote.ts';

export interface UdpSocketOptions {
  /** In the configuration's syntax: see `parseListenAddress`. A multicast group as host receives only what is sent to the group. */
  readonly address: string;
  /** The configuration's key that holds the address; named in errors. */
  readonly addressKey?: string;
  readonly log: Log;
  /** Several sockets may receive from one group at one port. */
  readonly reuseAddress?: boolean;
  /** Of the system's receive buffer; 0 leaves its default. Not to get it is an error. */
  readonly readBufferBytes?: number;
  /** `portable` sends and receives through Node only. Default: system calls where they are available. */
  readonly io?: 'native' | 'portable';
  /** Every datagram is written to a file. */
  readonly dump?: DumpTarget | undefined;
  /** Default: the one of the process. */
  readonly pool?: UdpReceivePool;
  /** Default: the one of the process. */
  readonly batchSender?: UdpBatchSender;
}

/** Offsets of one datagram that is a buffer of its own. */
const AT_START: readonly number[] = [0];

/** What is used of the handle of a socket, which Node does not document: guarded, and Node's own way is the way out. */
interface SocketHandle {
  readonly fd?: unknown;
  recvStart?: unknown;
  recvStop?: unknown;
}

/**
 * A UDP socket.
 *
 * Shape:    assign `onMessage` in the same turn that the socket was given.
 * Errors:   sending never throws: what could not be sent is counted in `droppedDatagrams`. `onError` gets what `onMessage` throws, and errors of the socket as a whole.
 * Aliasing: bytes given to `onMessage` are the receiver's; keeping a piece for long keeps the slab around it (64 KiB). Bytes given to `send` and `sendBatch` may change as soon as it returns.
 */
export class UdpSocket implements MeasuredSocket {
  onMessage: (bytes: Uint8Array, remote: UdpRemote) => void = () => {};
  onError: (error: Error) => void = () => {};
  readonly local: Endpoint;
  readonly remotes = new UdpRemotes();
  receivedDatagrams = 0;
  receiving = true;
  private readonly socket: Socket;
  private readonly ipv6: boolean;
  private readonly log: Log;
  private readonly pool: UdpReceivePool | undefined;
  private readonly handle: SocketHandle | null | undefined;
  private readonly fd: number;
  private readonly portable: UdpPortableSender;
  private sender: UdpBatchSender | undefined;
  private segmentation = false;
  private pollId = -1;
  private dropped = 0;

  constructor(socket: Socket, options: UdpSocketOptions, ipv6: boolean) {
    this.socket = socket;
    this.ipv6 = ipv6;
    this.log = options.log;
    const { address, port } = socket.address();
    this.local = endpointOf(address, port);
    this.handle = handleOf(socket);
    const fd = this.handle?.fd;
    this.fd = typeof fd === 'number' ? fd : -1;
    const native = options.io !== 'portable' && this.fd >= 0;
    this.sender = native ? (options.batchSender ?? sharedUdpBatchSender()) : undefined;
    if (this.sender !== undefined) this.segmentation = this.sender.supportsSegmentation(this.fd);
    this.pool = native ? (options.pool ?? sharedUdpReceivePool()) : undefined;
    this.portable = new UdpPortableSender(socket);
    socket.on('message', (bytes, remote) => this.receive(bytes, this.remotes.ofText(remote.address, remote.port)));
    socket.on('error', (error) => this.onError(error));
    this.pool?.add(this);
  }

  /** Not sent: the system's buffer was full, or it refused them. */
  get droppedDatagrams(): number {
    return this.dropped + this.portable.failed;
  }

  /** Read by polling at this moment. */
  get polled(): boolean {
    return this.pollId >= 0;
  }

  /** For `send` and `sendBatch` of this socket. TypeError when it cannot be reached from this socket's family. */
  destination(address: string, port: number): UdpDestination {
    return new UdpDestination(address, port, this.ipv6);
  }

  /** One datagram; dropped and counted when the system's buffer is full. */
  send(bytes: Uint8Array, destination: UdpDestination): void {
    this.sendBatch(bytes, AT_START, [bytes.length], 1, destination);
  }

  /**
   * The packets of one frame to one reader: packet i is at `offsets[i]` of `buffer`, `sizes[i]` bytes long. Returns how many were taken.
   * When the system's buffer is full the rest of the frame is dropped and counted.
   */
  sendBatch(buffer: Uint8Array, offsets: readonly number[], sizes: readonly number[], count: number, destination: UdpDestination): number {
    if (!this.receiving || count === 0) return 0;
    const { sender } = this;
    let sent = 0;
    if (sender !== undefined && destination.sockaddr !== undefined) {
      sender.prepare(buffer, offsets, sizes, count);
      do {
        sent += sender.sendTo(this.fd, destination, sent, this.segmentation && destination.segmentation);
      } while (sent < count && this.retryAfter(sender.errno, destination));
    }
    if (sent < count && (this.sender === undefined || destination.sockaddr === undefined)) {
      while (sent < count && this.portable.sendCopy(buffer, offsets[sent]!, sizes[sent]!, destination)) sent++;
    }
    this.dropped += count - sent;
    return sent;
  }

  /** Receives what is sent to a group, on the interface of that name or address; without one, on all. TypeError when there is no such interface. */
  joinGroup(group: string, interfaceName?: string): void {
    forEachInterface(group, interfaceName, (address) => this.socket.addMembership(group, address));
  }

  /** As `joinGroup`, of one sender only. */
  joinSource(group: string, source: string, interfaceName?: string): void {
    forEachInterface(group, interfaceName, (address) => this.socket.addSourceSpecificMembership(source, group, address));
  }

  leaveGroup(group: string, interfaceName?: string): void {
    forEachInterface(group, interfaceName, (address) => this.socket.dropMembership(group, address));
  }

  /** How datagrams to groups leave. */
  setMulticastOutput(ttl: number, interfaceName?: string): void {
    this.socket.setMulticastTTL(ttl);
    const address = interfaceAddress(interfaceName, this.ipv6);
    if (address !== undefined) this.socket.setMulticastInterface(address);
  }

  close(): Promise<void> {
    if (!this.receiving) return Promise.resolve();
    this.receiving = false;
    this.pool?.remove(this);
    this.leavePoller();
    return new Promise((resolve) => {
      this.socket.close(() => resolve());
    });
  }

  /** For the receiver of batches. */
  receive(bytes: Uint8Array, remote: UdpRemote): void {
    this.receivedDatagrams++;
    try {
      this.onMessage(bytes, remote);
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** For the poller. */
  readable(): void {
    if (this.pollId >= 0) this.pool!.receiver!.receive(this.fd, this);
  }

  /** For the pool. */
  startPolling(): void {
    const { handle } = this;
    if (this.pollId >= 0 || !this.receiving || this.pool?.poller === undefined) return;
    if (typeof handle?.recvStop !== 'function' || typeof handle.recvStart !== 'function') return;
    this.pollId = this.pool.poller.add(this.fd, this);
    if (this.pollId >= 0) handle.recvStop(); // what has not been read stays in the system's buffer
  }

  /** For the pool. */
  stopPolling(): void {
    if (this.pollId < 0) return;
    this.leavePoller();
    const { handle } = this;
    if (typeof handle?.recvStart === 'function') handle.recvStart();
  }

  private leavePoller(): void {
    if (this.pollId >= 0) this.pool!.poller!.remove(this.pollId, this.fd);
    this.pollId = -1;
  }

  /** Whether the rest of the batch may be sent in another way. */
  private retryAfter(errno: number, destination: UdpDestination): boolean {
    if (errno === EINTR) return true;
    if (this.segmentation && destination.segmentation && (errno === EINVAL || errno === EIO || errno === EMSGSIZE)) {
      destination.segmentation = false;
      this.log('warn', `UDP segmentation offload is refused on the way to ${destination.key} (errno ${errno}), sending packet by packet`);
      return true;
    }
    if (errno === ENOSYS) {
      this.sender = undefined;
      this.log('warn', 'the system has no sendmmsg, sending datagrams one by one');
    }
    return false;
  }
}

/** On all interfaces one failure is no failure, as long as one succeeds: some have no multicast. */
function forEachInterface(group: string, name: string | undefined, action: (address: string) => void): void {
  const addresses = groupInterfaces(group, name);
  let failure: unknown = new TypeError(`this machine has no network interface for ${group}`);
  let done = 0;
  for (const address of addresses) {
    try {
      action(address);
      done++;
    } catch (error) {
      failure = error;
    }
  }
  if (done === 0) throw failure;
}

/** Errors: ListenError. */
export async function openUdpSocket(options: UdpSocketOptions): Promise<UdpSocket> {
  const address = parseListenAddress(options.address, options.addressKey);
  if (address.kind === 'unix') {
    throw new ListenError('INVALID_ADDRESS', `${options.addressKey ?? options.address}: UDP needs host:port, or :port`);
  }
  try {
    return await bind(options, address, address.family === 'dual' || address.host.includes(':'));
  } catch (error) {
    if (error instanceof ListenError) throw error;
    if (address.family === 'dual' && codeOf(error, '') === 'EAFNOSUPPORT') {
      return bind(options, { ...address, host: '0.0.0.0' }, false); // a machine without IPv6
    }
    throw listenError(options.address, options.addressKey, error);
  }
}

async function bind(options: UdpSocketOptions, address: ListenAddress & { kind: 'ip' }, ipv6: boolean): Promise<UdpSocket> {
  const socket = createSocket({
    type: ipv6 ? 'udp6' : 'udp4',
    ipv6Only: address.family === 'ipv6',
    reuseAddr: options.reuseAddress ?? false,
    // Destinations are addresses: nothing is looked up, and a datagram leaves in the turn that it was sent in.
    lookup: (host, family, callback) => callback(null, host, typeof family === 'number' ? family : ipv6 ? 6 : 4),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ port: address.port, address: address.host, exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    if (options.readBufferBytes !== undefined && options.readBufferBytes > 0)
      setReadBuffer(socket, options.readBufferBytes, options.address);
    return await socketOf(socket, options, ipv6);
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function socketOf(socket: Socket, options: UdpSocketOptions, ipv6: boolean): Promise<UdpSocket> {
  const { dump } = options;
  if (dump === undefined) return new UdpSocket(socket, options, ipv6);
  const { DumpedUdpSocket } = await import('./dump/dumped-udp-socket.ts');
  return new DumpedUdpSocket(socket, { ...options, dump }, ipv6);
}

function setReadBuffer(socket: Socket, sizeBytes: number, address: string): void {
  socket.setRecvBufferSize(sizeBytes);
  const granted = process.platform !== 'linux' ? socket.getRecvBufferSize() : socket.getRecvBufferSize() / 2; // Linux doubles it
  if (granted >= sizeBytes) return;
  throw new ListenError(
    'READ_BUFFER_REFUSED',
    `cannot set the UDP read buffer of ${address} to ${sizeBytes} bytes, the system grants ${granted}: raise net.core.rmem_max, or lower udpReadBufferSize`,
  );
}

/** Through the socket's state: its property `_handle` prints a warning. */
function handleOf(socket: Socket): SocketHandle | null | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find((candidate) => candidate.description === 'state symbol');
  return symbol === undefined ? undefined : Reflect.get(socket, symbol)?.handle;
}
