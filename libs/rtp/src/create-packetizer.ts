import { AC3_SAMPLES_PER_FRAME } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import type { Packetizer } from './packetizer.ts';
import { Ac3Packetizer } from './payload/ac3/packetizer.ts';
import { Av1Packetizer } from './payload/av1/packetizer.ts';
import { GenericPacketizer } from './payload/generic/packetizer.ts';
import { H264Packetizer } from './payload/h264/packetizer.ts';
import { H265Packetizer } from './payload/h265/packetizer.ts';
import { HeaderlessPacketizer } from './payload/headerless-packetizer.ts';
import { JpegPacketizer } from './payload/jpeg/packetizer.ts';
import { MpegAudioPacketizer } from './payload/mpeg-audio/packetizer.ts';
import { MpegVideoPacketizer } from './payload/mpeg-video/packetizer.ts';
import { AAC_HBR_LENGTHS } from './payload/mpeg4-audio/au-header.ts';
import type { AuHeaderLengths } from './payload/mpeg4-audio/au-header.ts';
import { aacFrameTicks } from './payload/mpeg4-audio/frame-ticks.ts';
import { Mpeg4AudioPacketizer } from './payload/mpeg4-audio/packetizer.ts';

import { OpusPacketizer } from './payload/opus/packetizer.ts';
import { SamplesPacketizer } from './payload/samples/packetizer.ts';
import { g711Layout, g722Layout, g726Layout, lpcmLayout } from './payload/samples/sample-layout.ts';
import { Vp8Packetizer } from './payload/vp8/packetizer.ts';
import { Vp9Packetizer } from './payload/vp9/packetizer.ts';

/** Below this, headers of the payload formats leave no room for media. */
export const MIN_PAYLOAD_BYTES = 64;

/** What fits a UDP datagram, and the 16-bit length of RTSP's interleaved framing, with the RTP header. */
export const MAX_PAYLOAD_BYTES = 65_507 - 12;

export interface PacketizerOptions {
  readonly maxPayloadBytes: number;
  /** Clock of the RTP timestamps; needed where it is not the one that the codec implies (AAC with SBR). */
  readonly clockRateHz?: number;
  /** MPEG-4 Audio; AAC_HBR_LENGTHS when absent. */
  readonly auHeaderLengths?: AuHeaderLengths;
}

/** Errors: RangeError when an option is out of range. */
export function createPacketizer(description: CodecDescription, options: PacketizerOptions): Packetizer {
  const { maxPayloadBytes, clockRateHz } = options;
  if (!(maxPayloadBytes >= MIN_PAYLOAD_BYTES && maxPayloadBytes <= MAX_PAYLOAD_BYTES))
    throw new RangeError(`maxPayloadBytes is ${maxPayloadBytes}, it must be ${MIN_PAYLOAD_BYTES} to ${MAX_PAYLOAD_BYTES}`);
  switch (description.codec) {
    case 'AV1':
      return new Av1Packetizer(maxPayloadBytes);
    case 'VP9':
      return new Vp9Packetizer(maxPayloadBytes);
    case 'VP8':
      return new Vp8Packetizer(maxPayloadBytes);
    case 'H265':
      return new H265Packetizer(maxPayloadBytes, description.parameters.maxDonDiff ?? 0);
    case 'H264':
      return new H264Packetizer(maxPayloadBytes);
    case 'MPEG-1/2 Video':
      return new MpegVideoPacketizer(maxPayloadBytes);
    case 'M-JPEG':
      return new JpegPacketizer(maxPayloadBytes);
    case 'MPEG-4 Video':
    case 'MPEG-4 Audio LATM':
    case 'KLV':
      return new HeaderlessPacketizer(maxPayloadBytes);
    case 'Opus':
      return new OpusPacketizer(maxPayloadBytes);
    case 'MPEG-4 Audio': {
      const frameTicks = aacFrameTicks(description.parameters.config, clockRateHz);
      return new Mpeg4AudioPacketizer(maxPayloadBytes, options.auHeaderLengths ?? AAC_HBR_LENGTHS, frameTicks);
    }
    case 'MPEG-1/2 Audio':
      return new MpegAudioPacketizer(maxPayloadBytes);
    case 'AC3': {
      const { sampleRateHz } = description.parameters;
      return new Ac3Packetizer(maxPayloadBytes, Math.round((AC3_SAMPLES_PER_FRAME * (clockRateHz ?? sampleRateHz)) / sampleRateHz));
    }
    case 'G711':
      return new SamplesPacketizer(maxPayloadBytes, g711Layout(description.parameters.channelCount));
    case 'G722':
      return new SamplesPacketizer(maxPayloadBytes, g722Layout(description.parameters.channelCount));
    case 'G726':
      return new SamplesPacketizer(maxPayloadBytes, g726Layout(description.parameters.bitrateBps));
    case 'LPCM':
      return new SamplesPacketizer(maxPayloadBytes, lpcmLayout(description.parameters.bitDepth, description.parameters.channelCount));
    case 'MPEG-TS':
    case 'FLAC':
    case 'Vorbis':
    case 'Speex':
    case 'Generic':
      return new GenericPacketizer(maxPayloadBytes);
  }
}
