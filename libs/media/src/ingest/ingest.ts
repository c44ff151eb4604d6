import type { BusUnit, EpochState, SegmentStart } from '../epoch.ts';
import { leadingTrack, startsAtKeyUnits } from '../leading-track.ts';
import { microsFromTicks, ticksFromMicros } from '../ticks.ts';
import type { StreamDescription, Track } from '../track.ts';
import { NtpEstimator } from './ntp-estimator.ts';
import type { SegmentDurations } from './segmenter.ts';
import { Segmenter } from './segmenter.ts';
import { startTimeline } from './timeline.ts';
import type { WallClockAnchor } from './timeline.ts';
import { TrackMeter } from './track-meter.ts';
import type { TrackHealth } from './track-meter.ts';

/** What a gateway's to-stream has made of the wire: times start anywhere; `ntpUs` only when the publisher tells it. */
export interface IngestUnit {
  readonly trackId: number;
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  readonly ntpUs?: number | undefined;
  readonly key: boolean;
  readonly payload: readonly Uint8Array[];
}

/** The part of a bus publication that the ingest writes to. */
export interface IngestSink {
  write(unit: BusUnit): void;
  describe(state: EpochState): void;
}

export interface IngestOptions extends SegmentDurations {
  /** From `startTimeline` or `continueTimeline`; what the publication was opened with. */
  readonly state: EpochState;
  readonly sink: IngestSink;
  /** The last segment's record of the timeline that is continued, where it is known. */
  readonly history?: SegmentStart | undefined;
  /** Of the timeline that is continued. */
  readonly wallClock?: WallClockAnchor | undefined;
  /** As given to `continueTimeline`; without, that was now. */
  readonly startUs?: number;
}

/** From the key unit at which a publisher begins to the moment at which the bus is open: as a GOP cache, 32 MiB. */
export const MAX_EARLY_BYTES = 32 * 1024 * 1024;
/** The same time, tens of milliseconds, of many tracks. */
export const MAX_EARLY_UNITS = 4_096;

/** A publisher whose place is another's, or another's still. */
export interface WaitingOptions {
  readonly path: string;
  readonly description: StreamDescription;
  /** The unit with which it can begin has come, `seek` having been called: `begin` is expected, or `wait`. */
  readonly onStart: () => void;
}

/**
 * Stamps a publisher's units, once, for every reader: unit, segment and part number, wall-clock time, place on the timeline,
 * the description's revision.
 *
 * Shape:  `write` once a unit, in the order of arrival; everything is synchronous, and depends only on what is passed in.
 * Waiting: units are dropped until `seek`, then until the next key unit of the leading track; that one and what follows are kept
 *         until `begin` tells the timeline and the sink. When there are too many they are dropped, and the next key unit begins.
 * Units:  `nowUs` is wall-clock microseconds since 1970; it may jump.
 * Errors: RangeError for a unit of a track that the description does not have, or for another set of tracks.
 * Aliasing: payloads are passed on; they must not change afterwards.
 */
export class Ingest {
  /** Counted by the caller when bytes arrive: `ingest.inboundBytes += size`. */
  inboundBytes = 0;
  /** Counted by the caller: units that could not be read. */
  framesInError = 0;
  private current: EpochState;
  /** Undefined while it waits, with all that `begin` sets. */
  private sink: IngestSink | undefined;
  private segmenter: Segmenter | undefined;
  private readonly leadingId: number;
  private readonly leadingClockRateHz: number;
  private readonly leadingHasDeltas: boolean;
  private readonly tracks: readonly (TrackState | undefined)[];
  private nextNumber: number;
  private rebased = false;
  private startUs = 0;
  private wallClock: WallClockAnchor | undefined = undefined;
  private readonly onStart: () => void;
  private seeking = false;
  private early: IngestUnit[] = [];
  private earlyBytes = 0;

  constructor(options: IngestOptions | WaitingOptions, nowUs: number) {
    const begins = 'state' in options;
    this.current = begins ? options.state : startTimeline(options.path, 0, options.description);
    const leading = leadingTrack(this.current.description.tracks);
    if (leading === undefined) throw new RangeError(`the epoch ${this.current.epoch} has no tracks`);
    this.leadingId = leading.id;
    this.leadingClockRateHz = leading.clockRateHz;
    this.leadingHasDeltas = startsAtKeyUnits(leading);
    this.nextNumber = this.current.firstUnit;
    const tracks: TrackState[] = [];
    for (const track of this.current.description.tracks) tracks[track.id] = new TrackState(track, nowUs);
    this.tracks = tracks;
    this.onStart = begins ? () => {} : options.onStart;
    if (begins) this.begin(options, nowUs);
  }

  /** Drops what comes, and goes on where `begin` says. */
  wait(): void {
    this.sink = undefined;
    this.segmenter = undefined;
    this.seeking = false;
    this.dropEarly();
  }

  /** While it waits: the next key unit is the first one. */
  seek(): void {
    this.seeking = true;
  }

  /**
   * The timeline, and who takes the units: what was kept is written, as of now.
   * A description that is newer than that of `state` is told to the sink.
   */
  begin({ state, sink, history, wallClock, startUs, ...durations }: IngestOptions, nowUs: number): void {
    const { description } = this.current;
    const continues = state.continues !== undefined;
    const { firstSegment, firstPart } = state;
    this.segmenter = new Segmenter(this.leadingClockRateHz, durations, { firstSegment, firstPart, continues, history });
    this.sink = sink;
    this.startUs = startUs ?? nowUs;
    this.wallClock = wallClock;
    this.rebased = !continues;
    this.nextNumber = state.firstUnit;
    this.current = description.revision > state.description.revision ? { ...state, description } : state;
    if (this.current !== state) sink.describe(this.current);
    for (const track of this.tracks) track?.restart(nowUs);
    const { early } = this;
    this.dropEarly();
    for (const unit of early) this.write(unit, nowUs);
  }

