import type { CodecDescription } from '@mediamesh/codecs';
import type { Packetizer } from './packetizer.ts';
import { GenericPacketizer } from './payload/generic/packetizer.ts';
import { H264Packetizer } from './payload/h264/packetizer.ts';
import { AAC_HBR_LENGTHS } from './payload/mpeg4-audio/au-header.ts';
import type { AuHeaderLengths } from './payload/mpeg4-audio/au-header.ts';
import { aacFrameTicks } from './payload/mpeg4-audio/frame-ticks.ts';
import { Mpeg4AudioPacketizer } from './payload/mpeg4-audio/packetizer.ts';

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
    case 'H264':
      return new H264Packetizer(maxPayloadBytes);
    case 'MPEG-4 Audio': {
      const frameTicks = aacFrameTicks(description.parameters.config, clockRateHz);
      return new Mpeg4AudioPacketizer(maxPayloadBytes, options.auHeaderLengths ?? AAC_HBR_LENGTHS, frameTicks);
    }
    default:
      return new GenericPacketizer(maxPayloadBytes);
  }
}
