/** So much is written between two questions to the broker whether it has it. */
const MARK_BYTES = 256 * 1024;

/**
 * Bounds what the NATS client holds of ours because the broker does not take it: the client itself would buffer without a limit.
 *
 * Units: bytes on their way, up to one mark behind.
 */
export class OutboundBudget {
  readonly #flush: () => Promise<void>;
  readonly #maxBytes: number;
  #unflushedBytes = 0;
  #unmarkedBytes = 0;

  /** `flush` resolves when the broker has all that was written before, and rejects when the connection is lost. */
  constructor(maxBytes: number, flush: () => Promise<void>) {
    this.#maxBytes = maxBytes;
    this.#flush = flush;
  }

  get unflushedBytes(): number {
    return this.#unflushedBytes;
  }

  /** False when too much is on its way already. The message that exceeds the limit still goes: any message must fit an idle line. */
  take(sizeBytes: number): boolean {
    if (this.#unflushedBytes >= this.#maxBytes) return false;
    this.#unflushedBytes += sizeBytes;
    this.#unmarkedBytes += sizeBytes;
    if (this.#unmarkedBytes >= MARK_BYTES) this.#mark();
    return true;
  }

  #mark(): void {
    const marked = this.#unmarkedBytes;
    this.#unmarkedBytes = 0;
    const settle = (): void => {
      this.#unflushedBytes -= marked;
    };
    this.#flush().then(settle, settle);
  }
}
