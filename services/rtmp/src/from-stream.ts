import { ByteSlab } from '@mediamesh/bytes';
import type { FrameMaker } from '@mediamesh/gateway';
import type { BusUnit, EpochState, Track } from '@mediamesh/media';
import { configurationIn, configurationOf, outgoingCodecOf } from './outgoing-codec.ts';
import { setConfiguration } from './outgoing-track.ts';
import type { OutgoingTrack } from './outgoing-track.ts';
import { RtmpFrame } from './rtmp-frame.ts';
import { SoundCutter } from './sound-frames.ts';

/**
 * Units of a path into messages in chunks, for all RTMP readers of it.
 *
 * Tracks: those that RTMP cannot carry are left out; which of the others a reader gets is `Selection`'s matter.
 * Errors: `describe` throws ParseError when sound has a configuration that cannot be read; `prepare` when a frame cannot.
 */
export class FromStream implements FrameMaker<RtmpFrame> {
  /** By track id. */
  private outgoing: (OutgoingTrack | undefined)[] = [];
  private all: readonly Track[] = [];

  /** In the order of the description. */
  get tracks(): readonly OutgoingTrack[] {
    return this.outgoing.filter((track) => track !== undefined);
  }

  /** Those that RTMP cannot carry among them. */
  get describedTracks(): readonly Track[] {
    return this.all;
  }

  describe({ description }: EpochState): void {
    const former = this.outgoing;
    this.outgoing = [];
    this.all = description.tracks;
    for (const [index, track] of description.tracks.entries()) {
      const codec = outgoingCodecOf(track);
      if (codec === undefined) continue;
      const before = former[track.id];
      const outgoing: OutgoingTrack = before ?? {
        track,
        number: index + 1,
        codec,
        slab: new ByteSlab(),
        cutter: undefined,
        configuration: undefined,
        configurationRevision: 0,
      };
      outgoing.track = track;
      if (codec.kind === 'audio') outgoing.cutter = new SoundCutter(track);
      setConfiguration(outgoing, configurationOf(track));
      this.outgoing[track.id] = outgoing;
    }
  }

  prepare(unit: BusUnit): RtmpFrame {
    const outgoing = this.outgoing[unit.trackId]!;
    if (unit.key) setConfiguration(outgoing, configurationIn(outgoing.track.codec, unit.payload));
    return new RtmpFrame(outgoing, unit);
  }

  /** Frames for one reader, before its first live one. */
  prepareCatchUp(units: readonly BusUnit[]): readonly RtmpFrame[] {
    return units.map((unit) => this.prepare(unit));
  }
}
