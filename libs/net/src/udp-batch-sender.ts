import type { LinuxCalls } from './linux-calls.ts';
import { linuxCalls, MSG_DONTWAIT } from './linux-calls.ts';
import type { UdpDestination } from './udp-destination.ts';

const SOL_UDP = 17;
const UDP_SEGMENT = 103;
/** Of one call; larger frames take several. */
const MAX_PACKETS_A_CALL = 128;
/** UDP_MAX_SEGMENTS of kernels before 6.9. */
const MAX_SEGMENTS = 64;
/** The largest payload of an IPv4 datagram, which a segmented one is until it is cut. */
const MAX_SEGMENTED_BYTES = 65_507;
const IOVEC_BYTES = 16;
/** `struct mmsghdr`. */
const MESSAGE_BYTES = 64;
/** `struct cmsghdr` and a 16-bit segment size, padded. */
const CONTROL_BYTES = 24;
const CONTROL_LENGTH = 18;
const TWO_32 = 0x1_0000_0000;

/**
 * Sends the packets of a frame to one destination with as few system calls as there can be: one sendmmsg(2), in which each run of packets of equal size (the last may be shorter) is one message that the kernel cuts (UDP_SEGMENT).
 *
 * Shape: `prepare`, then `sendTo`, in one turn; one object serves all sockets of a process.
 * Aliasing: packets are read where they lie, during the call only.
 * Source: udp(7); packets of a run are gathered by one iovec each, so they need not be contiguous.
 */
export class UdpBatchSender {
  /** Why the last `sendTo` sent less than it was asked to. */
  errno = 0;
  /** Kept reachable while the kernel reads from its address. */
  buffer: Uint8Array = new Uint8Array(0);
  private readonly calls: LinuxCalls;
  private readonly iovecs = new Uint32Array((MAX_PACKETS_A_CALL * IOVEC_BYTES) / 4);
  private readonly vector = new Uint32Array((MAX_PACKETS_A_CALL * MESSAGE_BYTES) / 4);
  private readonly controls = new Uint32Array((MAX_PACKETS_A_CALL * CONTROL_BYTES) / 4);
  private readonly packetsOf = new Uint16Array(MAX_PACKETS_A_CALL);
  private readonly iovecsAddress: number;
  private readonly vectorAddress: number;
  private readonly controlsAddress: number;
  private bufferAddress = 0;
  private offsets: readonly number[] = [];
  private sizes: readonly number[] = [];
  private count = 0;
  /** Messages of the whole frame as they lie in `vector`; 0 when there are none. */
  private laidOut = 0;
  private laidOutSegmented = false;

  constructor(calls: LinuxCalls) {
    this.calls = calls;
    this.iovecsAddress = calls.addressOf(bytesOf(this.iovecs));
    this.vectorAddress = calls.addressOf(bytesOf(this.vector));
    this.controlsAddress = calls.addressOf(bytesOf(this.controls));
    for (let i = 0; i < MAX_PACKETS_A_CALL; i++) {
      const control = (i * CONTROL_BYTES) / 4;
      this.controls[control] = CONTROL_LENGTH;
      this.controls[control + 2] = SOL_UDP;
      this.controls[control + 3] = UDP_SEGMENT;
    }
  }

  /** The kernel knows UDP_SEGMENT: an older one would send the run as one large datagram. */
  supportsSegmentation(fd: number): boolean {
    const value = new Uint32Array(new ArrayBuffer(8));
    value[1] = 4;
    const address = this.calls.addressOf(bytesOf(value));
    return this.calls.getsockopt(fd, SOL_UDP, UDP_SEGMENT, address, address + 4) === 0;
  }

  /** The same arrays again are the same frame, for its next reader. */
  prepare(buffer: Uint8Array, offsets: readonly number[], sizes: readonly number[], count: number): void {
    if (buffer === this.buffer && offsets === this.offsets && sizes === this.sizes && count === this.count) return;
    this.laidOut = 0;
    this.buffer = buffer;
    this.bufferAddress = this.calls.addressOf(buffer);
    this.offsets = offsets;
    this.sizes = sizes;
    this.count = count;
  }

