import type { LinuxCalls } from './linux-calls.ts';
import { MSG_DONTWAIT } from './linux-calls.ts';
import { ReceiveSlab } from './receive-slab.ts';
import type { UdpRemote, UdpRemotes } from './udp-remote.ts';

const BATCH = 64;
/** Of a burst that fills batch after batch, what one poll takes before other sockets have their turn. */
const MAX_BATCHES_A_POLL = 16;
/** Media packets fit; the rest of a larger datagram goes to an overflow area, so that none is cut. */
const SLOT_BYTES = 2_048;
const MAX_DATAGRAM_BYTES = 65_536;
const OVERFLOW_BYTES = MAX_DATAGRAM_BYTES - SLOT_BYTES;
/** Room for `sockaddr_in6`, aligned. */
const NAME_BYTES = 32;
const SOCKADDR_IN6_BYTES = 28;
const IOVEC_BYTES = 16;
/** `struct mmsghdr`: a `msghdr` of 56 bytes, then the length of the datagram. */
const MESSAGE_BYTES = 64;
const NAME_LENGTH_OFFSET = 8;
const IOVECS_OFFSET = 16;
const IOVEC_COUNT_OFFSET = 24;
const RECEIVED_LENGTH_OFFSET = 56;

export interface DatagramReceiver {
  /** Open; false ends a batch that its handler closed. */
  readonly receiving: boolean;
  readonly remotes: UdpRemotes;
  receive(bytes: Uint8Array, remote: UdpRemote): void;
}

/** Receives datagrams with recvmmsg(2), for all sockets of a process. */
export class UdpBatchReceiver {
  private readonly calls: LinuxCalls;
  private readonly data = Buffer.allocUnsafeSlow(BATCH * SLOT_BYTES);
  /** Only touched, and so only present, when large datagrams arrive. */
  private readonly overflow = Buffer.allocUnsafeSlow(BATCH * OVERFLOW_BYTES);
  private readonly names = Buffer.from(new ArrayBuffer(BATCH * NAME_BYTES));
  private readonly nameWords = new Int32Array(this.names.buffer);
  private readonly iovecs = Buffer.from(new ArrayBuffer(BATCH * 2 * IOVEC_BYTES));
  private readonly vector = Buffer.from(new ArrayBuffer(BATCH * MESSAGE_BYTES));
  private readonly vectorAddress: number;
  private readonly slab = new ReceiveSlab();

  constructor(calls: LinuxCalls) {
    this.calls = calls;
    const addressOf = (bytes: Uint8Array): bigint => BigInt(calls.addressOf(bytes));
    const [data, overflow, names, iovecs] = [addressOf(this.data), addressOf(this.overflow), addressOf(this.names), addressOf(this.iovecs)];
    this.vectorAddress = calls.addressOf(this.vector);
    for (let i = 0; i < BATCH; i++) {
      const iovec = i * 2 * IOVEC_BYTES;
      this.iovecs.writeBigUInt64LE(data + BigInt(i * SLOT_BYTES), iovec);
      this.iovecs.writeBigUInt64LE(BigInt(SLOT_BYTES), iovec + 8);
      this.iovecs.writeBigUInt64LE(overflow + BigInt(i * OVERFLOW_BYTES), iovec + IOVEC_BYTES);
      this.iovecs.writeBigUInt64LE(BigInt(OVERFLOW_BYTES), iovec + IOVEC_BYTES + 8);
      const message = i * MESSAGE_BYTES;
      this.vector.writeBigUInt64LE(names + BigInt(i * NAME_BYTES), message);
      this.vector.writeUInt32LE(SOCKADDR_IN6_BYTES, message + NAME_LENGTH_OFFSET);
      this.vector.writeBigUInt64LE(iovecs + BigInt(iovec), message + IOVECS_OFFSET);
      this.vector.writeBigUInt64LE(2n, message + IOVEC_COUNT_OFFSET);
    }
  }

  /** All that waits at `fd`, up to a fair share; what is given to `receiver` is its own. */
  receive(fd: number, receiver: DatagramReceiver): void {
    for (let batches = 0; batches < MAX_BATCHES_A_POLL && receiver.receiving; batches++) {
      const count = this.calls.recvmmsg(fd, this.vectorAddress, BATCH, MSG_DONTWAIT, 0);
      for (let i = 0; i < count && receiver.receiving; i++) {
        receiver.receive(this.bytesOf(i), receiver.remotes.ofSockaddr(this.names, this.nameWords, i * NAME_BYTES));
      }
      for (let i = 0; i < count; i++) this.vector.writeUInt32LE(SOCKADDR_IN6_BYTES, i * MESSAGE_BYTES + NAME_LENGTH_OFFSET);
      if (count < BATCH) return;
    }
  }

  private bytesOf(index: number): Uint8Array {
    const length = this.vector.readUInt32LE(index * MESSAGE_BYTES + RECEIVED_LENGTH_OFFSET);
    const start = index * SLOT_BYTES;
    if (length <= SLOT_BYTES) return this.slab.copy(this.data.subarray(start, start + length));
    const bytes = new Uint8Array(length);
    bytes.set(this.data.subarray(start, start + SLOT_BYTES));
    bytes.set(this.overflow.subarray(index * OVERFLOW_BYTES, index * OVERFLOW_BYTES + length - SLOT_BYTES), SLOT_BYTES);
    return bytes;
  }
}
