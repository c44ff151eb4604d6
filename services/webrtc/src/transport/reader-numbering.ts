import type { RetransmissionStream } from '@mediamesh/rtp';

/** What is older cannot be asked for again: more than any history has, and less than half of all numbers. */
const REMEMBERED_PACKETS = 8_192;
/** A number is before another when the way there is longer than the way back. */
const HALF = 0x8000;

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
 * Shape: `follow` once a frame; `ofPath` for what the reader asks for again, which it knows by its own numbers. A number means the same
 *        packet for ever, or nothing: SRTP must not protect two packets under one.
 * Units: sequence numbers modulo 2^16.
 */
export class ReaderNumbering {
  readonly payloadType: number;
  readonly rtx: RetransmissionStream | undefined;
  /** Added to the path's numbers. */
  offset: number;
  /** Of the path: the packet that comes next, when none is skipped. */
  private next: number;
  /** The reader's numbers that `offset` is for begin here. */
  private from: number;
  /** Before the last skip; negative `formerFrom`: not known. */
  private formerFrom = -1;
  private formerOffset = 0;

  constructor({ payloadType, rtx, firstOfPath, first }: ReaderNumberingOptions) {
    this.payloadType = payloadType;
    this.rtx = rtx;
    this.next = firstOfPath;
    this.from = first;
    this.offset = (first - firstOfPath) & 0xffff;
  }

  /** Hot: once a frame, whose packets have the path's numbers from `first` on. */
  follow(first: number, packetCount: number): void {
    if (first !== this.next) {
      this.formerFrom = this.from;
      this.formerOffset = this.offset;
      this.offset = (this.next + this.offset - first) & 0xffff;
      this.from = (first + this.offset) & 0xffff;
    }
    this.next = (first + packetCount) & 0xffff;
    if (((this.next + this.offset - this.from) & 0xffff) <= REMEMBERED_PACKETS) return;
    this.from = (this.next + this.offset - REMEMBERED_PACKETS) & 0xffff;
    this.formerFrom = -1;
  }

  /** The path's number of a packet that was sent to the reader under this one; negative when none was, or long ago. */
  ofPath(sequenceNumber: number): number {
    if (((sequenceNumber - this.next - this.offset) & 0xffff) < HALF) return -1;
    if (((sequenceNumber - this.from) & 0xffff) < HALF) return (sequenceNumber - this.offset) & 0xffff;
    const isFormer = this.formerFrom >= 0 && ((sequenceNumber - this.formerFrom) & 0xffff) < HALF;
    return isFormer ? (sequenceNumber - this.formerOffset) & 0xffff : -1;
  }
}
