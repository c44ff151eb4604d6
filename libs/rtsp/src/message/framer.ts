import { EMPTY_BYTES, ParseError } from '@mediamesh/bytes';
import { MAX_HEAD_BYTES } from './limits.ts';
import { contentLength, parseHead, type RtspHead, type RtspRequest, type RtspResponse } from './message.ts';

/** What a byte stream of RTSP is cut into. */
export interface RtspFramerHandler {
  request(request: RtspRequest): void;
  response(response: RtspResponse): void;
  /** The payload is a view of the chunk, or of a buffer of its own when it came in pieces. */
  interleaved(channel: number, payload: Uint8Array): void;
}

const State = { scan: 0, framePrefix: 1, framePayload: 2, head: 3, body: 4, stopped: 5 } as const;
type State = (typeof State)[keyof typeof State];

const DOLLAR = 0x24;
const LF = 0x0a;
const CR = 0x0d;
const FRAME_PREFIX_BYTES = 4;
const INITIAL_HEAD_BYTES = 1024;

/** First two letters of what can begin a message: the methods, and `RTSP/1.0`. */
const PAIRS = new Set(
  ['AN', 'DE', 'GE', 'OP', 'PA', 'PL', 'RE', 'SE', 'TE', 'RT'].map((pair) => (pair.charCodeAt(0) << 8) | pair.charCodeAt(1)),
);
const FIRST_LETTERS = new Set([...PAIRS].map((pair) => pair >> 8));

/**
 * Cuts the bytes of a connection into messages and interleaved frames.
 *
 * Shape:    bytes in any chunking; the same calls of the handler out. What is neither is skipped up to the next `$` or pair of PAIRS.
 * Errors:   `push` throws ParseError when a message is malformed or exceeds a limit; nothing is read after that.
 * Aliasing: frames that are complete in a chunk are views of it; bodies are copies.
 * Source:   RFC 2326 4 and 10.12; the skipping is MediaMTX's, measured.
 */
export class RtspFramer {
  private readonly handler: RtspFramerHandler;
  private state: State = State.scan;
  /** First letter of a pair, at the end of a chunk. */
  private held = -1;
  /** Bytes of a frame's prefix, payload, a head or a body that are here so far. */
  private buffer: Uint8Array = EMPTY_BYTES;
  private filled = 0;
  private readonly prefix = new Uint8Array(FRAME_PREFIX_BYTES);
  private channel = 0;
  /** Characters of the head's last line, CR not counted. */
  private lineLength = 0;
  private head: RtspHead | undefined;

  constructor(handler: RtspFramerHandler) {
    this.handler = handler;
  }

  /** Nothing more is read, also of a chunk that is being pushed. */
  stop(): void {
    this.state = State.stopped;
    this.buffer = EMPTY_BYTES;
  }

  push(chunk: Uint8Array): void {
    let position = 0;
    while (position < chunk.length && this.state !== State.stopped) position = this.step(chunk, position);
  }

  private step(chunk: Uint8Array, position: number): number {
    switch (this.state) {
      case State.scan:
        return this.scan(chunk, position);
      case State.framePrefix:
        return this.readPrefix(chunk, position);
      case State.framePayload:
      case State.body:
        return this.readBuffer(chunk, position);
      case State.head:
        return this.readHead(chunk, position);
      default:
        return chunk.length;
    }
  }

  private scan(chunk: Uint8Array, start: number): number {
    let position = start;
    const end = chunk.length;
    if (this.held >= 0) {
      const first = this.held;
      this.held = -1;
      if (PAIRS.has((first << 8) | chunk[position]!)) {
        this.beginHead();
        this.appendHead(Uint8Array.of(first));
        this.lineLength = 1;
        return position;
      }
    }
    while (position < end) {
      const byte = chunk[position]!;
      if (byte === DOLLAR) return this.beginFrame(chunk, position);
      if (FIRST_LETTERS.has(byte)) {
        if (position + 1 === end) {
          this.held = byte;
          return end;
        }
        if (PAIRS.has((byte << 8) | chunk[position + 1]!)) {
          this.beginHead();
          return position;
        }
      }
      position++;
    }
    return end;
  }

