import { bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import type { Mpeg4VideoParameters } from '@mediamesh/codecs';
import { fmtpNumber } from '../fmtp.ts';
import type { RtpFormat } from '../rtp-format.ts';
import { VIDEO_CLOCK_HZ, type FormatLines, type FormatSource } from './format-source.ts';

/** RFC 6416 7.1: Simple Profile, level 1. */
const DEFAULT_PROFILE_LEVEL_ID = 1;

/** Source: RFC 6416 7.1. */
export function parseMpeg4Video(source: FormatSource): RtpFormat {
  const profileLevelId = fmtpNumber(source.fmtp, 'profile-level-id') ?? DEFAULT_PROFILE_LEVEL_ID;
  const config = source.fmtp.get('config');
  const parameters: Mpeg4VideoParameters = { profileLevelId, ...(config !== undefined && { config: bytesFromHex(config) }) };
  return { payloadType: source.payloadType, clockRateHz: VIDEO_CLOCK_HZ, description: { codec: 'MPEG-4 Video', parameters }, wire: {} };
}

export function mpeg4VideoLines(parameters: Mpeg4VideoParameters): FormatLines {
  const fmtp: Record<string, string> = { 'profile-level-id': String(parameters.profileLevelId ?? DEFAULT_PROFILE_LEVEL_ID) };
  if (parameters.config !== undefined) fmtp['config'] = hexFromBytes(parameters.config).toUpperCase();
  return { rtpMap: 'MP4V-ES/90000', fmtp };
}
