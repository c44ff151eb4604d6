/** Larger ones were measured and cost the same CPU; what keeps one packet keeps its slab, so not larger. */
export const SLAB_BYTES = 65_536;

/**
 * Memory that is received into piece after piece, and never reused: receivers own what they are given.
 *
 * Aliasing: pieces are views of one slab of SLAB_BYTES; it lives as long as any of them.
 */
export class ReceiveSlab {
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private used = 0;
  private readonly onAllocate: (bytes: Uint8Array) => void;

  /** `onAllocate` is told of each new slab, e.g. to look up its address. */
  constructor(onAllocate: (bytes: Uint8Array) => void = () => {}) {
    this.onAllocate = onAllocate;
  }

  /** Offset of the free room, of at least `minimumBytes`. */
  reserve(minimumBytes: number): number {
    if (this.bytes.length - this.used < minimumBytes) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, minimumBytes));
      this.used = 0;
      this.onAllocate(this.bytes);
    }
    return this.used;
  }

  get roomBytes(): number {
    return this.bytes.length - this.used;
  }

  /** The next `length` bytes, that were written at the offset `reserve` gave. */
  take(length: number): Uint8Array {
    const piece = new Uint8Array(this.bytes.buffer, this.used, length);
    this.used += length;
    return piece;
  }

  /** A copy of `source`. */
  copy(source: Uint8Array): Uint8Array {
    this.reserve(source.length);
    const piece = this.take(source.length);
    piece.set(source);
    return piece;
  }
}
