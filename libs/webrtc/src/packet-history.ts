/**
 * The packets of one track that were sent last, for readers that miss some: one history for all of them.
 *
 * Shape:    a ring of references by sequence number; nothing is copied.
 * Units:    sequence numbers modulo 2^16, as the packetizer gave them.
 * Aliasing: a packet's buffer lives as long as it is in the history.
 */
export class PacketHistory {
  private readonly mask: number;
  private readonly buffers: (Uint8Array | undefined)[];
  private readonly offsets: Int32Array;
  private readonly sizes: Int32Array;
  private readonly numbers: Int32Array;
  /** Of the packet that `find` found. */
  bytes: Uint8Array = new Uint8Array(0);
  offset = 0;
  size = 0;

  /** A power of two. */
  constructor(packets = 2_048) {
    this.mask = packets - 1;
    this.buffers = new Array<Uint8Array | undefined>(packets).fill(undefined);
    this.offsets = new Int32Array(packets);
    this.sizes = new Int32Array(packets);
    this.numbers = new Int32Array(packets).fill(-1);
  }

  /** Hot. `bytes` has an RTP packet of `size` at `offset`. */
  add(bytes: Uint8Array, offset: number, size: number): void {
    const number = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    const at = number & this.mask;
    this.buffers[at] = bytes;
    this.offsets[at] = offset;
    this.sizes[at] = size;
    this.numbers[at] = number;
  }

  /** Whether a packet is there still: then `bytes`, `offset` and `size` are its. */
  find(sequenceNumber: number): boolean {
    const at = sequenceNumber & this.mask;
    const bytes = this.buffers[at];
    if (bytes === undefined || this.numbers[at] !== sequenceNumber) return false;
    this.bytes = bytes;
    this.offset = this.offsets[at]!;
    this.size = this.sizes[at]!;
    return true;
  }
}
