import { ParseError } from '@mediamesh/bytes';
import type { GenericParameters } from '@mediamesh/codecs';
import type { RtpFormat } from '../rtp-format.ts';
import { VIDEO_CLOCK_HZ, type FormatLines, type FormatSource } from './format-source.ts';

export const PAYLOAD_TYPE_MP2T = 33;

/** RFC 3551 tables 4 and 5: clocks of the static payload types. */
const STATIC_CLOCKS: ReadonlyMap<number, number> = new Map<number, number>([
  ...[0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18].map((type): [number, number] => [type, 8000]),
  [6, 16_000],
  ...[10, 11].map((type): [number, number] => [type, 44_100]),
  ...[14, 25, 26, 28, 31, 32, 33, 34].map((type): [number, number] => [type, 90_000]),
  [16, 11_025],
  [17, 22_050],
]);

/** Codecs that have a name in the API, although their packets pass through unread. */
export type PassedThroughCodec = 'MPEG-TS' | 'FLAC' | 'Vorbis' | 'Speex' | 'Generic';

/**
 * A codec that is carried packet by packet, with its lines as they came.
 *
 * Errors: ParseError when no clock rate is known. A data media may come without: nothing but RTCP depends on it, so 90 kHz is assumed.
 */
export function parseGeneric(source: FormatSource, codec: PassedThroughCodec): RtpFormat {
  const { payloadType, mediaType, rtpMap } = source;
  const assumed = mediaType !== 'video' && mediaType !== 'audio' ? VIDEO_CLOCK_HZ : rtpMap.text === '' ? undefined : VIDEO_CLOCK_HZ;
  const clockRateHz = STATIC_CLOCKS.get(payloadType) ?? rtpMap.clockRateHz ?? assumed;
  if (clockRateHz === undefined) throw new ParseError('rtpmap', 0, `payload type ${payloadType} comes without clock rate`);
  const parameters: GenericParameters = { rtpMap: rtpMap.text, fmtp: Object.fromEntries(source.fmtp), payloadType, mediaType };
  return { payloadType, clockRateHz, description: { codec, parameters }, wire: {} };
}

export function genericLines(parameters: GenericParameters): FormatLines {
  const rtpMap = parameters.rtpMap === '' && parameters.payloadType === PAYLOAD_TYPE_MP2T ? 'MP2T/90000' : parameters.rtpMap;
  return { rtpMap, fmtp: parameters.fmtp };
}
