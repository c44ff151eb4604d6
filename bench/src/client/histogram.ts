/** Durations in classes of 20 us, up to 4 s; longer ones count as 4 s. */
const CLASS_US = 20;
const CLASSES = 200_000;

export class Histogram {
  private readonly counts = new Uint32Array(CLASSES);
  private total = 0;

  add(us: number): void {
    this.counts[Math.min(CLASSES - 1, Math.max(0, Math.floor(us / CLASS_US)))]!++;
    this.total++;
  }

  reset(): void {
    this.counts.fill(0);
    this.total = 0;
  }

  /** In milliseconds; undefined without any. */
  percentileMs(percent: number): number | undefined {
    if (this.total === 0) return undefined;
    const wanted = Math.ceil((this.total * percent) / 100);
    let seen = 0;
    let index = 0;
    while (index < CLASSES && (seen += this.counts[index]!) < wanted) index++;
    return (index * CLASS_US + CLASS_US / 2) / 1_000;
  }
}
