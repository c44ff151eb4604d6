import { ParseError, copyBytes } from '@mediamesh/bytes';
import { DATA_CHUNK_HEADER_BYTES } from './chunks.ts';
import type { SctpDataChunk, SctpSackChunk } from './chunks.ts';
import type { SctpMessage } from './inbound-data.ts';
import { SCTP_HEADER_BYTES } from './packet.ts';
import { RetransmissionTimeout } from './retransmission-timeout.ts';
import { nextTsn, tsnDistance } from './tsn.ts';

/** Of a packet, so that a DTLS record with it is below 1 200 bytes. */
export const MAX_PACKET_BYTES = 1_160;
/** What a peer that acknowledges nothing makes us keep. */
export const SEND_BUFFER_BYTES = 256 * 1024;
const MAX_PIECE_BYTES = MAX_PACKET_BYTES - SCTP_HEADER_BYTES - DATA_CHUNK_HEADER_BYTES;
/** RFC 9260 7.2.1. */
const INITIAL_CONGESTION_WINDOW_BYTES = Math.min(4 * MAX_PACKET_BYTES, Math.max(2 * MAX_PACKET_BYTES, 4_404));
const MIN_THRESHOLD_BYTES = 4 * MAX_PACKET_BYTES;
/** Acknowledgements of later data until a piece counts as lost. RFC 9260 7.2.4. */
const MISSING_REPORTS = 3;
/** In a row, until the association fails. RFC 9260 16. */
const MAX_TIMEOUTS = 10;

interface Outstanding {
  readonly chunk: SctpDataChunk;
  readonly sizeBytes: number;
  sentMs: number;
  transmissions: number;
  acknowledged: boolean;
  missingReports: number;
  /** To be sent again; not in flight. */
  lost: boolean;
}

export interface OutboundMessage extends SctpMessage {
  readonly unordered: boolean;
}

/**
 * What goes to a peer, from messages to pieces: each again and again until the peer has it, and no more at a time than the path and the
 * peer take.
 *
 * Shape:  `queue` messages; `next` gives the chunks that may go now; `acknowledge` and `tick` change what may.
 * Errors: ParseError when the peer acknowledges what was not sent.
 * Source: RFC 9260 6.1, 6.3, 7.2.
 */
export class OutboundData {
  /** Of messages that are not acknowledged in full; those beyond SEND_BUFFER_BYTES are refused. */
  bufferedBytes = 0;
  private readonly timeout = new RetransmissionTimeout();
  private nextNumber: number;
  private readonly sequences = new Map<number, number>();
  private readonly waiting: Omit<SctpDataChunk, 'tsn'>[] = [];
  /** In the order of their numbers. */
  private readonly outstanding: Outstanding[] = [];
  private flightBytes = 0;
  private peerWindowBytes: number;
  private windowBytes = INITIAL_CONGESTION_WINDOW_BYTES;
  private thresholdBytes: number;
  private partialBytes = 0;
  private recoversAt: number | undefined;
  private timeouts = 0;
  private dueAtMs: number | undefined;

  constructor(initialTsn: number, peerWindowBytes: number) {
    this.nextNumber = initialTsn;
    this.peerWindowBytes = peerWindowBytes;
    this.thresholdBytes = peerWindowBytes;
  }

  /** When `tick` is to be called. */
  get dueMs(): number | undefined {
    return this.dueAtMs;
  }

  get hasFailed(): boolean {
    return this.timeouts > MAX_TIMEOUTS;
  }

  /** Whether the message was taken. */
  queue({ streamId, protocolId, data, unordered }: OutboundMessage): boolean {
    if (this.bufferedBytes + data.length > SEND_BUFFER_BYTES) return false;
    const streamSequence = unordered ? 0 : (this.sequences.get(streamId) ?? 0);
    if (!unordered) this.sequences.set(streamId, (streamSequence + 1) & 0xffff);
    for (let at = 0; at < data.length; at += MAX_PIECE_BYTES) {
      const payload = copyBytes(data.subarray(at, at + MAX_PIECE_BYTES));
      const [beginning, ending] = [at === 0, at + MAX_PIECE_BYTES >= data.length];
      this.waiting.push({ type: 'data', streamId, streamSequence, protocolId, unordered, beginning, ending, payload });
    }
    this.bufferedBytes += data.length;
    return true;
  }

  next(nowMs: number): readonly SctpDataChunk[] {
    const chunks: SctpDataChunk[] = [];
    for (const piece of this.outstanding) {
      if (!piece.lost || this.flightBytes >= this.windowBytes) continue;
      piece.lost = false;
      chunks.push(this.transmit(piece, nowMs));
    }
    while (this.waiting.length > 0 && this.mayTransmit(this.waiting[0]!)) {
      const chunk = { ...this.waiting.shift()!, tsn: this.nextNumber };
      this.nextNumber = nextTsn(this.nextNumber);
      const sizeBytes = DATA_CHUNK_HEADER_BYTES + chunk.payload.length;
      const piece = { chunk, sizeBytes, sentMs: nowMs, transmissions: 0, acknowledged: false, missingReports: 0, lost: false };
      this.outstanding.push(piece);
      chunks.push(this.transmit(piece, nowMs));
    }
    return chunks;
  }

