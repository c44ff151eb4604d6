import { startsAtKeyUnits } from '../leading-track.ts';
import type { Track } from '../track.ts';
import type { Unit } from '../unit.ts';
import { ClockDrift } from './clock-drift.ts';

/** Rates are of the present period and the one before it; a track that is silent for so long begins anew. */
export const METER_PERIOD_US = 5_000_000;
/** Rates of less are chance. */
export const MIN_RATE_WINDOW_US = 2_000_000;

/** How a track is doing. Null is what is not known yet, or makes no sense for the track. */
export interface TrackHealth {
  /** Of the payload. */
  readonly bitrateBps: number | null;
  /** Of video: units a second, by their arrival. Rates are 0 after a silence of METER_PERIOD_US. */
  readonly frameRate: number | null;
  /** Between the last two key frames, or since the last one when that is longer already. */
  readonly keyFrameIntervalMs: number | null;
  /** Of video: frames come in another order than they are shown in. */
  readonly bFrames: boolean | null;
  /** How much faster than ours the sender's clock runs, in parts per million. */
  readonly clockDriftPpm: number | null;
  /** Since the last unit; since the stream began when there was none. */
  readonly silenceMs: number;
}

/**
 * What the units of a track say of its health, counted as they come.
 *
 * Shape:  `count` once a unit: hot, a few additions and comparisons; once a period it allocates nothing but a place in a list.
 * Units:  `nowUs` is wall-clock microseconds; it may jump, which spoils the figures of two periods.
 */
export class TrackMeter {
  private readonly microsATick: number;
  private readonly isVideo: boolean;
  private readonly isTimed: boolean;
  private readonly hasDeltas: boolean;
  private readonly drift = new ClockDrift();
  private lastUs: number;
  private started = false;
  /** Where the period before begins, and where this one does. */
  private windowUs = 0;
  private periodUs = 0;
  private readonly before = new Counts();
  private readonly counts = new Counts();
  private lastPtsTicks = 0;
  private lastDtsTicks = 0;
  private lastKeyTicks = NaN;
  private keyIntervalTicks = 0;
  private leadUs = -Infinity;
  private leadAtUs = 0;

  constructor(track: Track, nowUs: number) {
    this.microsATick = 1e6 / track.clockRateHz;
    this.isVideo = track.kind === 'video';
    this.isTimed = track.kind !== 'data';
    this.hasDeltas = startsAtKeyUnits(track);
    this.lastUs = nowUs;
  }

  count(unit: Unit, nowUs: number): void {
    const { ptsTicks, dtsTicks } = unit;
    if (this.started && Math.abs(nowUs - this.lastUs) <= METER_PERIOD_US) this.add(unit);
    else this.begin(nowUs);
    this.lastPtsTicks = ptsTicks;
    this.lastDtsTicks = dtsTicks;
    if (unit.key) {
      if (dtsTicks > this.lastKeyTicks) this.keyIntervalTicks = dtsTicks - this.lastKeyTicks;
      this.lastKeyTicks = dtsTicks;
    }
    const leadUs = dtsTicks * this.microsATick - nowUs;
    if (leadUs > this.leadUs) {
      this.leadUs = leadUs;
      this.leadAtUs = nowUs;
    }
    this.lastUs = nowUs;
    if (nowUs - this.periodUs >= METER_PERIOD_US) this.turn(nowUs);
  }

  health(nowUs: number): TrackHealth {
    const silenceUs = Math.max(0, nowUs - this.lastUs);
    const { before, counts } = this;
    return {
      bitrateBps: this.rate((before.bytes + counts.bytes) * 8, 1, nowUs),
      frameRate: this.isVideo ? this.rate(before.units + counts.units, 100, nowUs) : null,
      keyFrameIntervalMs: this.hasDeltas ? this.keyFrameIntervalMs() : null,
      bFrames: this.hasDeltas && this.started ? before.reordered + counts.reordered > 0 : null,
      clockDriftPpm: this.isTimed ? this.drift.ppm() : null,
      silenceMs: Math.round(silenceUs / 1000),
    };
  }

  /** A second, rounded to one in `parts`: up to the last unit, so that it is exact; how long ago that was, `silenceMs` says. */
  private rate(amount: number, parts: number, nowUs: number): number | null {
    if (nowUs - this.lastUs > METER_PERIOD_US) return 0;
    const windowUs = this.lastUs - this.windowUs;
    if (!this.started || windowUs < MIN_RATE_WINDOW_US) return null;
    return Math.round(((amount * 1e6) / windowUs) * parts) / parts;
  }

  private keyFrameIntervalMs(): number | null {
    if (Number.isNaN(this.lastKeyTicks)) return null;
    return Math.round((Math.max(this.keyIntervalTicks, this.lastDtsTicks - this.lastKeyTicks) * this.microsATick) / 1000);
  }

  private add({ ptsTicks, payload }: Unit): void {
    const { counts } = this;
    counts.units++;
    for (let i = 0; i < payload.length; i++) counts.bytes += payload[i]!.length;
    if (ptsTicks < this.lastPtsTicks) counts.reordered++;
  }

  /** The unit that begins a period ends the one before: it is counted there, and the first of all nowhere. */
  private begin(nowUs: number): void {
    this.started = true;
    this.windowUs = nowUs;
    this.periodUs = nowUs;
    this.leadUs = -Infinity;
    this.before.set(EMPTY);
    this.counts.set(EMPTY);
  }

  private turn(nowUs: number): void {
    this.drift.add(this.leadUs, this.leadAtUs);
    this.leadUs = -Infinity;
    this.windowUs = this.periodUs;
    this.periodUs = nowUs;
    this.before.set(this.counts);
    this.counts.set(EMPTY);
  }
}

class Counts {
  units = 0;
  bytes = 0;
  reordered = 0;

  set(other: Counts): void {
    this.units = other.units;
    this.bytes = other.bytes;
    this.reordered = other.reordered;
  }
}

const EMPTY = new Counts();
