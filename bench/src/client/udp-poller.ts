import { createRequire } from 'node:module';

/** Heads only: the kernel is told to leave the rest of each datagram behind. */
const HEAD_ROOM = 64;
const BATCH = 64;
const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const EVENTS = 256;
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const EVENT_DATA_OFFSET = EVENT_BYTES - 8;
const POLL_MS = 1;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const RECEIVE_BUFFER_BYTES = 4 << 20;
const EPOLLIN = 1;
const EPOLL_CTL_ADD = 1;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

interface Calls {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  close(fd: number): number;
  recvmmsg(fd: number, vector: Uint8Array, count: number, flags: number, timeout: null): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  epollWait(epoll: number, events: Uint8Array, count: number, timeout: number): number;
}

/** `length` is that of the whole datagram; of its bytes only the first HEAD_ROOM are there. */
export type OnDatagram = (bytes: Uint8Array, at: number, length: number) => void;

/** Many UDP sockets, looked at once a millisecond through system calls of Linux: a fraction of what Node's sockets cost. */
export class UdpPoller {
  private readonly calls = loadCalls();
  private readonly epoll = this.calls.epollCreate(0);
  private readonly heads = outsideHeap(BATCH * HEAD_ROOM);
  private readonly vectors = outsideHeap(BATCH * IOVEC_BYTES);
  private readonly messages = outsideHeap(BATCH * MMSGHDR_BYTES);
  private readonly events = outsideHeap(EVENTS * EVENT_BYTES);
  private readonly receivers = new Map<number, OnDatagram>();
  private readonly timer = setInterval(() => this.poll(), POLL_MS);

  constructor() {
    const { address } = koffi();
    const [heads, vectors] = [address(this.heads), address(this.vectors)];
    for (let i = 0; i < BATCH; i++) {
      this.vectors.writeBigUInt64LE(heads + BigInt(i * HEAD_ROOM), i * IOVEC_BYTES);
      this.vectors.writeBigUInt64LE(BigInt(HEAD_ROOM), i * IOVEC_BYTES + 8);
      this.messages.writeBigUInt64LE(vectors + BigInt(i * IOVEC_BYTES), i * MMSGHDR_BYTES + 16);
      this.messages.writeBigUInt64LE(1n, i * MMSGHDR_BYTES + 24);
    }
  }

  /** On 127.0.0.1. The returned function closes it. */
  open(port: number, onDatagram: OnDatagram): () => void {
    const { calls } = this;
    const fd = calls.socket(AF_INET, SOCK_DGRAM, 0);
    const size = Buffer.alloc(4);
    size.writeInt32LE(RECEIVE_BUFFER_BYTES);
    calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4);
    const address = Buffer.alloc(16);
    address.writeUInt16LE(AF_INET);
    address.writeUInt16BE(port, 2);
    address.set([127, 0, 0, 1], 4);
    if (calls.bind(fd, address, address.length) !== 0) throw new Error(`UDP port ${port} is in use: choose others with --udp-port`);
    const event = Buffer.alloc(EVENT_BYTES);
    event.writeUInt32LE(EPOLLIN);
    event.writeInt32LE(fd, EVENT_DATA_OFFSET);
    calls.epollControl(this.epoll, EPOLL_CTL_ADD, fd, event);
    this.receivers.set(fd, onDatagram);
    return () => {
      if (this.receivers.delete(fd)) calls.close(fd);
    };
  }

  stop(): void {
    clearInterval(this.timer);
    for (const fd of this.receivers.keys()) this.calls.close(fd);
    this.receivers.clear();
  }

  private poll(): void {
    const { calls, events } = this;
    const ready = calls.epollWait(this.epoll, events, EVENTS, 0);
    for (let i = 0; i < ready; i++) {
      const fd = events.readInt32LE(i * EVENT_BYTES + EVENT_DATA_OFFSET);
      const onDatagram = this.receivers.get(fd);
      if (onDatagram !== undefined) this.drain(fd, onDatagram);
    }
  }

  private drain(fd: number, onDatagram: OnDatagram): void {
    for (let count = BATCH; count === BATCH;) {
      count = this.calls.recvmmsg(fd, this.messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, null);
      for (let i = 0; i < count; i++) onDatagram(this.heads, i * HEAD_ROOM, this.messages.readUInt32LE(i * MMSGHDR_BYTES + 56));
    }
  }
}

function outsideHeap(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes));
}

function koffi(): typeof import('koffi') {
  return createRequire(import.meta.url)('koffi');
}

function loadCalls(): Calls {
  const libc = koffi().load(null);
  return {
    socket: libc.func('int socket(int domain, int type, int protocol)'),
    bind: libc.func('int bind(int fd, void* address, unsigned int length)'),
    setsockopt: libc.func('int setsockopt(int fd, int level, int option, void* value, unsigned int length)'),
    close: libc.func('int close(int fd)'),
    recvmmsg: libc.func('int recvmmsg(int fd, void* vector, unsigned int count, int flags, void* timeout)'),
    epollCreate: libc.func('int epoll_create1(int flags)'),
    epollControl: libc.func('int epoll_ctl(int epoll, int operation, int fd, void* event)'),
    epollWait: libc.func('int epoll_wait(int epoll, void* events, int count, int timeout)'),
  };
}
