import type { BusUnit, EpochState, SegmentStart } from '../epoch.ts';
import { leadingTrack, startsAtKeyUnits } from '../leading-track.ts';
import { microsFromTicks, ticksFromMicros } from '../ticks.ts';
import type { Track } from '../track.ts';
import { NtpEstimator } from './ntp-estimator.ts';
import type { SegmentDurations } from './segmenter.ts';
import { Segmenter } from './segmenter.ts';
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
}

/**
 * Stamps a publisher's units, once, for every reader: unit, segment and part number, wall-clock time, place on the timeline,
 * the description's revision.
 *
 * Shape:  `write` once a unit, in the order of arrival; everything is synchronous, and depends only on what is passed in.
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
  private readonly sink: IngestSink;
  private readonly segmenter: Segmenter;
  private readonly leadingId: number;
  private readonly leadingHasDeltas: boolean;
  private readonly tracks: readonly (TrackState | undefined)[];
  private nextNumber: number;
  private rebased: boolean;
  private readonly startUs: number;

  /** `nowUs`: as given to `continueTimeline`. */
  constructor(options: IngestOptions, nowUs: number) {
    const { state } = options;
    const leading = leadingTrack(state.description.tracks);
    if (leading === undefined) throw new RangeError(`the epoch ${state.epoch} has no tracks`);
    const continues = state.continues !== undefined;
    this.current = state;
    this.sink = options.sink;
    this.leadingId = leading.id;
    this.leadingHasDeltas = startsAtKeyUnits(leading);
    this.startUs = nowUs;
    this.rebased = !continues;
    this.nextNumber = state.firstUnit;
    const { firstSegment, firstPart } = state;
    this.segmenter = new Segmenter(leading.clockRateHz, options, { firstSegment, firstPart, continues, history: options.history });
    const tracks: TrackState[] = [];
    for (const track of state.description.tracks) tracks[track.id] = new TrackState(track, nowUs);
    this.tracks = tracks;
  }

  /** With the latest revision of the description. */
  get state(): EpochState {
    return this.current;
  }

  get unitsWritten(): number {
    return this.nextNumber - this.current.firstUnit;
  }

  write(unit: IngestUnit, nowUs: number): void {
    const track = this.trackState(unit.trackId);
    if (!this.rebased) this.rebase(unit, track, nowUs);
    const ptsTicks = unit.ptsTicks + track.offsetTicks;
    const dtsTicks = unit.dtsTicks + track.offsetTicks;
    const ntpUs = unit.ntpUs ?? track.ntp.estimate(ptsTicks, nowUs);
    const segmenter = this.segmenter;
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
    this.sink.write(stamped);
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
    this.sink.describe(this.current);
  }

  /** Changed configuration; counts from the next segment start. */
  changeDurations(durations: SegmentDurations): void {
    this.segmenter.change(durations);
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
    for (const state of this.tracks) if (state !== undefined) state.offsetTicks = ticksFromMicros(offsetUs, state.clockRateHz);
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

class TrackState {
  readonly clockRateHz: number;
  readonly ntp: NtpEstimator;
  readonly meter: TrackMeter;
  offsetTicks = 0;
  discontinuity = false;

  constructor(track: Track, nowUs: number) {
    this.clockRateHz = track.clockRateHz;
    this.ntp = new NtpEstimator(track.clockRateHz);
    this.meter = new TrackMeter(track, nowUs);
  }
}
