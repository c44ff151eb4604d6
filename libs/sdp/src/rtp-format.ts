import type { CodecDescription } from '@mediamesh/codecs';

/**
 * One payload type of a media: which codec it carries and how its packets are laid out.
 *
 * Units: `clockRateHz` is the RTP clock, never 0.
 */
export interface RtpFormat {
  readonly payloadType: number;
  readonly clockRateHz: number;
  readonly description: CodecDescription;
  readonly wire: WireOptions;
}

/** Layout of the packets, where the codec has a choice. Absent: the default of the payload format. */
export interface WireOptions {
  /** H264: RFC 6184 8.1; absent is 0. */
  readonly packetizationMode?: number;
  /** MPEG-4 Audio: bits of the AU header's fields, RFC 3640 4.1. */
  readonly sizeLength?: number;
  readonly indexLength?: number;
  readonly indexDeltaLength?: number;
  /** MPEG-4 Audio: as announced. */
  readonly profileLevelId?: number;
}
