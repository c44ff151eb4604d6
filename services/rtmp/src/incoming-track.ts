import { ParseError, copyBytes } from '@mediamesh/bytes';
import {
  FlacPacketizer,
  parseAc3SyncFrame,
  parseAudioSpecificConfig,
  parseAv1LowOverhead,
  parseAvcc,
  parseMpegAudioFrameHeader,
  unitDurationTicks,
} from '@mediamesh/codecs';
import type { CodecDescription, TimedDescription } from '@mediamesh/codecs';
import type { AudioTag, VideoTag } from '@mediamesh/flv';
import type { Track } from '@mediamesh/media';
import type { IncomingCodec } from './incoming-codec.ts';
import type { ClockedTrack } from './message-clock.ts';
import { SampleClock } from './sample-clock.ts';

const NO_ENTRIES: readonly Uint8Array[] = [];

/** One track of a publisher, from its tags to units' payloads. */
export class IncomingTrack implements ClockedTrack {
  readonly kind: 'video' | 'audio';
  /** Of the messages. */
  readonly wireId: number;
  readonly codec: IncomingCodec;
  lastMs: number | undefined;
  private readonly samples: SampleClock;
  private readonly described: TimedDescription;
  /** AAC's; others say it in each frame. */
  private readonly fixedTicks: number | undefined;
  private readonly flac: FlacPacketizer | undefined;

  constructor(kind: 'video' | 'audio', wireId: number, codec: IncomingCodec) {
    this.kind = kind;
    this.wireId = wireId;
    this.codec = codec;
    this.samples = new SampleClock(codec.clockRateHz);
    this.described = { ...codec.description, clockRateHz: codec.clockRateHz };
    this.fixedTicks = fixedDuration(codec.description);
    const { description } = codec;
    this.flac = description.codec === 'FLAC' ? new FlacPacketizer(description.parameters.payloadType) : undefined;
  }

  /** As the stream's description has it. */
  track(id: number): Track {
    return { id, kind: this.kind, clockRateHz: this.codec.clockRateHz, ...this.codec.description };
  }

  /** Milliseconds in the track's clock. */
  ticks(timeMs: number): number {
    return Math.round((timeMs * this.codec.clockRateHz) / 1000);
  }

  /**
   * What a unit of this track holds (`CodecDescription`).
   *
   * Errors:   ParseError when the frame is malformed.
   * Aliasing: entries are views of the tag, except those of LPCM and FLAC.
   */
  payload(tag: VideoTag | AudioTag, ptsTicks: number): readonly Uint8Array[] {
    const { body } = tag;
    if (body.length === 0) return NO_ENTRIES;
    switch (this.codec.description.codec) {
      case 'H264':
      case 'H265':
        return parseAvcc(body, this.codec.nalLengthBytes);
      case 'AV1':
        return parseAv1LowOverhead(body);
      case 'MPEG-1/2 Audio':
        return frames(body, (bytes) => parseMpegAudioFrameHeader(bytes).sizeBytes);
      case 'AC3':
        return frames(body, (bytes) => parseAc3SyncFrame(bytes).sizeBytes);
      case 'LPCM':
        return this.codec.description.parameters.bitDepth === 16 ? [bigEndian(body)] : [body];
      case 'FLAC':
        return [this.flac!.packet(body, ptsTicks)];
      default:
        return [body];
    }
  }

  /** The place of sound between its neighbours; video stays where it is. */
  place(ticks: number, payload: readonly Uint8Array[]): number {
    if (this.kind === 'video') return ticks;
    return this.samples.place(ticks, this.fixedTicks ?? unitDurationTicks(this.described, payload));
  }
}

function fixedDuration(description: CodecDescription): number | undefined {
  return description.codec === 'MPEG-4 Audio' ? parseAudioSpecificConfig(description.parameters.config).frameLength : undefined;
}

/** Errors: ParseError when the last one is truncated. */
function frames(body: Uint8Array, sizeOf: (bytes: Uint8Array) => number): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < body.length;) {
    const size = sizeOf(body.subarray(at));
    if (at + size > body.length) throw new ParseError('audio frame', at, `needs ${size} bytes, ${body.length - at} are left`);
    found.push(body.subarray(at, at + size));
    at += size;
  }
  return found;
}

/** RTMP has 16-bit samples little-endian, units have them big-endian. */
function bigEndian(body: Uint8Array): Uint8Array {
  const swapped = copyBytes(body.subarray(0, body.length & ~1));
  for (let i = 0; i < swapped.length; i += 2) {
    const low = swapped[i]!;
    swapped[i] = swapped[i + 1]!;
    swapped[i + 1] = low;
  }
  return swapped;
}
