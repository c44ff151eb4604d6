import type { RetransmissionStream } from '@mediamesh/rtp';

/** Where a numbering went on is remembered for so many packets: what is older cannot be asked for again. */
const REMEMBERED_PACKETS = 8_192;

export interface ReaderNumberingOptions {
  readonly payloadType: number;
  /** How lost packets are sent again; undefined: as they were. */
  readonly rtx: RetransmissionStream | undefined;
  /** The path's number of the first packet, and the reader's. */
  readonly firstOfPath: number;
  readonly first: number;
}

/**
 * What makes a path's packets one reader's: its payload types, and its own numbers, which have no gap where it skipped frames: it
 * would ask for those packets, and they were left out because there was no room for them.
 *
 * Units: sequence numbers modulo 2^16.
 */
export class ReaderNumbering {
  readonly payloadType: number;
  readonly rtx: RetransmissionStream | undefined;
  /** Added to the path's numbers. */
  offset: number;
  /** Of the path: the packet that comes next, when none is skipped. */
  private next: number;
  /** The offset before the last skip, and the reader's number of the first packet after it; negative: none. */
  private formerOffset = 0;
  private resumedAt = -1;

  constructor({ payloadType, rtx, firstOfPath, first }: ReaderNumberingOptions) {
    this.payloadType = payloadType;
    this.rtx = rtx;
    this.next = firstOfPath;
    this.offset = (first - firstOfPath) & 0xffff;
  }

  /** Hot: once a frame, whose packets have the path's numbers from `first` on. */
  follow(first: number, packetCount: number): void {
    if (first !== this.next) {
      this.formerOffset = this.offset;
      this.offset = (this.next + this.offset - first) & 0xffff;
      this.resumedAt = (first + this.offset) & 0xffff;
    }
    this.next = (first + packetCount) & 0xffff;
    if (this.resumedAt >= 0 && ((this.next + this.offset - this.resumedAt) & 0xffff) > REMEMBERED_PACKETS) this.resumedAt = -1;
  }

  /** The path's number of a packet that the reader knows by its own. */
  ofPath(sequenceNumber: number): number {
    const isBefore = this.resumedAt >= 0 && ((sequenceNumber - this.resumedAt) & 0xffff) >= 0x8000;
    return (sequenceNumber - (isBefore ? this.formerOffset : this.offset)) & 0xffff;
  }
}
