/** Collects a number of bytes out of chunks of any size. */
export class Gathered {
  private readonly target: Uint8Array;
  private filled = 0;

  constructor(size: number) {
    this.target = new Uint8Array(size);
  }

  get started(): boolean {
    return this.filled > 0;
  }

  /** What was collected, once it is complete. */
  get complete(): Uint8Array | undefined {
    return this.filled === this.target.length ? this.target : undefined;
  }

  /** Takes what is missing; returns what is left of the chunk. */
  take(chunk: Uint8Array): Uint8Array {
    const taken = Math.min(chunk.length, this.target.length - this.filled);
    this.target.set(chunk.subarray(0, taken), this.filled);
    this.filled += taken;
    return chunk.subarray(taken);
  }
}
