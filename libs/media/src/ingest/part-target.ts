const NANOS_A_SECOND = 1_000_000_000;
const NANOS_A_MILLI = 1_000_000;
const STEP_MS = 5;
/** The search ends here: samples this long have no use for parts. */
export const MAX_PART_TARGET_MS = 5000;
/** iOS refuses parts that are shorter than this share of the target. */
const MIN_FILL_PERCENT = 85;

/** A variable frame rate shows ever new durations; more of them than this do not change what fits them all. */
export const MAX_SAMPLE_DURATIONS = 256;

/**
 * Part target of low-latency HLS: the shortest duration, in steps of 5 ms from the configured one, that parts of whole samples fill
 * by more than 85 %, for every sample duration of the leading track up to `freeze`.
 *
 * Source: MediaMTX; Apple's authoring rules ask for parts of at least 85 % of the target.
 */
export class PartTarget {
  private minMs: number;
  private readonly durationsNs: number[] = [];
  private ms: number;
  private frozen: boolean;

  /** `frozenMs`: the target of the timeline that is continued. */
  constructor(minMs: number, frozenMs?: number) {
    this.minMs = minMs;
    this.ms = frozenMs ?? minMs;
    this.frozen = frozenMs !== undefined;
  }

  get targetMs(): number {
    return this.ms;
  }

  observe(sampleTicks: number, clockRateHz: number): void {
    if (this.frozen || !(sampleTicks > 0)) return;
    const durationNs = Math.floor((sampleTicks * NANOS_A_SECOND) / clockRateHz);
    if (durationNs === 0 || this.durationsNs.includes(durationNs) || this.durationsNs.length >= MAX_SAMPLE_DURATIONS) return;
    this.durationsNs.push(durationNs);
    this.ms = partTargetFor(this.minMs, this.durationsNs);
  }

  freeze(): void {
    this.frozen = true;
  }

  /** A changed configuration: what was observed counts on; a target that came from a continued timeline is derived anew. */
  change(minMs: number): void {
    if (minMs === this.minMs) return;
    this.minMs = minMs;
    this.ms = partTargetFor(minMs, this.durationsNs);
    if (this.durationsNs.length === 0) this.frozen = false;
  }
}

/** The rule of `PartTarget` on its own. Units: milliseconds, nanoseconds. */
export function partTargetFor(minMs: number, sampleDurationsNs: readonly number[]): number {
  let ms = minMs;
  while (ms < MAX_PART_TARGET_MS && !sampleDurationsNs.every((durationNs) => isFilled(ms * NANOS_A_MILLI, durationNs))) ms += STEP_MS;
  return ms;
}

function isFilled(partNs: number, sampleNs: number): boolean {
  if (sampleNs > partNs) return false;
  const wholeSamplesNs = Math.ceil(partNs / sampleNs) * sampleNs;
  return partNs > Math.floor((wholeSamplesNs * MIN_FILL_PERCENT) / 100);
}
