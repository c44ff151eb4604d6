import { ParseError, concatBytes, copyBytes } from '@mediamesh/bytes';
import type { SctpDataChunk, SctpSackChunk } from './chunks.ts';
import { nextTsn, tsnDistance } from './tsn.ts';

const STRUCTURE = 'SCTP data';
/** What waits for its missing pieces, and for its turn. */
export const RECEIVE_WINDOW_BYTES = 256 * 1024;
/** What a piece counts beside its bytes, as it costs memory, and time to look for its neighbours: a message may not be of a million of them. */
const PIECE_COST_BYTES = 256;
/** What peers are told, and what fits into the window in pieces of a usual size. RFC 8841 6: as without being told. */
export const MAX_INBOUND_MESSAGE_BYTES = 64 * 1024;
/** Streams that a peer may use. */
export const MAX_INBOUND_STREAMS = 1_024;
/** Beyond the first number that is missing: as many as fill the window with small pieces. */
const MAX_TSN_AHEAD = 4_096;
/** Of SACK, so that it fits into a packet with others. */
const MAX_GAPS = 64;

export interface SctpMessage {
  readonly streamId: number;
  readonly protocolId: number;
  readonly data: Uint8Array;
}

interface InboundStream {
  next: number;
  readonly held: Map<number, SctpMessage>;
}

/**
 * What a peer sends, from pieces to messages.
 *
 * Shape:  chunks of data in, in any order and as often as they come; messages out, each once, ordered ones in their order.
 * Errors: ParseError when a message exceeds RECEIVE_WINDOW_BYTES with what its pieces cost, its pieces contradict each other, or the stream is one that was not granted.
 *         What is too far ahead, or does not fit meanwhile, is dropped: it comes again.
 * Source: RFC 9260 6.2, 6.5, 6.6, 6.9.
 */
export class InboundData {
  private cumulativeTsn: number;
  private readonly beyond = new Set<number>();
  /** By number: what is no whole message yet. */
  private readonly pieces = new Map<number, SctpDataChunk>();
  private readonly streams = new Map<number, InboundStream>();
  private bufferedBytes = 0;

  constructor(initialTsn: number) {
    this.cumulativeTsn = (initialTsn - 1) >>> 0;
  }

  push(chunk: SctpDataChunk): readonly SctpMessage[] {
    const distance = tsnDistance(this.cumulativeTsn, chunk.tsn);
    if (distance <= 0 || distance > MAX_TSN_AHEAD || this.beyond.has(chunk.tsn)) return [];
    if (chunk.streamId >= MAX_INBOUND_STREAMS)
      throw new ParseError(STRUCTURE, 0, `stream ${chunk.streamId} is not below ${MAX_INBOUND_STREAMS}`);
    const costBytes = chunk.payload.length + PIECE_COST_BYTES;
    if (this.bufferedBytes + costBytes > RECEIVE_WINDOW_BYTES) {
      if (distance > 1) return [];
      throw new ParseError(STRUCTURE, 0, `a message exceeds ${RECEIVE_WINDOW_BYTES} bytes with what its pieces cost`);
    }
    this.count(chunk.tsn);
    this.pieces.set(chunk.tsn, { ...chunk, payload: copyBytes(chunk.payload) });
    this.bufferedBytes += costBytes;
    return this.complete(chunk.tsn);
  }

  /** What is there, and how much more may come. */
  get acknowledgement(): SctpSackChunk {
    const numbers = [...this.beyond].map((tsn) => tsnDistance(this.cumulativeTsn, tsn)).sort((a, b) => a - b);
    const gaps: { start: number; end: number }[] = [];
    for (const number of numbers) {
      const last = gaps.at(-1);
      if (last?.end === number - 1) last.end = number;
      else if (gaps.length < MAX_GAPS) gaps.push({ start: number, end: number });
      else break;
    }
    const receiveWindow = RECEIVE_WINDOW_BYTES - this.bufferedBytes;
    return { type: 'sack', cumulativeTsn: this.cumulativeTsn, receiveWindow, gaps };
  }

  private count(tsn: number): void {
    this.beyond.add(tsn);
    for (let next = nextTsn(this.cumulativeTsn); this.beyond.delete(next); next = nextTsn(next)) this.cumulativeTsn = next;
  }

  /** The message that the piece belongs to, when it is whole, and what it lets through. */
  private complete(tsn: number): readonly SctpMessage[] {
    let first = tsn;
    while (!this.pieces.get(first)!.beginning) {
      first = (first - 1) >>> 0;
      if (!this.pieces.has(first)) return [];
    }
    const found: SctpDataChunk[] = [];
    for (let number = first; ; number = nextTsn(number)) {
      const piece = this.pieces.get(number);
      if (piece === undefined) return [];
      found.push(piece);
      if (piece.ending) break;
    }
    return this.deliver(found, first);
  }

  private deliver(pieces: readonly SctpDataChunk[], first: number): readonly SctpMessage[] {
    const [{ streamId, protocolId, streamSequence, unordered }] = pieces as readonly [SctpDataChunk];
    pieces.forEach((piece, index) => {
      const isOther = piece.streamId !== streamId || piece.unordered !== unordered || piece.streamSequence !== streamSequence;
      if (isOther || (index > 0 && piece.beginning)) throw new ParseError(STRUCTURE, 0, 'pieces of a message contradict each other');
      this.pieces.delete((first + index) >>> 0);
    });
    const message = { streamId, protocolId, data: concatBytes(pieces.map(({ payload }) => payload)) };
    this.bufferedBytes -= message.data.length + pieces.length * PIECE_COST_BYTES;
    if (unordered) return [message];
    this.bufferedBytes += message.data.length + PIECE_COST_BYTES;
    return this.inOrder(message, streamSequence);
  }

  private inOrder(message: SctpMessage, sequence: number): readonly SctpMessage[] {
    const stream = this.streams.get(message.streamId) ?? { next: 0, held: new Map<number, SctpMessage>() };
    this.streams.set(message.streamId, stream);
    if (stream.held.has(sequence)) throw new ParseError(STRUCTURE, 0, `message ${sequence} of stream ${message.streamId} came twice`);
    stream.held.set(sequence, message);
    const released: SctpMessage[] = [];
    for (let next = stream.held.get(stream.next); next !== undefined; next = stream.held.get(stream.next)) {
      stream.held.delete(stream.next);
      stream.next = (stream.next + 1) & 0xffff;
      this.bufferedBytes -= next.data.length + PIECE_COST_BYTES;
      released.push(next);
    }
    return released;
  }
}
