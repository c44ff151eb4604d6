const SCRATCH_BYTES = 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * What one PES packet is made of, before it is cut into TS packets; filled again for each.
 *
 * Aliasing: pieces are views of a unit's payload, or of scratch memory that `clear` gives back.
 */
export class PieceList {
  private readonly pieces: Uint8Array[] = [];
  private used = 0;
  private scratch = new Uint8Array(SCRATCH_BYTES);
  private scratchUsed = 0;
  /** Of all pieces together. */
  sizeBytes = 0;
  /** Where `copyInto` goes on. */
  private piece = 0;
  private offset = 0;

  clear(): void {
    this.used = 0;
    this.scratchUsed = 0;
    this.sizeBytes = 0;
    this.piece = 0;
    this.offset = 0;
  }

  add(piece: Uint8Array): void {
    this.pieces[this.used++] = piece;
    this.sizeBytes += piece.length;
  }

  /** A piece that the caller fills. */
  cut(length: number): Uint8Array {
    if (this.scratchUsed + length > this.scratch.length) {
      this.scratch = new Uint8Array(Math.max(SCRATCH_BYTES, length));
      this.scratchUsed = 0;
    }
    const piece = this.scratch.subarray(this.scratchUsed, this.scratchUsed + length);
    this.scratchUsed += length;
    this.add(piece);
    return piece;
  }

  /** The next `length` bytes of all pieces. */
  copyInto(target: Uint8Array, at: number, length: number): void {
    let left = length;
    while (left > 0) {
      const piece = this.pieces[this.piece] ?? NO_BYTES;
      const end = Math.min(piece.length, this.offset + left);
      for (let from = this.offset, to = at + length - left; from < end; from++, to++) target[to] = piece[from]!;
      left -= end - this.offset;
      this.offset = end;
      if (end < piece.length) return;
      this.piece++;
      this.offset = 0;
    }
  }
}
