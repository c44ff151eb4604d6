import { ParseError, copyBytes, hexFromBytes } from '@mediamesh/bytes';
import {
  FLAC_STREAM_INFO_BYTES,
  OPUS_CLOCK_RATE_HZ,
  parseAc3SyncFrame,
  parseAudioSpecificConfig,
  parseAv1Configuration,
  parseAv1SequenceHeader,
  parseAvcConfiguration,
  parseFlacStreamInfo,
  parseHevcConfiguration,
  parseOpusHead,
} from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import type { AudioTag, VideoTag } from '@mediamesh/flv';

/** What a configuration, or a first frame, says of a track. */
export interface IncomingCodec {
  readonly description: CodecDescription;
  readonly clockRateHz: number;
  /** Of the length before each NAL unit. */
  readonly nalLengthBytes: 1 | 2 | 4;
}

/** Clock of all video, and of MPEG audio, in RTP. */
const VIDEO_CLOCK_HZ = 90_000;
const DYNAMIC_PAYLOAD_TYPE = 96;

/**
 * What a configuration says; undefined for codecs that say it in their frames.
 *
 * Errors:   ParseError when it is malformed, or has no parameter sets.
 * Aliasing: parameters are copies.
 */
export function codecOfConfiguration(tag: VideoTag | AudioTag): IncomingCodec | undefined {
  switch (tag.codec) {
    case 'H264':
      return h264Codec(tag.body);
    case 'H265':
      return h265Codec(tag.body);
    case 'AV1':
      return codecOf({ codec: 'AV1', parameters: av1Parameters(tag.body) }, VIDEO_CLOCK_HZ);
    case 'VP9':
      return codecOf({ codec: 'VP9', parameters: {} }, VIDEO_CLOCK_HZ);
    case 'Opus':
      return codecOf({ codec: 'Opus', parameters: parseOpusHead(tag.body) }, OPUS_CLOCK_RATE_HZ);
    case 'MPEG-4 Audio': {
      const { sampleRateHz } = parseAudioSpecificConfig(tag.body);
      return codecOf({ codec: 'MPEG-4 Audio', parameters: { config: copyBytes(tag.body) } }, sampleRateHz);
    }
    case 'FLAC':
      return flacCodec(tag.body);
    default:
      return undefined;
  }
}

/**
 * What a frame says; undefined for codecs that need a configuration.
 *
 * Errors: ParseError when the frame is malformed.
 */
export function codecOfFrame(tag: VideoTag | AudioTag): IncomingCodec | undefined {
  if (tag.kind === 'video') return undefined;
  switch (tag.codec) {
    case 'MPEG-1/2 Audio':
      return codecOf({ codec: 'MPEG-1/2 Audio', parameters: {} }, VIDEO_CLOCK_HZ);
    case 'AC3': {
      const { sampleRateHz, channelCount } = parseAc3SyncFrame(tag.body);
      return codecOf({ codec: 'AC3', parameters: { sampleRateHz, channelCount } }, sampleRateHz);
    }
    case 'G711': {
      const { muLaw, channelCount } = tag.sound!;
      return codecOf({ codec: 'G711', parameters: { muLaw, sampleRateHz: 8_000, channelCount } }, 8_000);
    }
    case 'LPCM': {
      const { bitDepth, sampleRateHz, channelCount } = tag.sound!;
      return codecOf({ codec: 'LPCM', parameters: { bitDepth, sampleRateHz, channelCount } }, sampleRateHz);
    }
    default:
      return undefined;
  }
}

function codecOf(description: CodecDescription, clockRateHz: number, nalLengthBytes: 1 | 2 | 4 = 4): IncomingCodec {
  return { description, clockRateHz, nalLengthBytes };
}

function h264Codec(body: Uint8Array): IncomingCodec {
  const { nalLengthBytes, spsList, ppsList } = parseAvcConfiguration(body);
  const [sps] = spsList;
  const [pps] = ppsList;
  if (sps === undefined || pps === undefined) throw new ParseError('AVC configuration', 5, 'has no SPS or no PPS');
  return codecOf({ codec: 'H264', parameters: { sps: copyBytes(sps), pps: copyBytes(pps) } }, VIDEO_CLOCK_HZ, nalLengthBytes);
}

function h265Codec(body: Uint8Array): IncomingCodec {
  const { nalLengthBytes, vpsList, spsList, ppsList } = parseHevcConfiguration(body);
  const [vps] = vpsList;
  const [sps] = spsList;
  const [pps] = ppsList;
  if (vps === undefined || sps === undefined || pps === undefined) {
    throw new ParseError('HEVC configuration', 22, 'has no VPS, SPS or PPS');
  }
  const parameters = { vps: copyBytes(vps), sps: copyBytes(sps), pps: copyBytes(pps) };
  return codecOf({ codec: 'H265', parameters }, VIDEO_CLOCK_HZ, nalLengthBytes);
}

function av1Parameters(body: Uint8Array): { readonly profile?: number; readonly levelIdx?: number; readonly tier?: number } {
  const sequenceHeader = parseAv1Configuration(body);
  if (sequenceHeader === undefined) return {};
  const { profile, levelIdx, tier } = parseAv1SequenceHeader(sequenceHeader);
  return { profile, levelIdx, tier };
}

/** Some write the block alone, some with its header, some with the signature of a file before it: it is at the end. */
function flacCodec(body: Uint8Array): IncomingCodec {
  const start = Math.max(0, body.length - FLAC_STREAM_INFO_BYTES);
  const { sampleRateHz, bytes } = parseFlacStreamInfo(body.subarray(start));
  const fmtp = { streaminfo: hexFromBytes(bytes) };
  const parameters = { rtpMap: `flac/${sampleRateHz}`, fmtp, payloadType: DYNAMIC_PAYLOAD_TYPE, mediaType: 'application' };
  return codecOf({ codec: 'FLAC', parameters }, sampleRateHz);
}
