/** Pieces of the size asked for that a new slab has room for. */
const PIECES_A_SLAB = 8;
/** What keeps one piece keeps its slab: larger slabs were measured to save nothing more. */
export const MAX_SLAB_BYTES = 128 * 1024;

/**
 * Memory for pieces that live about equally long, such as the frames of one track: cut from slabs, since V8 allocates, zeroes and
 * collects one large buffer for less than many small ones. A slab is as large as eight of the pieces that are asked for.
 *
 * Units:    bytes.
 * Aliasing: pieces are views of one slab, which lives as long as any of them; nothing is cut twice.
 */
export class ByteSlab {
  private slab: Uint8Array = new Uint8Array(0);
  private used = 0;

  /** Zeroed. */
  cut(length: number): Uint8Array {
    if (length > MAX_SLAB_BYTES / 2) return new Uint8Array(length);
    if (this.slab.length - this.used < length) {
      this.slab = new Uint8Array(Math.min(MAX_SLAB_BYTES, length * PIECES_A_SLAB));
      this.used = 0;
    }
    const start = this.used;
    this.used = start + length;
    return this.slab.subarray(start, this.used);
  }
}
