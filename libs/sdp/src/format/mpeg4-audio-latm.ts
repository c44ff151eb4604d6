import { ParseError, bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import type { Mpeg4AudioLatmParameters } from '@mediamesh/codecs';
import { fmtpNumber } from '../fmtp.ts';
import type { RtpFormat } from '../rtp-format.ts';
import { requiredClock } from '../rtp-map.ts';
import type { FormatLines, FormatSource } from './format-source.ts';

/** RFC 6416 7.3: Natural Audio Profile, level 1. */
const DEFAULT_PROFILE_LEVEL_ID = 30;
const IN_BAND_CLOCK_HZ = 90_000;

/**
 * Errors: ParseError when the configuration is neither in-band nor given, or both.
 * Source: RFC 6416 7.3.
 */
export function parseMpeg4AudioLatm(source: FormatSource): RtpFormat {
  const { fmtp } = source;
  const cpresent = fmtp.get('cpresent');
  const configInBand = cpresent === undefined || cpresent === '1';
  const config = fmtp.get('config');
  const clockRateHz = requiredClock(source.rtpMap);
  if (configInBand && config !== undefined) throw new ParseError('fmtp', 0, 'config and cpresent exclude each other');
  if (configInBand && clockRateHz !== IN_BAND_CLOCK_HZ) throw new ParseError('fmtp', 0, 'cpresent=1 needs a clock rate of 90000');
  if (!configInBand && config === undefined) throw new ParseError('fmtp', 0, 'config of LATM is missing');
  const bitrateBps = fmtpNumber(fmtp, 'bitrate');
  const sbr = fmtp.get('sbr-enabled');
  const parameters: Mpeg4AudioLatmParameters = {
    profileLevelId: fmtpNumber(fmtp, 'profile-level-id') ?? DEFAULT_PROFILE_LEVEL_ID,
    configInBand,
    ...(bitrateBps !== undefined && { bitrateBps }),
    ...(config !== undefined && { config: bytesFromHex(config) }),
    ...(sbr !== undefined && { sbrEnabled: sbr === '1' }),
  };
  return { payloadType: source.payloadType, clockRateHz, description: { codec: 'MPEG-4 Audio LATM', parameters }, wire: {} };
}

export function mpeg4AudioLatmLines(parameters: Mpeg4AudioLatmParameters, clockRateHz: number): FormatLines {
  const fmtp: Record<string, string> = {
    'profile-level-id': String(parameters.profileLevelId ?? DEFAULT_PROFILE_LEVEL_ID),
    cpresent: parameters.configInBand ? '1' : '0',
  };
  if (parameters.bitrateBps !== undefined) fmtp['bitrate'] = String(parameters.bitrateBps);
  if (parameters.sbrEnabled !== undefined) fmtp['SBR-enabled'] = parameters.sbrEnabled ? '1' : '0';
  if (!parameters.configInBand && parameters.config !== undefined) fmtp['config'] = hexFromBytes(parameters.config);
  return { rtpMap: parameters.configInBand ? 'MP4A-LATM/90000/1' : `MP4A-LATM/${clockRateHz}`, fmtp };
}
