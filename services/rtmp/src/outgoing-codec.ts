import { bytesFromHex } from '@mediamesh/bytes';
import {
  AV1_OBU,
  av1ObuType,
  parseStreamMuxConfig,
  parseVp9FrameHeader,
  serializeAudioSpecificConfig,
  serializeAv1Configuration,
  serializeAvcConfiguration,
  serializeHevcConfiguration,
  serializeOpusHead,
  serializeVpConfiguration,
  vp9LevelIdc,
} from '@mediamesh/codecs';
import { AUDIO_FOUR_CC, FLV_CODEC_H264, FLV_SAMPLE_RATES, FLV_SOUND_FORMAT, VIDEO_FOUR_CC, fourCcNumber } from '@mediamesh/flv';
import type { AudioCodec, SoundFormat, VideoCodec } from '@mediamesh/flv';
import type { Track } from '@mediamesh/media';

/** How RTMP carries a track. */
export type OutgoingCodec =
  | { readonly kind: 'video'; readonly codec: VideoCodec }
  | { readonly kind: 'audio'; readonly codec: AudioCodec; readonly sound?: SoundFormat };

type SoundRate = SoundFormat['sampleRateHz'];
const G711_RATE_HZ = 8_000;

/** Undefined for tracks that RTMP cannot carry. Source: contract 6.0. */
export function outgoingCodecOf(track: Track): OutgoingCodec | undefined {
  switch (track.codec) {
    case 'H264':
    case 'H265':
    case 'AV1':
    case 'VP9':
      return { kind: 'video', codec: track.codec };
    case 'Opus':
    case 'FLAC':
    case 'AC3':
    case 'MPEG-4 Audio':
    case 'MPEG-1/2 Audio':
      return { kind: 'audio', codec: track.codec };
    case 'MPEG-4 Audio LATM':
      return track.parameters.configInBand || track.parameters.config === undefined ? undefined : { kind: 'audio', codec: 'MPEG-4 Audio' };
    case 'G711': {
      const { sampleRateHz, channelCount, muLaw } = track.parameters;
      if (sampleRateHz !== G711_RATE_HZ || channelCount > 2) return undefined;
      return {
        kind: 'audio',
        codec: 'G711',
        sound: { sampleRateHz: G711_RATE_HZ, bitDepth: 16, channelCount: monoOrStereo(channelCount), muLaw },
      };
    }
    case 'LPCM': {
      const { sampleRateHz, channelCount, bitDepth } = track.parameters;
      const fits = (FLV_SAMPLE_RATES as readonly number[]).includes(sampleRateHz) && channelCount <= 2 && bitDepth === 16;
      if (!fits) return undefined;
      const sound = {
        sampleRateHz: sampleRateHz as SoundRate,
        bitDepth: 16,
        channelCount: monoOrStereo(channelCount),
        muLaw: false,
      } as const;
      return { kind: 'audio', codec: 'LPCM', sound };
    }
    default:
      return undefined;
  }
}

function monoOrStereo(channelCount: number): 1 | 2 {
  return channelCount === 2 ? 2 : 1;
}

/** What a reader must say that it knows; undefined for what every reader knows. */
export function requiredFourCc({ codec }: OutgoingCodec): string | undefined {
  switch (codec) {
    case 'H265':
    case 'AV1':
    case 'VP9':
      return VIDEO_FOUR_CC[codec];
    case 'Opus':
    case 'FLAC':
    case 'AC3':
      return AUDIO_FOUR_CC[codec];
    default:
      return undefined;
  }
}

/** Only the first audio track of a reader can be of these: they have no four characters. */
export function mustBeFirst({ codec }: OutgoingCodec): boolean {
  return codec === 'G711' || codec === 'LPCM';
}

/** `videocodecid` and `audiocodecid` of the metadata. */
export function codecId(outgoing: OutgoingCodec): number {
  switch (outgoing.codec) {
    case 'H264':
      return FLV_CODEC_H264;
    case 'H265':
    case 'AV1':
    case 'VP9':
      return fourCcNumber(VIDEO_FOUR_CC[outgoing.codec]);
    case 'MPEG-4 Audio':
      return FLV_SOUND_FORMAT.aac;
    case 'MPEG-1/2 Audio':
      return FLV_SOUND_FORMAT.mp3;
    case 'G711':
      return outgoing.kind === 'audio' && outgoing.sound?.muLaw === true ? FLV_SOUND_FORMAT.mulaw : FLV_SOUND_FORMAT.alaw;
    case 'LPCM':
      return FLV_SOUND_FORMAT.lpcmLittleEndian;
    case 'Opus':
    case 'FLAC':
    case 'AC3':
      return fourCcNumber(AUDIO_FOUR_CC[outgoing.codec]);
  }
}

const EMPTY = new Uint8Array(0);

/**
 * What is sent before the frames of a track, out of its description; undefined as long as the description does not say it, `null` for
 * codecs that have none.
 *
 * Errors: ParseError when a parameter set cannot be read.
 */
export function configurationOf(track: Track): Uint8Array | undefined | null {
  switch (track.codec) {
    case 'H264': {
      const { sps, pps } = track.parameters;
      return sps === undefined || pps === undefined ? undefined : serializeAvcConfiguration(sps, pps);
    }
    case 'H265': {
      const { vps, sps, pps } = track.parameters;
      return vps === undefined || sps === undefined || pps === undefined ? undefined : serializeHevcConfiguration(vps, sps, pps);
    }
    case 'AV1':
    case 'VP9':
      return undefined; // in the key frames
    case 'Opus':
      return serializeOpusHead(track.parameters);
    case 'MPEG-4 Audio':
      return track.parameters.config;
    case 'MPEG-4 Audio LATM': {
      const config = parseStreamMuxConfig(track.parameters.config!).programs[0]?.[0]?.config;
      return config === undefined ? undefined : serializeAudioSpecificConfig(config);
    }
    case 'FLAC':
      return bytesFromHex(track.parameters.fmtp['streaminfo'] ?? '');
    case 'AC3':
      return EMPTY;
    default:
      return null;
  }
}

/** The same, out of a key frame: undefined for codecs whose description says it. Errors: ParseError when it cannot be read. */
export function configurationIn(codec: Track['codec'], payload: readonly Uint8Array[]): Uint8Array | undefined {
  if (codec === 'AV1') {
    const sequenceHeader = payload.find((obu) => av1ObuType(obu) === AV1_OBU.sequenceHeader);
    return sequenceHeader && serializeAv1Configuration(sequenceHeader);
  }
  return codec === 'VP9' ? vp9Configuration(payload[0]!) : undefined;
}

/** Version 1, no flags. */
const VPCC_HEAD = Uint8Array.of(1, 0, 0, 0);
const CHROMA_420 = 1;
const CHROMA_422 = 2;
const CHROMA_444 = 3;

function vp9Configuration(frame: Uint8Array): Uint8Array {
  const {
    profile,
    bitDepth = 8,
    subsamplingX = true,
    subsamplingY = true,
    fullRange = false,
    width = 0,
    height = 0,
  } = parseVp9FrameHeader(frame);
  const chromaSubsampling = subsamplingY ? CHROMA_420 : subsamplingX ? CHROMA_422 : CHROMA_444;
  const record = serializeVpConfiguration({ profile, levelIdc: vp9LevelIdc(width, height), bitDepth, chromaSubsampling, fullRange });
  const configuration = new Uint8Array(VPCC_HEAD.length + record.length);
  configuration.set(VPCC_HEAD);
  configuration.set(record, VPCC_HEAD.length);
  return configuration;
}
