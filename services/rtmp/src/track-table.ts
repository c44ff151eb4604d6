import type { CodecDescription } from '@mediamesh/codecs';
import type { AudioTag, VideoTag } from '@mediamesh/flv';
import { spliceLabel } from '@mediamesh/media';
import type { Track } from '@mediamesh/media';
import { codecOfConfiguration, codecOfFrame } from './incoming-codec.ts';
import type { IncomingCodec } from './incoming-codec.ts';
import { IncomingTrack } from './incoming-track.ts';

/** Of one publisher: renditions and languages. */
export const MAX_INCOMING_TRACKS = 32;

/** What a tag changed of the tracks. Parameters of video change within a track. */
export type Observed = 'nothing' | 'tracks';

/** The tracks that a publisher has shown so far. */
export class TrackTable {
  private readonly video: (IncomingTrack | undefined)[] = [];
  private readonly audio: (IncomingTrack | undefined)[] = [];
  /** Frames came, but no configuration: `video track 1`. */
  private readonly unconfigured = new Set<string>();
  private readonly unsupported = new Set<string>();
  private readonly skipped: (label: string) => void;

  /** `skipped` is told once of each codec that RTMP publishers cannot use here. */
  constructor(skipped: (label: string) => void) {
    this.skipped = skipped;
  }

  get size(): number {
    return this.tracks.length;
  }

  /** Video first, in the order of their numbers. */
  get tracks(): readonly IncomingTrack[] {
    return [...this.video, ...this.audio].filter((track) => track !== undefined);
  }

  /** A track that sent frames and no configuration, as the log names it. */
  get firstUnconfigured(): string | undefined {
    return [...this.unconfigured][0];
  }

  get hasUnsupported(): boolean {
    return this.unsupported.size > 0;
  }

  of(tag: VideoTag | AudioTag): IncomingTrack | undefined {
    return (tag.kind === 'video' ? this.video : this.audio)[tag.trackId];
  }

  /** As the stream's description has them. */
  describe(): readonly Track[] {
    return this.tracks.map((track, index) => track.track(index + 1));
  }

  /** Errors: ParseError when a configuration, or a first frame, is malformed. */
  observe(tag: VideoTag | AudioTag): Observed {
    if (tag.packet !== 'sequenceStart' && tag.packet !== 'frame') return 'nothing';
    const known = this.of(tag);
    if (tag.packet === 'frame' && known?.codec.description.codec === tag.codec && tag.codec !== undefined) return 'nothing';
    if (tag.codec === undefined) return this.skip(tag.codecLabel);
    const codec = tag.packet === 'sequenceStart' ? codecOfConfiguration(tag) : codecOfFrame(tag);
    const name = `${tag.kind} track ${tag.trackId}`;
    if (codec === undefined) {
      if (tag.packet === 'frame') this.unconfigured.add(name);
      return 'nothing';
    }
    if (known !== undefined && isSameTrack(known, codec)) return 'nothing';
    if (known === undefined && this.size >= MAX_INCOMING_TRACKS) return this.skip(`${name}, one more than ${MAX_INCOMING_TRACKS}`);
    this.unconfigured.delete(name);
    (tag.kind === 'video' ? this.video : this.audio)[tag.trackId] = new IncomingTrack(tag.kind, tag.trackId, codec);
    return 'tracks';
  }

  private skip(label: string): Observed {
    if (!this.unsupported.has(label) && this.unsupported.size < MAX_INCOMING_TRACKS) {
      this.unsupported.add(label);
      this.skipped(label);
    }
    return 'nothing';
  }
}

/** A reader of the one can go on with the other. */
function isSameTrack(known: IncomingTrack, { description, clockRateHz, nalLengthBytes }: IncomingCodec): boolean {
  const { kind } = known;
  const before: Track = { id: 1, kind, clockRateHz: known.codec.clockRateHz, ...known.codec.description };
  const after: Track = { id: 1, kind, clockRateHz, ...description };
  return spliceLabel(before) === spliceLabel(after) && known.codec.nalLengthBytes === nalLengthBytes;
}

/** H.264 and H.265; other codecs have theirs in the frames alone. */
export function parameterSets(description: CodecDescription): readonly Uint8Array[] {
  switch (description.codec) {
    case 'H264': {
      const { sps, pps } = description.parameters;
      return [sps, pps].filter((set) => set !== undefined);
    }
    case 'H265': {
      const { vps, sps, pps } = description.parameters;
      return [vps, sps, pps].filter((set) => set !== undefined);
    }
    default:
      return [];
  }
}
