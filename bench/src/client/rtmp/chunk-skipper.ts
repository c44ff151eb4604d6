const SET_CHUNK_SIZE = 1;
const EXTENDED_TIMESTAMP = 0xff_ffff;
const HEADER_BYTES: readonly number[] = [11, 7, 3, 0];
const MAX_HEADER_BYTES = 18;
/** Enough of a message to find the first slice behind its parameter sets. */
const HEAD_BYTES = 128;

interface ChunkStream {
  typeId: number;
  length: number;
  done: number;
  extended: boolean;
  readonly head: Uint8Array;
}

/** Walks over chunks, keeps the first bytes of each message, and copies nothing else. */
export class ChunkSkipper {
  private readonly onMessage: (typeId: number, head: Uint8Array, headBytes: number) => void;
  private readonly streams = new Map<number, ChunkStream>();
  private readonly header = new Uint8Array(MAX_HEADER_BYTES);
  private headerBytes = 0;
  private chunkSize = 128;
  private current: ChunkStream | undefined;
  private left = 0;

  constructor(onMessage: (typeId: number, head: Uint8Array, headBytes: number) => void) {
    this.onMessage = onMessage;
  }

  push(bytes: Uint8Array, from: number, end: number): void {
    let at = from;
    while (at < end) {
      const { current } = this;
      if (current === undefined) {
        this.header[this.headerBytes++] = bytes[at++]!;
        if (this.headerBytes === this.wanted()) this.begin();
        continue;
      }
      const step = Math.min(this.left, end - at);
      if (current.done < HEAD_BYTES) current.head.set(bytes.subarray(at, at + Math.min(step, HEAD_BYTES - current.done)), current.done);
      at += step;
      current.done += step;
      this.left -= step;
      if (this.left === 0) this.endChunk(current);
    }
  }

  private wanted(): number {
    const { header, headerBytes } = this;
    const basic = (header[0]! & 0x3f) === 0 ? 2 : (header[0]! & 0x3f) === 1 ? 3 : 1;
    if (headerBytes < basic) return basic;
    const type = header[0]! >> 6;
    const total = basic + HEADER_BYTES[type]!;
    if (headerBytes < total) return total;
    const extended = type === 3 ? this.streamOf().extended : this.u24(basic) === EXTENDED_TIMESTAMP;
    return extended ? total + 4 : total;
  }

  private streamOf(): ChunkStream {
    const { header } = this;
    const low = header[0]! & 0x3f;
    const id = low === 0 ? 64 + header[1]! : low === 1 ? 64 + header[1]! + header[2]! * 256 : low;
    let stream = this.streams.get(id);
    if (stream === undefined) {
      this.streams.set(id, (stream = { typeId: 0, length: 0, done: 0, extended: false, head: new Uint8Array(HEAD_BYTES) }));
    }
    return stream;
  }

  private begin(): void {
    const { header } = this;
    const type = header[0]! >> 6;
    const basic = (header[0]! & 0x3f) === 0 ? 2 : (header[0]! & 0x3f) === 1 ? 3 : 1;
    const stream = this.streamOf();
    if (type < 3) stream.extended = this.u24(basic) === EXTENDED_TIMESTAMP;
    if (type < 2) {
      stream.length = this.u24(basic + 3);
      stream.typeId = header[basic + 6]!;
    }
    this.headerBytes = 0;
    this.current = stream;
    this.left = Math.min(this.chunkSize, stream.length - stream.done);
    if (this.left === 0) this.endChunk(stream);
  }

  private endChunk(stream: ChunkStream): void {
    this.current = undefined;
    if (stream.done < stream.length) return;
    stream.done = 0;
    const { head } = stream;
    if (stream.typeId === SET_CHUNK_SIZE) this.chunkSize = ((head[0]! << 24) | (head[1]! << 16) | (head[2]! << 8) | head[3]!) >>> 0;
    else this.onMessage(stream.typeId, head, Math.min(stream.length, HEAD_BYTES));
  }

  private u24(at: number): number {
    const { header } = this;
    return (header[at]! << 16) | (header[at + 1]! << 8) | header[at + 2]!;
  }
}
