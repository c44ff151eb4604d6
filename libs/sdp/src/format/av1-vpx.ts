import type { Av1Parameters, Vp9Parameters } from '@mediamesh/codecs';
import { fmtpNumber } from '../fmtp.ts';
import type { RtpFormat } from '../rtp-format.ts';
import { VIDEO_CLOCK_HZ, type FormatLines, type FormatSource } from './format-source.ts';

/** Source: RTP payload format for AV1 7.2. */
export function parseAv1(source: FormatSource): RtpFormat {
  const profile = fmtpNumber(source.fmtp, 'profile');
  const levelIdx = fmtpNumber(source.fmtp, 'level-idx');
  const tier = fmtpNumber(source.fmtp, 'tier');
  const parameters: Av1Parameters = {
    ...(profile !== undefined && { profile }),
    ...(levelIdx !== undefined && { levelIdx }),
    ...(tier !== undefined && { tier }),
  };
  return { payloadType: source.payloadType, clockRateHz: VIDEO_CLOCK_HZ, description: { codec: 'AV1', parameters }, wire: {} };
}

export function av1Lines(parameters: Av1Parameters): FormatLines {
  const fmtp: Record<string, string> = {};
  if (parameters.levelIdx !== undefined) fmtp['level-idx'] = String(parameters.levelIdx);
  if (parameters.profile !== undefined) fmtp['profile'] = String(parameters.profile);
  if (parameters.tier !== undefined) fmtp['tier'] = String(parameters.tier);
  return { rtpMap: 'AV1/90000', fmtp };
}

/** Source: RFC 9628 7.1. */
export function parseVp9(source: FormatSource): RtpFormat {
  const profileId = fmtpNumber(source.fmtp, 'profile-id');
  const parameters: Vp9Parameters = profileId === undefined ? {} : { profileId };
  return { payloadType: source.payloadType, clockRateHz: VIDEO_CLOCK_HZ, description: { codec: 'VP9', parameters }, wire: {} };
}

export function vp9Lines(parameters: Vp9Parameters): FormatLines {
  return { rtpMap: 'VP9/90000', fmtp: parameters.profileId === undefined ? {} : { 'profile-id': String(parameters.profileId) } };
}

/** Source: RFC 7741 6.1. */
export function parseVp8(source: FormatSource): RtpFormat {
  return { payloadType: source.payloadType, clockRateHz: VIDEO_CLOCK_HZ, description: { codec: 'VP8', parameters: {} }, wire: {} };
}
