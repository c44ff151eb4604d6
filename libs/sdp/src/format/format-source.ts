import type { FmtpParameters } from '../fmtp.ts';
import type { RtpMap } from '../rtp-map.ts';

/** The lines of a description that define one payload type. */
export interface FormatSource {
  readonly payloadType: number;
  readonly mediaType: string;
  readonly rtpMap: RtpMap;
  readonly fmtp: FmtpParameters;
}

/** Lines that describe one payload type: the value of `a=rtpmap` (empty: no line) and the parameters of `a=fmtp`. */
export interface FormatLines {
  readonly rtpMap: string;
  readonly fmtp: Readonly<Record<string, string>>;
}

export const NO_FMTP: Readonly<Record<string, string>> = {};
export const VIDEO_CLOCK_HZ = 90_000;
