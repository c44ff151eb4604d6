import { microsFromTicks, ticksFromMicros } from './ticks.ts';

/**
 * Times of the tracks of one RTP publisher on one timeline: the first track that is seen starts at 0, another one at the time
 * that has passed on the first since its last reference, by the arrival of its own first unit.
 *
 * Units:  RTP timestamps modulo 2^32 in the track's clock; the result in the same clock, unwrapped; `nowUs` of any monotonic clock.
 * Errors: RangeError for a track that was not declared, or whose clock rate is not positive.
 * Source: RFC 3550 5.1; alignment by arrival as MediaMTX does without sender reports.
 */
export class RtpTimeline {
  private readonly clocks = new Map<number, TrackClock>();
  private leading: TrackClock | undefined;
  private referenceUs = 0;
  private referenceArrivalUs = 0;

  addTrack(trackId: number, clockRateHz: number): void {
    if (!(clockRateHz > 0)) throw new RangeError(`track ${trackId} has the clock rate ${clockRateHz}`);
    this.clocks.set(trackId, { clockRateHz, started: false, lastTimestamp: 0, ticks: 0, nextTicks: 0 });
  }

  /**
   * The sender of the track began anew: its timestamps have no relation to earlier ones. Its next start is placed by arrival, after
   * all that the track has had.
   */
  restartTrack(trackId: number): void {
    this.clockOf(trackId).started = false;
  }

  /**
   * The PTS of a unit. `atDecodeTime` says that its PTS is its DTS (a key frame, audio): only there can a track start, or the
   * leading one be the reference for others; until then the result is undefined, and the unit has no place on the timeline.
   */
  ptsTicks(trackId: number, timestamp: number, nowUs: number, atDecodeTime = true): number | undefined {
    const clock = this.clockOf(trackId);
    if (!clock.started) {
      if (!atDecodeTime) return undefined;
      this.start(clock, nowUs);
    } else {
      clock.ticks += (timestamp - clock.lastTimestamp) | 0; // the shorter way round: reordered units go back
    }
    clock.lastTimestamp = timestamp;
    if (clock.ticks >= clock.nextTicks) clock.nextTicks = clock.ticks + 1;
    if (atDecodeTime && clock === this.leading) {
      this.referenceUs = microsFromTicks(clock.ticks, clock.clockRateHz);
      this.referenceArrivalUs = nowUs;
    }
    return clock.ticks;
  }

  private start(clock: TrackClock, nowUs: number): void {
    clock.started = true;
    if (this.leading === undefined) {
      this.leading = clock;
      return;
    }
    const byArrival = ticksFromMicros(this.referenceUs + nowUs - this.referenceArrivalUs, clock.clockRateHz);
    clock.ticks = Math.max(byArrival, clock.nextTicks);
  }

  private clockOf(trackId: number): TrackClock {
    const clock = this.clocks.get(trackId);
    if (clock === undefined) throw new RangeError(`track ${trackId} is not on this timeline`);
    return clock;
  }
}

interface TrackClock {
  readonly clockRateHz: number;
  started: boolean;
  lastTimestamp: number;
  ticks: number;
  /** After every PTS so far: a sender that begins anew does not go back. */
  nextTicks: number;
}