  acknowledge({ cumulativeTsn, receiveWindow, gaps }: SctpSackChunk, nowMs: number): void {
    const [oldest] = this.outstanding;
    if (oldest !== undefined && tsnDistance(oldest.chunk.tsn, cumulativeTsn) < -1) return; // an older one that was overtaken
    if (tsnDistance(this.nextNumber, cumulativeTsn) >= 0) throw new ParseError('SCTP SACK', 0, 'acknowledges what was not sent');
    const flightBefore = this.flightBytes;
    const acknowledgedBytes = this.take(cumulativeTsn, nowMs) + this.mark(cumulativeTsn, gaps);
    if (this.recoversAt !== undefined && tsnDistance(this.recoversAt, cumulativeTsn) >= 0) this.recoversAt = undefined;
    if (acknowledgedBytes > 0) {
      this.timeouts = 0;
      this.grow(acknowledgedBytes, flightBefore);
      this.dueAtMs = this.outstanding.length === 0 ? undefined : nowMs + this.timeout.ms;
    }
    this.peerWindowBytes = Math.max(0, receiveWindow - this.flightBytes);
  }

  /** Nothing was acknowledged in time: everything counts as lost. */
  tick(nowMs: number): void {
    if (this.dueAtMs === undefined || nowMs < this.dueAtMs) return;
    this.timeouts++;
    this.timeout.backOff();
    this.thresholdBytes = Math.max(this.windowBytes / 2, MIN_THRESHOLD_BYTES);
    this.windowBytes = MAX_PACKET_BYTES;
    this.partialBytes = 0;
    this.recoversAt = undefined;
    for (const piece of this.outstanding) if (!piece.acknowledged) this.lose(piece);
    this.dueAtMs = undefined;
  }

  /** At least one piece may always be under way: its acknowledgement tells that a full peer has room again. */
  private mayTransmit({ payload }: Pick<SctpDataChunk, 'payload'>): boolean {
    if (this.flightBytes === 0) return true;
    return this.flightBytes < this.windowBytes && payload.length <= this.peerWindowBytes;
  }

  private transmit(piece: Outstanding, nowMs: number): SctpDataChunk {
    piece.sentMs = nowMs;
    piece.transmissions++;
    piece.missingReports = 0;
    this.flightBytes += piece.sizeBytes;
    this.peerWindowBytes = Math.max(0, this.peerWindowBytes - piece.sizeBytes);
    this.dueAtMs ??= nowMs + this.timeout.ms;
    return piece.chunk;
  }

  private lose(piece: Outstanding): void {
    if (piece.lost) return;
    piece.lost = true;
    this.flightBytes -= piece.sizeBytes;
  }

  /** What is acknowledged for good. Returns its bytes, without those that a gap told of before. */
  private take(cumulativeTsn: number, nowMs: number): number {
    let bytes = 0;
    while (this.outstanding.length > 0 && tsnDistance(this.outstanding[0]!.chunk.tsn, cumulativeTsn) >= 0) {
      const piece = this.outstanding.shift()!;
      this.bufferedBytes -= piece.chunk.payload.length;
      if (piece.acknowledged) continue;
      bytes += piece.sizeBytes;
      if (!piece.lost) this.flightBytes -= piece.sizeBytes;
      if (piece.transmissions === 1) this.timeout.measured(nowMs - piece.sentMs);
    }
    return bytes;
  }

  /** What is there beyond a gap, and what is therefore missing. A peer may take back what it told. */
  private mark(cumulativeTsn: number, gaps: SctpSackChunk['gaps']): number {
    let bytes = 0;
    let highest = 0;
    for (const piece of this.outstanding) {
      const distance = tsnDistance(cumulativeTsn, piece.chunk.tsn);
      const isThere = gaps.some(({ start, end }) => distance >= start && distance <= end);
      if (isThere && !piece.acknowledged) {
        bytes += piece.sizeBytes;
        highest = distance;
        if (!piece.lost) this.flightBytes -= piece.sizeBytes;
        piece.lost = false;
      } else if (!isThere && piece.acknowledged) this.flightBytes += piece.sizeBytes;
      piece.acknowledged = isThere;
    }
    for (const piece of this.outstanding)
      if (!piece.acknowledged && !piece.lost && tsnDistance(cumulativeTsn, piece.chunk.tsn) < highest) this.missing(piece);
    return bytes;
  }

  private missing(piece: Outstanding): void {
    if (++piece.missingReports < MISSING_REPORTS) return;
    this.lose(piece);
    if (this.recoversAt !== undefined) return;
    this.thresholdBytes = Math.max(this.windowBytes / 2, MIN_THRESHOLD_BYTES);
    this.windowBytes = this.thresholdBytes;
    this.partialBytes = 0;
    this.recoversAt = this.outstanding.at(-1)!.chunk.tsn;
  }

  private grow(acknowledgedBytes: number, flightBefore: number): void {
    if (this.recoversAt !== undefined || flightBefore < this.windowBytes) return;
    if (this.windowBytes <= this.thresholdBytes) {
      this.windowBytes += Math.min(acknowledgedBytes, MAX_PACKET_BYTES);
      return;
    }
    this.partialBytes += acknowledgedBytes;
    if (this.partialBytes < this.windowBytes) return;
    this.partialBytes -= this.windowBytes;
    this.windowBytes += MAX_PACKET_BYTES;
  }
}
