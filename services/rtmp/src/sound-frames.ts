import { ParseError, copyBytes } from '@mediamesh/bytes';
import {
  AC3_SAMPLES_PER_FRAME,
  flacFrameOf,
  parseAudioMuxElement,
  parseAudioSpecificConfig,
  parseMpegAudioFrameHeader,
  parseOpusToc,
  parseStreamMuxConfig,
} from '@mediamesh/codecs';
import type { StreamMuxConfig } from '@mediamesh/codecs';
import { FLV_SAMPLE_RATES } from '@mediamesh/flv';
import type { SoundFormat } from '@mediamesh/flv';
import type { Track } from '@mediamesh/media';

const MP3_LAYER = 3;

/** One message of sound. */
export interface SoundFrame {
  readonly bytes: Uint8Array;
  /** After the unit's time. */
  readonly offsetTicks: number;
  /** MP3 says it in each frame. */
  readonly sound: SoundFormat | undefined;
}

/**
 * Cuts units of a track into messages: one for each frame, with its own time.
 *
 * Errors:   ParseError when a frame is malformed, or of MPEG audio that is not MP3.
 * Aliasing: frames are views of the unit, except those of LATM and LPCM.
 */
export class SoundCutter {
  private readonly track: Track;
  private readonly aacFrameLength: number;
  private readonly latm: StreamMuxConfig | undefined;

  constructor(track: Track) {
    this.track = track;
    this.latm = track.codec === 'MPEG-4 Audio LATM' ? parseStreamMuxConfig(track.parameters.config!) : undefined;
    this.aacFrameLength = aacFrameLengthOf(track, this.latm);
  }

  cut(payload: readonly Uint8Array[]): readonly SoundFrame[] {
    switch (this.track.codec) {
      case 'MPEG-4 Audio':
        return spaced(payload, () => this.aacFrameLength);
      case 'MPEG-4 Audio LATM':
        return spaced(parseAudioMuxElement(payload[0]!, this.latm, false).frames, () => this.aacFrameLength);
      case 'AC3':
        return spaced(payload, () => AC3_SAMPLES_PER_FRAME);
      case 'Opus':
        return spaced(payload, (packet) => parseOpusToc(packet).durationTicks);
      case 'MPEG-1/2 Audio':
        return this.mp3Frames(payload);
      case 'LPCM':
        return payload.map((samples) => ({ bytes: littleEndian(samples), offsetTicks: 0, sound: undefined }));
      case 'FLAC':
        return payload.map((packet) => ({ bytes: flacFrameOf(packet), offsetTicks: 0, sound: undefined }));
      default:
        return payload.map((bytes) => ({ bytes, offsetTicks: 0, sound: undefined }));
    }
  }

  private mp3Frames(payload: readonly Uint8Array[]): readonly SoundFrame[] {
    let offsetTicks = 0;
    return payload.map((bytes) => {
      const { layer, sampleRateHz, channelCount, sampleCount } = parseMpegAudioFrameHeader(bytes);
      if (layer !== MP3_LAYER) throw new ParseError('MPEG audio frame', 1, `is of layer ${layer}: RTMP has MP3 only`);
      const frame = {
        bytes,
        offsetTicks,
        sound: { sampleRateHz: flvRate(sampleRateHz), bitDepth: 16, channelCount, muLaw: false },
      } as const;
      offsetTicks += Math.round((sampleCount * this.track.clockRateHz) / sampleRateHz);
      return frame;
    });
  }
}

/** Rates that the header cannot say are in the frame too, which decoders read. */
function flvRate(sampleRateHz: number): SoundFormat['sampleRateHz'] {
  return FLV_SAMPLE_RATES.find((rate) => rate === sampleRateHz) ?? 44_100;
}

function aacFrameLengthOf(track: Track, latm: StreamMuxConfig | undefined): number {
  if (track.codec === 'MPEG-4 Audio') return parseAudioSpecificConfig(track.parameters.config).frameLength;
  return latm?.programs[0]?.[0]?.config?.frameLength ?? 0;
}

function spaced(payload: readonly Uint8Array[], ticksOf: (frame: Uint8Array) => number): readonly SoundFrame[] {
  if (payload.length === 1) return [{ bytes: payload[0]!, offsetTicks: 0, sound: undefined }];
  let offsetTicks = 0;
  return payload.map((bytes) => {
    const frame = { bytes, offsetTicks, sound: undefined };
    offsetTicks += ticksOf(bytes);
    return frame;
  });
}

function littleEndian(samples: Uint8Array): Uint8Array {
  const swapped = copyBytes(samples);
  for (let i = 0; i + 1 < swapped.length; i += 2) {
    const high = swapped[i]!;
    swapped[i] = swapped[i + 1]!;
    swapped[i + 1] = high;
  }
  return swapped;
}
