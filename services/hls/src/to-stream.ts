import { ParseError } from '@mediamesh/bytes';
import { createAccessUnitProcessor, isH264RandomAccess, isH265RandomAccess, trackKindOf } from '@mediamesh/codecs';
import type { AccessUnitProcessor } from '@mediamesh/codecs';
import type { Ingest, Track } from '@mediamesh/media';
import type { MediaTrack } from './source/media-reader.ts';
import type { PulledUnit } from './source/playlist-pull.ts';

/** Tracks of a source, counted over all its playlists. */
export function tracksOf(media: readonly MediaTrack[]): readonly Track[] {
  return media.map((track, index) => ({ ...track, id: index + 1, kind: trackKindOf(track) }));
}

export interface ToStreamOptions {
  /** Wall-clock times are those of the playlist, where it has them. */
  readonly useAbsoluteTimestamp: boolean;
  readonly undecodable: (error: Error) => void;
}

/**
 * Units of an HLS source into the ingest. Decoding times are those of the container.
 * Errors: none leave: malformed units are counted and reported. Video begins at its first key frame.
 */
export class ToStream {
  private readonly ingest: Ingest;
  private readonly options: ToStreamOptions;
  private readonly tracks: readonly TrackState[];

  constructor(tracks: readonly Track[], ingest: Ingest, options: ToStreamOptions) {
    this.ingest = ingest;
    this.options = options;
    this.tracks = tracks.map((track) => new TrackState(track));
  }

  /** `dueUs` is the wall-clock time at which it is due to be presented: one clock for all tracks, however late their playlists came. */
  write(unit: PulledUnit, dueUs: number, nowUs: number): void {
    const { ingest } = this;
    const state = this.tracks[unit.trackId - 1]!;
    ingest.inboundBytes += unit.sizeBytes;
    if (unit.discontinuity) ingest.discontinuity(unit.trackId);
    if (!state.started && !canStart(state.track, unit.payload)) return;
    state.started = true;
    try {
      const processed = state.processor.process(unit.payload, unit.ptsTicks);
      this.describe(state);
      if (processed === null) return;
      const ntpUs = (this.options.useAbsoluteTimestamp ? unit.ntpUs : undefined) ?? dueUs;
      const { trackId, ptsTicks, dtsTicks } = unit;
      ingest.write({ trackId, ptsTicks, dtsTicks, ntpUs, key: processed.key, payload: processed.payload }, nowUs);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      ingest.framesInError++;
      this.options.undecodable(error);
    }
  }

  private describe(state: TrackState): void {
    const { description } = state.processor;
    if (description === state.description) return;
    state.description = description;
    const { id, kind, clockRateHz } = state.track;
    this.ingest.updateTrack({ id, kind, clockRateHz, ...description });
  }
}

class TrackState {
  readonly track: Track;
  readonly processor: AccessUnitProcessor;
  description: AccessUnitProcessor['description'];
  started = false;

  constructor(track: Track) {
    this.track = track;
    this.processor = createAccessUnitProcessor(track, track.clockRateHz);
    this.description = this.processor.description;
  }
}

function canStart({ codec }: Track, payload: readonly Uint8Array[]): boolean {
  if (codec === 'H264') return isH264RandomAccess(payload);
  return codec === 'H265' ? isH265RandomAccess(payload) : true;
}
