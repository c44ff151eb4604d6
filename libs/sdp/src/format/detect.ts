import type { RtpFormat } from '../rtp-format.ts';
import { parseAv1, parseVp8, parseVp9 } from './av1-vpx.ts';
import { VIDEO_CLOCK_HZ, type FormatSource } from './format-source.ts';
import { PAYLOAD_TYPE_MP2T, parseGeneric } from './generic.ts';
import { parseH264 } from './h264.ts';
import { parseH265 } from './h265.ts';
import { parseMpeg4AudioLatm } from './mpeg4-audio-latm.ts';
import { parseMpeg4Audio } from './mpeg4-audio.ts';
import { parseMpeg4Video } from './mpeg4-video.ts';
import { parseOpus } from './opus.ts';
import * as samples from './samples.ts';

const FIRST_DYNAMIC_PAYLOAD_TYPE = 96;
/** Unassigned, but used for H264 by some cameras. */
const PAYLOAD_TYPE_H264_OUTSIDE = 35;
const PAYLOAD_TYPE_MPEG_AUDIO = 14;
const PAYLOAD_TYPE_JPEG = 26;
const PAYLOAD_TYPE_MPEG_VIDEO = 32;

const VIDEO_PARSERS: ReadonlyMap<string, (source: FormatSource) => RtpFormat> = new Map([
  ['av1', parseAv1],
  ['vp9', parseVp9],
  ['vp8', parseVp8],
  ['h265', parseH265],
  ['h264', parseH264],
  ['mp4v-es', parseMpeg4Video],
]);

const OTHER_PARSERS: ReadonlyMap<string, (source: FormatSource) => RtpFormat> = new Map([
  ['opus', parseOpus],
  ['multiopus', parseOpus],
  ['mpeg4-generic', parseMpeg4Audio],
  ['mp4a-latm', parseMpeg4AudioLatm],
  ['ac3', samples.parseAc3],
  ['pcma', samples.parseG711],
  ['pcmu', samples.parseG711],
  ['l8', samples.parseLpcm],
  ['l16', samples.parseLpcm],
  ['l24', samples.parseLpcm],
  ['smpte336m', parseKlv],
  ['vorbis', (source: FormatSource) => parseGeneric(source, 'Vorbis')],
  ['speex', (source: FormatSource) => parseGeneric(source, 'Speex')],
  ['flac', (source: FormatSource) => parseGeneric(source, 'FLAC')],
  ['mp2t', (source: FormatSource) => parseGeneric(source, 'MPEG-TS')],
]);

/**
 * Which codec a payload type is: by name when its type is dynamic, by number when it is static, else Generic.
 *
 * Errors: ParseError when a known codec's lines are malformed, or an unknown one has no clock rate.
 * Source: RFC 3551 6 and the payload formats' own RFCs.
 */
export function parseFormat(source: FormatSource): RtpFormat {
  const { payloadType, rtpMap } = source;
  const dynamic = payloadType >= FIRST_DYNAMIC_PAYLOAD_TYPE;
  if (rtpMap.clockRateHz === VIDEO_CLOCK_HZ && (dynamic || (payloadType === PAYLOAD_TYPE_H264_OUTSIDE && rtpMap.codec === 'h264'))) {
    const video = VIDEO_PARSERS.get(rtpMap.codec);
    if (video !== undefined) return video(source);
  }
  if (dynamic) {
    if (samples.isG726(rtpMap.codec) && rtpMap.clockRateHz === 8000) return samples.parseG726(source);
    const other = OTHER_PARSERS.get(rtpMap.codec);
    if (other !== undefined) return other(source);
  }
  return parseStatic(source) ?? parseGeneric(source, 'Generic');
}

function parseStatic(source: FormatSource): RtpFormat | undefined {
  switch (source.payloadType) {
    case samples.PAYLOAD_TYPE_PCMU:
    case samples.PAYLOAD_TYPE_PCMA:
      return samples.parseG711(source);
    case samples.PAYLOAD_TYPE_G722:
      return samples.parseG722(source);
    case samples.PAYLOAD_TYPE_L16_STEREO:
    case samples.PAYLOAD_TYPE_L16_MONO:
      return samples.parseLpcm(source);
    case PAYLOAD_TYPE_MPEG_AUDIO:
      return withoutParameters(source, 'MPEG-1/2 Audio');
    case PAYLOAD_TYPE_JPEG:
      return withoutParameters(source, 'M-JPEG');
    case PAYLOAD_TYPE_MPEG_VIDEO:
      return withoutParameters(source, 'MPEG-1/2 Video');
    case PAYLOAD_TYPE_MP2T:
      return parseGeneric(source, 'MPEG-TS');
    default:
      return undefined;
  }
}

function parseKlv(source: FormatSource): RtpFormat {
  const clockRateHz = source.rtpMap.clockRateHz ?? VIDEO_CLOCK_HZ;
  return { payloadType: source.payloadType, clockRateHz, description: { codec: 'KLV', parameters: {} }, wire: {} };
}

function withoutParameters(source: FormatSource, codec: 'MPEG-1/2 Audio' | 'M-JPEG' | 'MPEG-1/2 Video'): RtpFormat {
  return { payloadType: source.payloadType, clockRateHz: VIDEO_CLOCK_HZ, description: { codec, parameters: {} }, wire: {} };
}
