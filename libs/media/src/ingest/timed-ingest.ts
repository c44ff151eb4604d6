import { createAccessUnitProcessor } from '@mediamesh/codecs';
import type { AccessUnitProcessor, CodecDescription } from '@mediamesh/codecs';
import type { Track } from '../track.ts';
import type { Ingest } from './ingest.ts';

/** An access unit with both of its times, as MPEG-TS, RTMP and MP4 carry it. */
export interface TimedUnit {
  readonly trackId: number;
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  readonly ntpUs?: number | undefined;
  readonly payload: readonly Uint8Array[];
}

/**
 * The ingest of a publisher whose protocol carries decoding times: units get the form that `Unit` promises, parameters that change
 * in-band go into the description, and the DTS stays the publisher's.
 *
 * Errors: ParseError of a malformed unit; it can go on with the next. RangeError of an unknown track.
 * Times:  a DTS that does not rise, or is later than its PTS, is moved by as little as makes it valid.
 */
export class TimedIngest {
  private readonly ingest: Ingest;
  private readonly tracks: (TimedTrack | undefined)[] = [];

  constructor(ingest: Ingest) {
    this.ingest = ingest;
    for (const track of ingest.state.description.tracks) this.tracks[track.id] = new TimedTrack(track);
  }

  /** Data of the track was lost. */
  discontinuity(trackId: number): void {
    this.ingest.discontinuity(trackId);
  }

  write(unit: TimedUnit, nowUs: number): void {
    const track = this.tracks[unit.trackId];
    if (track === undefined) throw new RangeError(`track ${unit.trackId} is not one of this publisher`);
    const processed = track.processor.process(unit.payload, unit.ptsTicks);
    const { description } = track.processor;
    if (description !== track.description) {
      track.description = description;
      const { id, kind, clockRateHz } = track.track;
      this.ingest.updateTrack({ id, kind, clockRateHz, ...description });
    }
    if (processed === null) return;
    const dtsTicks = Math.max(unit.dtsTicks, track.lastDtsTicks + 1);
    track.lastDtsTicks = dtsTicks;
    const ptsTicks = Math.max(unit.ptsTicks, dtsTicks);
    const { key, payload } = processed;
    this.ingest.write({ trackId: unit.trackId, ptsTicks, dtsTicks, ntpUs: unit.ntpUs, key, payload }, nowUs);
  }
}

class TimedTrack {
  readonly track: Track;
  readonly processor: AccessUnitProcessor;
  description: CodecDescription;
  lastDtsTicks = -Infinity;

  constructor(track: Track) {
    this.track = track;
    this.processor = createAccessUnitProcessor(track, track.clockRateHz);
    this.description = this.processor.description;
  }
}