  /** With the latest revision of the description. */
  get state(): EpochState {
    return this.current;
  }

  get unitsWritten(): number {
    return this.nextNumber - this.current.firstUnit;
  }

  write(unit: IngestUnit, nowUs: number): void {
    const { segmenter, sink } = this;
    if (segmenter === undefined || sink === undefined) return this.keepEarly(unit);
    const track = this.trackState(unit.trackId);
    if (!this.rebased) this.rebase(unit, track, nowUs);
    const ptsTicks = unit.ptsTicks + track.offsetTicks;
    const dtsTicks = unit.dtsTicks + track.offsetTicks;
    if (dtsTicks < track.floorTicks) return;
    const ntpUs = unit.ntpUs ?? track.ntp.estimate(ptsTicks, nowUs);
    const segmentStart =
      unit.trackId === this.leadingId ? segmenter.advance(dtsTicks, unit.key || !this.leadingHasDeltas, ntpUs) : undefined;
    const discontinuity = track.discontinuity;
    track.discontinuity = false;
    const stamped: Writable<BusUnit> = {
      trackId: unit.trackId,
      ptsTicks,
      dtsTicks,
      ntpUs,
      key: unit.key,
      payload: unit.payload,
      epoch: this.current.epoch,
      number: this.nextNumber++,
      segment: segmenter.segment,
      part: segmenter.part,
      revision: this.current.description.revision,
      discontinuity,
    };
    if (segmentStart !== undefined) stamped.segmentStart = segmentStart;
    track.meter.count(stamped, nowUs);
    sink.write(stamped);
  }

  /** Of each track, in the order of the description. */
  health(nowUs: number): readonly TrackHealth[] {
    return this.current.description.tracks.map(({ id }) => this.trackState(id).meter.health(nowUs));
  }

  /** Data of the track was lost: its next unit says so. */
  discontinuity(trackId: number): void {
    this.trackState(trackId).discontinuity = true;
  }

  /** New parameters of a track, found in-band; the units that follow need them. */
  updateTrack(track: Track): void {
    const { description } = this.current;
    const index = description.tracks.findIndex((candidate) => candidate.id === track.id);
    const before = description.tracks[index];
    if (before?.codec !== track.codec || before.clockRateHz !== track.clockRateHz) {
      throw new RangeError(`track ${track.id} is not a new revision of a track of epoch ${this.current.epoch}: that needs a new epoch`);
    }
    const tracks = description.tracks.map((candidate, at) => (at === index ? track : candidate));
    this.current = { ...this.current, description: { ...description, tracks, revision: description.revision + 1 } };
    this.sink?.describe(this.current);
  }

  /** Changed configuration; counts from the next segment start. */
  changeDurations(durations: SegmentDurations): void {
    this.segmenter?.change(durations);
  }

  private keepEarly(unit: IngestUnit): void {
    if (!this.seeking) return;
    const isFirst = this.early.length === 0;
    if (isFirst && (unit.trackId !== this.leadingId || (this.leadingHasDeltas && !unit.key))) return;
    for (const part of unit.payload) this.earlyBytes += part.length;
    if (this.early.length === MAX_EARLY_UNITS || this.earlyBytes > MAX_EARLY_BYTES) return this.dropEarly();
    this.early.push(unit);
    if (isFirst) this.onStart();
  }

  private dropEarly(): void {
    this.early = [];
    this.earlyBytes = 0;
  }

  private trackState(trackId: number): TrackState {
    const track = this.tracks[trackId];
    if (track === undefined) throw new RangeError(`track ${trackId} is not in the description of epoch ${this.current.epoch}`);
    return track;
  }

  /** The first unit goes where the wall clock is on the timeline that is continued, whatever its own time; the other tracks move with it. */
  private rebase(unit: IngestUnit, track: TrackState, nowUs: number): void {
    this.rebased = true;
    const placeUs = (this.current.timelineOffsetUs ?? 0) + Math.max(0, nowUs - this.startUs);
    const offsetUs = placeUs - microsFromTicks(unit.dtsTicks, track.clockRateHz);
    const floorUs = this.current.timelineOffsetUs ?? 0;
    const { wallClock } = this;
    for (const state of this.tracks) {
      if (state === undefined) continue;
      state.offsetTicks = ticksFromMicros(offsetUs, state.clockRateHz);
      if (wallClock !== undefined) {
        const leadUs = wallClock.ntpUs + placeUs - wallClock.timeUs - nowUs;
        state.ntp.continueFrom(ticksFromMicros(wallClock.timeUs, state.clockRateHz), wallClock.ntpUs, leadUs);
      }
      state.floorTicks = Math.floor((floorUs * state.clockRateHz) / 1_000_000);
    }
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

class TrackState {
  readonly clockRateHz: number;
  ntp: NtpEstimator;
  meter: TrackMeter;
  offsetTicks = 0;
  /** What is before it would lie in the epoch that is continued: a track that lags behind the first unit is cut. */
  floorTicks = Number.NEGATIVE_INFINITY;
  discontinuity = false;

  private readonly track: Track;

  constructor(track: Track, nowUs: number) {
    this.track = track;
    this.clockRateHz = track.clockRateHz;
    this.ntp = new NtpEstimator(track.clockRateHz);
    this.meter = new TrackMeter(track, nowUs);
  }

  /** On another timeline. */
  restart(nowUs: number): void {
    this.ntp = new NtpEstimator(this.clockRateHz);
    this.meter = new TrackMeter(this.track, nowUs);
    this.offsetTicks = 0;
    this.floorTicks = Number.NEGATIVE_INFINITY;
  }
}
