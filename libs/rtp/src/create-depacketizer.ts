import type { CodecDescription } from '@mediamesh/codecs';
import type { Depacketizer } from './packetizer.ts';
import { GenericDepacketizer } from './payload/generic/depacketizer.ts';
import { H264Depacketizer } from './payload/h264/depacketizer.ts';
import { AAC_HBR_LENGTHS } from './payload/mpeg4-audio/au-header.ts';
import type { AuHeaderLengths } from './payload/mpeg4-audio/au-header.ts';
import { Mpeg4AudioDepacketizer } from './payload/mpeg4-audio/depacketizer.ts';

export interface DepacketizerOptions {
  /** MPEG-4 Audio, from the SDP's fmtp; AAC_HBR_LENGTHS when absent. */
  readonly auHeaderLengths?: AuHeaderLengths;
}

/** Errors: RangeError when an option is out of range. */
export function createDepacketizer(description: CodecDescription, options: DepacketizerOptions = {}): Depacketizer {
  switch (description.codec) {
    case 'H264':
      return new H264Depacketizer();
    case 'MPEG-4 Audio':
      return new Mpeg4AudioDepacketizer(options.auHeaderLengths ?? AAC_HBR_LENGTHS);
    default:
      return new GenericDepacketizer();
  }
}
