import type { CodecDescription } from '@mediamesh/codecs';
import type { Depacketizer } from './packetizer.ts';
import { Ac3Depacketizer } from './payload/ac3/depacketizer.ts';
import { Av1Depacketizer } from './payload/av1/depacketizer.ts';
import { GenericDepacketizer } from './payload/generic/depacketizer.ts';
import { H264Depacketizer } from './payload/h264/depacketizer.ts';
import { H265Depacketizer } from './payload/h265/depacketizer.ts';
import { JpegDepacketizer } from './payload/jpeg/depacketizer.ts';
import { KlvDepacketizer } from './payload/klv/depacketizer.ts';
import { LatmDepacketizer } from './payload/latm/depacketizer.ts';
import { MpegAudioDepacketizer } from './payload/mpeg-audio/depacketizer.ts';
import { MpegVideoDepacketizer } from './payload/mpeg-video/depacketizer.ts';
import { AAC_HBR_LENGTHS } from './payload/mpeg4-audio/au-header.ts';
import type { AuHeaderLengths } from './payload/mpeg4-audio/au-header.ts';
import { Mpeg4AudioDepacketizer } from './payload/mpeg4-audio/depacketizer.ts';
import { Mpeg4VideoDepacketizer } from './payload/mpeg4-video/depacketizer.ts';
import { OpusDepacketizer } from './payload/opus/depacketizer.ts';
import { SamplesDepacketizer } from './payload/samples/depacketizer.ts';
import { g711Layout, g722Layout, lpcmLayout } from './payload/samples/sample-layout.ts';
import { Vp8Depacketizer } from './payload/vp8/depacketizer.ts';
import { Vp9Depacketizer } from './payload/vp9/depacketizer.ts';

export interface DepacketizerOptions {
  /** MPEG-4 Audio, from the SDP's fmtp; AAC_HBR_LENGTHS when absent. */
  readonly auHeaderLengths?: AuHeaderLengths;
}

/** Errors: RangeError when an option is out of range. */
export function createDepacketizer(description: CodecDescription, options: DepacketizerOptions = {}): Depacketizer {
  switch (description.codec) {
    case 'AV1':
      return new Av1Depacketizer();
    case 'VP9':
      return new Vp9Depacketizer();
    case 'VP8':
      return new Vp8Depacketizer();
    case 'H265':
      return new H265Depacketizer(description.parameters.maxDonDiff ?? 0);
    case 'H264':
      return new H264Depacketizer();
    case 'MPEG-4 Video':
      return new Mpeg4VideoDepacketizer();
    case 'MPEG-1/2 Video':
      return new MpegVideoDepacketizer();
    case 'M-JPEG':
      return new JpegDepacketizer();
    case 'Opus':
      return new OpusDepacketizer();
    case 'MPEG-4 Audio':
      return new Mpeg4AudioDepacketizer(options.auHeaderLengths ?? AAC_HBR_LENGTHS);
    case 'MPEG-4 Audio LATM':
      return new LatmDepacketizer();
    case 'MPEG-1/2 Audio':
      return new MpegAudioDepacketizer();
    case 'AC3':
      return new Ac3Depacketizer();
    case 'G711':
      return new SamplesDepacketizer(g711Layout(description.parameters.channelCount).groupBytes);
    case 'G722':
      return new SamplesDepacketizer(g722Layout(description.parameters.channelCount).groupBytes);
    case 'G726':
      return new SamplesDepacketizer(1); // senders cut anywhere
    case 'LPCM':
      return new SamplesDepacketizer(lpcmLayout(description.parameters.bitDepth, description.parameters.channelCount).groupBytes);
    case 'KLV':
      return new KlvDepacketizer();
    case 'MPEG-TS':
    case 'FLAC':
    case 'Vorbis':
    case 'Speex':
    case 'Generic':
      return new GenericDepacketizer();
  }
}
