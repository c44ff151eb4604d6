/** What waits longer than this is lost instead: as many routers have it. */
const QUEUE_MS = 500;

/** One direction of a path: datagrams leave it in their order, after its delay, and no faster than its bitrate. */
export class RelayedDirection {
  bitrateBps = Infinity;
  private readonly delayMs: number;
  private readonly waiting: { readonly dueMs: number; readonly send: () => void }[] = [];
  /** When the last one has left the queue. */
  private freeAtMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }

  /** False when the queue is full. */
  push(sizeBytes: number, send: () => void): boolean {
    const nowMs = performance.now();
    const startMs = Math.max(nowMs, this.freeAtMs);
    if (startMs - nowMs > QUEUE_MS) return false;
    this.freeAtMs = startMs + (sizeBytes * 8_000) / this.bitrateBps;
    this.waiting.push({ dueMs: this.freeAtMs + this.delayMs, send });
    this.timer ??= setTimeout(() => this.sendDue(), this.freeAtMs + this.delayMs - nowMs);
    return true;
  }

  close(): void {
    clearTimeout(this.timer);
    this.waiting.length = 0;
  }

  private sendDue(): void {
    const nowMs = performance.now();
    while (this.waiting.length > 0 && this.waiting[0]!.dueMs <= nowMs) this.waiting.shift()!.send();
    const next = this.waiting[0];
    this.timer = next && setTimeout(() => this.sendDue(), next.dueMs - nowMs);
  }
}
