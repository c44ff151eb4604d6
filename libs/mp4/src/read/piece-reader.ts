import { EMPTY_BYTES } from '@mediamesh/bytes';

/**
 * Bytes that arrive in chunks, taken in pieces of a known size. Holds one chunk and one unfinished piece, however small the chunks are.
 *
 * Shape:    `take` returns undefined when more is needed, and is then called again with the same size after the next `push`.
 *           A chunk is pushed when the one before is used up.
 * Aliasing: a piece that lies in one chunk is a view of it, else a copy.
 */
export class PieceReader {
  private chunk = EMPTY_BYTES;
  /** In the chunk. */
  private offset = 0;
  private piece: Uint8Array | undefined;
  /** Of the piece. */
  private filled = 0;

  push(chunk: Uint8Array): void {
    this.chunk = chunk;
    this.offset = 0;
  }

  /** Something was pushed that has not been taken. */
  get unfinished(): boolean {
    return this.filled > 0 || this.offset < this.chunk.length;
  }

  take(size: number): Uint8Array | undefined {
    const { chunk, offset } = this;
    if (!this.piece) {
      if (chunk.length - offset >= size) {
        this.offset = offset + size;
        return chunk.subarray(offset, offset + size);
      }
      if (chunk.length === offset) return undefined;
      this.piece = new Uint8Array(size);
    }
    const part = chunk.subarray(offset, Math.min(chunk.length, offset + size - this.filled));
    this.piece.set(part, this.filled);
    this.filled += part.length;
    this.offset = offset + part.length;
    if (this.filled < size) return undefined;
    const complete = this.piece;
    this.piece = undefined;
    this.filled = 0;
    return complete;
  }

  /** At most what is there. Returns how many bytes it was. */
  skip(size: number): number {
    const skipped = Math.min(size, this.chunk.length - this.offset);
    this.offset += skipped;
    return skipped;
  }

  clear(): void {
    this.chunk = EMPTY_BYTES;
    this.offset = 0;
    this.piece = undefined;
    this.filled = 0;
  }
}