  /** Sends the packets from number `from` on; how many the kernel took. When not all: see `errno`. */
  sendTo(fd: number, destination: UdpDestination, from: number, segmentation: boolean): number {
    let sent = 0;
    this.errno = 0;
    while (from + sent < this.count) {
      const messages = this.layOut(from + sent, destination, segmentation);
      const taken = this.calls.sendmmsg(fd, this.vectorAddress, messages, MSG_DONTWAIT);
      for (let i = 0; i < taken; i++) sent += this.packetsOf[i]!;
      if (taken <= 0) {
        this.errno = this.calls.errno();
        return sent;
      }
    }
    return sent;
  }

  /** What was laid out for the reader before needs another address only. */
  private layOut(from: number, destination: UdpDestination, segmentation: boolean): number {
    const { laidOut } = this;
    if (from !== 0 || laidOut === 0 || this.laidOutSegmented !== segmentation) {
      const messages = this.fill(from, destination, segmentation);
      this.laidOut = from === 0 ? messages : 0;
      this.laidOutSegmented = segmentation;
      return messages;
    }
    for (let i = 0; i < laidOut; i++) this.fillName(i, destination);
    return laidOut;
  }

  /** Lays out up to MAX_PACKETS_A_CALL packets from number `from` on; the number of messages. */
  private fill(from: number, destination: UdpDestination, segmentation: boolean): number {
    const { sizes, packetsOf } = this;
    const end = Math.min(this.count, from + MAX_PACKETS_A_CALL);
    let messages = 0;
    for (let first = from; first < end; messages++) {
      const size = sizes[first]!;
      let next = first + 1;
      if (segmentation) {
        let bytes = size;
        while (next < end && next - first < MAX_SEGMENTS && sizes[next]! <= size && bytes + sizes[next]! <= MAX_SEGMENTED_BYTES) {
          bytes += sizes[next]!;
          if (sizes[next++]! < size) break;
        }
      }
      for (let i = first; i < next; i++) this.fillIovec(i - from, i);
      this.fillMessage(messages, first - from, next - first, destination);
      if (next - first > 1) this.controls[(messages * CONTROL_BYTES) / 4 + 4] = size;
      packetsOf[messages] = next - first;
      first = next;
    }
    return messages;
  }

  private fillIovec(index: number, packet: number): void {
    const { iovecs } = this;
    const at = (index * IOVEC_BYTES) / 4;
    const address = this.bufferAddress + this.offsets[packet]!;
    iovecs[at] = address; // stored modulo 2^32
    iovecs[at + 1] = address / TWO_32;
    iovecs[at + 2] = this.sizes[packet]!;
  }

  private fillMessage(index: number, firstIovec: number, iovecCount: number, destination: UdpDestination): void {
    const { vector } = this;
    const at = (index * MESSAGE_BYTES) / 4;
    this.fillName(index, destination);
    const iovecs = this.iovecsAddress + firstIovec * IOVEC_BYTES;
    vector[at + 4] = iovecs;
    vector[at + 5] = iovecs / TWO_32;
    vector[at + 6] = iovecCount;
    const control = iovecCount > 1 ? this.controlsAddress + index * CONTROL_BYTES : 0;
    vector[at + 8] = control;
    vector[at + 9] = control / TWO_32;
    vector[at + 10] = control === 0 ? 0 : CONTROL_BYTES;
  }

  private fillName(index: number, destination: UdpDestination): void {
    const { vector } = this;
    const at = (index * MESSAGE_BYTES) / 4;
    const name = destination.sockaddrAddress(this.calls);
    vector[at] = name;
    vector[at + 1] = name / TWO_32;
    vector[at + 2] = destination.sockaddr!.length;
  }
}

function bytesOf(array: Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

let shared: UdpBatchSender | undefined;

/** The one of the process; undefined where system calls cannot be made. */
export function sharedUdpBatchSender(): UdpBatchSender | undefined {
  const calls = linuxCalls();
  if (shared === undefined && calls !== undefined) shared = new UdpBatchSender(calls);
  return shared;
}
