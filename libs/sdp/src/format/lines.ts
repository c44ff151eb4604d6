import type { CodecDescription } from '@mediamesh/codecs';
import type { RtpFormat } from '../rtp-format.ts';
import { av1Lines, vp9Lines } from './av1-vpx.ts';
import { NO_FMTP, type FormatLines } from './format-source.ts';
import { genericLines } from './generic.ts';
import { h264Lines } from './h264.ts';
import { h265Lines } from './h265.ts';
import { mpeg4AudioLatmLines } from './mpeg4-audio-latm.ts';
import { mpeg4AudioLines } from './mpeg4-audio.ts';
import { mpeg4VideoLines } from './mpeg4-video.ts';
import { opusLines } from './opus.ts';
import { ac3Lines, g711Lines, g726Lines, lpcmLines } from './samples.ts';

/** The `a=rtpmap` and `a=fmtp` values of a format: the reverse of `parseFormat`. */
export function formatLines(format: Pick<RtpFormat, 'description' | 'wire' | 'clockRateHz'>): FormatLines {
  const description: CodecDescription = format.description;
  switch (description.codec) {
    case 'AV1':
      return av1Lines(description.parameters);
    case 'VP9':
      return vp9Lines(description.parameters);
    case 'VP8':
      return { rtpMap: 'VP8/90000', fmtp: NO_FMTP };
    case 'H265':
      return h265Lines(description.parameters);
    case 'H264':
      return h264Lines(description.parameters, format.wire);
    case 'MPEG-4 Video':
      return mpeg4VideoLines(description.parameters);
    case 'MPEG-1/2 Video':
    case 'MPEG-1/2 Audio':
      return { rtpMap: '', fmtp: NO_FMTP };
    case 'M-JPEG':
      return { rtpMap: 'JPEG/90000', fmtp: NO_FMTP };
    case 'Opus':
      return opusLines(description.parameters);
    case 'MPEG-4 Audio':
      return mpeg4AudioLines(description.parameters, format.wire, format.clockRateHz);
    case 'MPEG-4 Audio LATM':
      return mpeg4AudioLatmLines(description.parameters, format.clockRateHz);
    case 'AC3':
      return ac3Lines(description.parameters);
    case 'G726':
      return g726Lines(description.parameters);
    case 'G722':
      return {
        rtpMap: description.parameters.channelCount === 1 ? 'G722/8000' : `G722/8000/${description.parameters.channelCount}`,
        fmtp: NO_FMTP,
      };
    case 'G711':
      return g711Lines(description.parameters);
    case 'LPCM':
      return lpcmLines(description.parameters);
    case 'KLV':
      return { rtpMap: `SMPTE336M/${format.clockRateHz}`, fmtp: NO_FMTP };
    case 'MPEG-TS':
    case 'FLAC':
    case 'Vorbis':
    case 'Speex':
    case 'Generic':
      return genericLines(description.parameters);
  }
}