  private beginFrame(chunk: Uint8Array, position: number): number {
    const payload = position + FRAME_PREFIX_BYTES;
    if (payload > chunk.length) {
      this.state = State.framePrefix;
      this.filled = 0;
      return position;
    }
    const end = payload + ((chunk[position + 2]! << 8) | chunk[position + 3]!);
    if (end > chunk.length) {
      this.channel = chunk[position + 1]!;
      this.expect(State.framePayload, end - payload);
      return payload;
    }
    this.handler.interleaved(chunk[position + 1]!, chunk.subarray(payload, end));
    return end;
  }

  private readPrefix(chunk: Uint8Array, position: number): number {
    const taken = Math.min(FRAME_PREFIX_BYTES - this.filled, chunk.length - position);
    this.prefix.set(chunk.subarray(position, position + taken), this.filled);
    this.filled += taken;
    if (this.filled === FRAME_PREFIX_BYTES) {
      this.channel = this.prefix[1]!;
      const length = (this.prefix[2]! << 8) | this.prefix[3]!;
      this.expect(State.framePayload, length);
      if (length === 0) this.bufferComplete();
    }
    return position + taken;
  }

  private expect(state: State, bytes: number): void {
    this.state = state;
    this.buffer = new Uint8Array(bytes);
    this.filled = 0;
  }

  private readBuffer(chunk: Uint8Array, position: number): number {
    const { buffer } = this;
    const taken = Math.min(buffer.length - this.filled, chunk.length - position);
    buffer.set(chunk.subarray(position, position + taken), this.filled);
    this.filled += taken;
    if (this.filled === buffer.length) this.bufferComplete();
    return position + taken;
  }

  private bufferComplete(): void {
    const { buffer, head } = this;
    const wasFrame = this.state === State.framePayload;
    this.state = State.scan;
    this.buffer = EMPTY_BYTES;
    this.head = undefined;
    if (wasFrame) this.handler.interleaved(this.channel, buffer);
    else if (head!.kind === 'request') this.handler.request({ ...head!.message, body: buffer });
    else this.handler.response({ ...head!.message, body: buffer });
  }

  private beginHead(): void {
    this.state = State.head;
    this.buffer = EMPTY_BYTES;
    this.filled = 0;
    this.lineLength = 0;
  }

  private readHead(chunk: Uint8Array, start: number): number {
    let lineLength = this.lineLength;
    for (let position = start; position < chunk.length; position++) {
      const byte = chunk[position]!;
      if (byte !== LF) {
        if (byte !== CR) lineLength++;
        continue;
      }
      if (lineLength === 0) {
        const end = position + 1;
        this.headComplete(chunk.subarray(start, end));
        return end;
      }
      lineLength = 0;
    }
    this.lineLength = lineLength;
    this.appendHead(chunk.subarray(start));
    return chunk.length;
  }

  private appendHead(bytes: Uint8Array): void {
    const length = this.filled + bytes.length;
    if (length > MAX_HEAD_BYTES) throw this.failed(new ParseError('RtspMessage', 0, `has headers of more than ${MAX_HEAD_BYTES} bytes`));
    if (length > this.buffer.length) {
      const grown = new Uint8Array(Math.max(length, this.buffer.length * 2, INITIAL_HEAD_BYTES));
      grown.set(this.buffer.subarray(0, this.filled));
      this.buffer = grown;
    }
    this.buffer.set(bytes, this.filled);
    this.filled = length;
  }

  private headComplete(last: Uint8Array): void {
    let bytes = last;
    if (this.filled > 0 || last.length > MAX_HEAD_BYTES) {
      this.appendHead(last);
      bytes = this.buffer.subarray(0, this.filled);
    }
    let length: number;
    try {
      this.head = parseHead(bytes);
      length = contentLength(this.head.message.headers);
    } catch (error) {
      throw this.failed(error);
    }
    this.expect(State.body, length);
    if (length === 0) this.bufferComplete();
  }

  private failed(error: unknown): unknown {
    this.stop();
    return error;
  }
}
