import { ParseError } from '@mediamesh/bytes';
import type { AudioTag, VideoTag } from '@mediamesh/flv';
import type { Ingest } from '@mediamesh/media';
import type { IncomingTrack } from './incoming-track.ts';
import { MessageClock } from './message-clock.ts';

const NANOSECONDS_A_MS = 1_000_000;

/** What the gateway's log gets, at most once a second. */
export interface ToStreamEvents {
  undecodable(error: Error): void;
}

/**
 * Tags of one publisher, or source, into units.
 *
 * Shape:  tags in the order of their messages in, units into the ingest; synchronous.
 * Errors: none leave: malformed frames are counted and reported.
 * Times:  decoding times are those of the messages; presentation times have the composition times on top.
 */
export class ToStream {
  private readonly ingest: Ingest;
  private readonly tracks: readonly IncomingTrack[];
  private readonly events: ToStreamEvents;
  private readonly clock = new MessageClock();

  /** `tracks` in the order of the description. */
  constructor(tracks: readonly IncomingTrack[], ingest: Ingest, events: ToStreamEvents) {
    this.tracks = tracks;
    this.ingest = ingest;
    this.events = events;
  }

  /** A frame of a track. `nowUs` is wall-clock time. */
  frame(track: IncomingTrack, tag: VideoTag | AudioTag, timestampMs: number, nowUs: number): void {
    this.ingest.inboundBytes += tag.body.length;
    try {
      this.write(track, tag, timestampMs, nowUs);
    } catch (error) {
      this.failed(error);
    }
  }

  /** New parameter sets of a track, outside of its frames. */
  configure(track: IncomingTrack, sets: readonly Uint8Array[]): void {
    try {
      track.processor.process(sets, 0);
      this.updateDescription(track);
    } catch (error) {
      this.failed(error);
    }
  }

  private write(track: IncomingTrack, tag: VideoTag | AudioTag, timestampMs: number, nowUs: number): void {
    const { clockRateHz } = track.codec;
    const id = this.tracks.indexOf(track) + 1;
    const timeMs = this.clock.timeMs(timestampMs, track, () => this.restarted());
    const ticksAMs = clockRateHz / 1000;
    const composedMs = (tag.kind === 'video' ? tag.compositionMs : 0) + tag.nanosecondOffset / NANOSECONDS_A_MS;
    const roundedTicks = Math.round((timeMs + composedMs) * ticksAMs);
    const payload = track.payload(tag, roundedTicks);
    if (payload.length === 0) return;
    const unit = track.processor.process(payload, roundedTicks);
    this.updateDescription(track);
    if (unit === null) return;
    const placed = track.place(roundedTicks, payload);
    const wireDts = tag.kind === 'video' ? Math.round(timeMs * ticksAMs) : placed;
    // Never back on a track, and never behind the presentation: players and files need both.
    const dtsTicks = Math.max(Math.min(wireDts, placed), track.lastDtsTicks);
    track.lastDtsTicks = dtsTicks;
    const ptsTicks = Math.max(placed, dtsTicks);
    this.ingest.write({ trackId: id, ptsTicks, dtsTicks, key: unit.key, payload: unit.payload }, nowUs);
  }

  private updateDescription(track: IncomingTrack): void {
    if (track.processor.description === track.description) return;
    track.description = track.processor.description;
    this.ingest.updateTrack(track.track(this.tracks.indexOf(track) + 1));
  }

  private restarted(): void {
    for (let id = 1; id <= this.tracks.length; id++) this.ingest.discontinuity(id);
  }

  private failed(error: unknown): void {
    if (!(error instanceof ParseError)) throw error;
    this.ingest.framesInError++;
    this.events.undecodable(error);
  }
}
