import { ParseError } from '@mediamesh/bytes';
import type { AudioTag, VideoTag } from '@mediamesh/flv';
import { TimedIngest } from '@mediamesh/media';
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
  private readonly timed: TimedIngest;
  private readonly tracks: readonly IncomingTrack[];
  private readonly events: ToStreamEvents;
  private readonly clock = new MessageClock();

  /** `tracks` in the order of the description. */
  constructor(tracks: readonly IncomingTrack[], ingest: Ingest, events: ToStreamEvents) {
    this.tracks = tracks;
    this.ingest = ingest;
    this.timed = new TimedIngest(ingest);
    this.events = events;
  }

  /** A frame of a track. `nowUs` is wall-clock time. */
  frame(track: IncomingTrack, tag: VideoTag | AudioTag, timestampMs: number, nowUs: number): void {
    this.ingest.inboundBytes += tag.body.length;
    const timeMs = this.clock.timeMs(timestampMs, track, () => this.restarted());
    const offsetMs = tag.nanosecondOffset / NANOSECONDS_A_MS;
    const ptsTicks = track.ticks(timeMs + (tag.kind === 'video' ? tag.compositionMs : 0) + offsetMs);
    try {
      const payload = track.payload(tag, ptsTicks);
      if (payload.length === 0) return;
      const placed = track.place(ptsTicks, payload);
      const dtsTicks = tag.kind === 'video' ? Math.min(track.ticks(timeMs), placed) : placed;
      this.timed.write({ trackId: this.tracks.indexOf(track) + 1, ptsTicks: placed, dtsTicks, payload }, nowUs);
    } catch (error) {
      this.failed(error);
    }
  }

  /** New parameter sets of a track, outside of its frames. */
  configure(track: IncomingTrack, sets: readonly Uint8Array[], nowUs: number): void {
    if (sets.length === 0) return;
    try {
      this.timed.write({ trackId: this.tracks.indexOf(track) + 1, ptsTicks: 0, dtsTicks: 0, payload: sets }, nowUs);
    } catch (error) {
      this.failed(error);
    }
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
