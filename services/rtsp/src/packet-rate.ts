const WINDOW_MS = 2_000;
/** Without a packet for so long, the rate is 0. */
const STALE_MS = 4_000;

/** Packets a second of one track, over the last seconds. */
export class PacketRate {
  private startMs = 0;
  private packets = 0;
  private perSecond = 0;

  add(packets: number, nowMs: number): void {
    const elapsedMs = nowMs - this.startMs;
    if (elapsedMs >= WINDOW_MS) {
      this.perSecond = elapsedMs >= STALE_MS ? 0 : (this.packets * 1000) / elapsedMs;
      this.startMs = nowMs;
      this.packets = 0;
    }
    this.packets += packets;
  }

  /** 0 until it was measured. */
  at(nowMs: number): number {
    return nowMs - this.startMs >= STALE_MS ? 0 : this.perSecond;
  }
}
