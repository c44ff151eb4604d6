import { PPS, SPS, STAMP_OFFSET, writeStamp } from './h264-stream.ts';

const RTP_VERSION = 0x80;
const MARKER = 0x80;
export const PAYLOAD_TYPE = 96;
const FU_A = 28;
const STAP_A = 24;

/** One frame as it goes over the wire, with what changes from publisher to publisher. */
export interface FrameBytes {
  readonly bytes: Uint8Array;
  readonly packetCount: number;
  patch(sequenceNumber: number, timestamp: number, ssrc: number, stampUs: number): void;
  leaveBytes(): void;
}

/**
 * The RTP packets of one frame in interleaved framing, made once; sequence numbers, times and stamp are written into it again and
 * again, for whichever publisher is due.
 */
export class FramePackets implements FrameBytes {
  bytes: Uint8Array;
  readonly packetCount: number;
  private readonly offsets: number[] = [];
  private stampAt = 0;

  /** `packetBytes` includes the RTP header. */
  constructor(slice: Uint8Array, key: boolean, packetBytes: number) {
    const chunks: Uint8Array[] = [];
    if (key) chunks.push(aggregate([SPS, PPS]));
    if (slice.length <= packetBytes - 12) chunks.push(slice);
    else fragment(slice, packetBytes - 12, chunks);
    this.packetCount = chunks.length;
    this.bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + 16 + chunk.length, 0));
    let at = 0;
    for (const [index, chunk] of chunks.entries()) {
      const size = 12 + chunk.length;
      this.bytes.set([0x24, 0, size >>> 8, size & 0xff, RTP_VERSION, PAYLOAD_TYPE | (index === chunks.length - 1 ? MARKER : 0)], at);
      this.bytes.set(chunk, at + 16);
      if (index === (key ? 1 : 0)) this.stampAt = at + 16 + STAMP_OFFSET + (chunk === slice ? 0 : 1);
      this.offsets.push(at + 4);
      at += 16 + chunk.length;
    }
  }

  /** For one publisher, now. */
  patch(sequenceNumber: number, timestamp: number, ssrc: number, stampUs: number): void {
    const { bytes, offsets } = this;
    for (let i = 0; i < offsets.length; i++) {
      const at = offsets[i]!;
      const sequence = sequenceNumber + i;
      bytes[at + 2] = sequence >>> 8;
      bytes[at + 3] = sequence;
      put32(bytes, at + 4, timestamp);
      put32(bytes, at + 8, ssrc);
    }
    writeStamp(bytes, this.stampAt, stampUs);
  }

  /** The bytes are still in somebody's queue: others get a copy. */
  leaveBytes(): void {
    this.bytes = new Uint8Array(this.bytes);
  }
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function fragment(nal: Uint8Array, payloadBytes: number, chunks: Uint8Array[]): void {
  const header = nal[0]!;
  for (let at = 1; at < nal.length;) {
    const part = nal.subarray(at, at + payloadBytes - 2);
    const start = at === 1 ? 0x80 : 0;
    at += part.length;
    const end = at === nal.length ? 0x40 : 0;
    const chunk = new Uint8Array(2 + part.length);
    chunk.set([(header & 0xe0) | FU_A, start | end | (header & 0x1f)]);
    chunk.set(part, 2);
    chunks.push(chunk);
  }
}

function aggregate(nals: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from([STAP_A | 0x60, ...nals.flatMap((nal) => [nal.length >>> 8, nal.length & 0xff, ...nal])]);
}
