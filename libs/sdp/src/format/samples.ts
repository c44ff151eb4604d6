import type { Ac3Parameters, G711Parameters, G726Parameters, LpcmParameters } from '@mediamesh/codecs';
import type { RtpFormat } from '../rtp-format.ts';
import { channelsOf, requiredClock } from '../rtp-map.ts';
import { NO_FMTP, type FormatLines, type FormatSource } from './format-source.ts';

const TELEPHONE_HZ = 8000;
/** Static types 10 and 11, RFC 3551 table 4. */
const COMPACT_DISC_HZ = 44_100;
export const PAYLOAD_TYPE_PCMU = 0;
export const PAYLOAD_TYPE_PCMA = 8;
export const PAYLOAD_TYPE_G722 = 9;
export const PAYLOAD_TYPE_L16_STEREO = 10;
export const PAYLOAD_TYPE_L16_MONO = 11;
/** RFC 4184 4.1: what an absent channel count means. */
const AC3_DEFAULT_CHANNELS = 6;

/** Source: RFC 3551 4.5.14; static types 0 and 8, or any clock and channel count by name. */
export function parseG711(source: FormatSource): RtpFormat {
  const { payloadType, rtpMap } = source;
  const fixed = payloadType === PAYLOAD_TYPE_PCMU || payloadType === PAYLOAD_TYPE_PCMA;
  const sampleRateHz = fixed ? TELEPHONE_HZ : requiredClock(rtpMap);
  const muLaw = fixed ? payloadType === PAYLOAD_TYPE_PCMU : rtpMap.codec === 'pcmu';
  const parameters: G711Parameters = { muLaw, sampleRateHz, channelCount: fixed ? 1 : channelsOf(rtpMap, 1) };
  return { payloadType, clockRateHz: sampleRateHz, description: { codec: 'G711', parameters }, wire: {} };
}

export function g711Lines(parameters: G711Parameters): FormatLines {
  const { muLaw, sampleRateHz, channelCount } = parameters;
  return { rtpMap: `${muLaw ? 'PCMU' : 'PCMA'}/${sampleRateHz}${channelCount === 1 ? '' : `/${channelCount}`}`, fmtp: NO_FMTP };
}

/** Source: RFC 3551 4.5.11: samples at 16 or 24 bits, big-endian; static types 10 and 11. */
export function parseLpcm(source: FormatSource): RtpFormat {
  const { payloadType, rtpMap } = source;
  let parameters: LpcmParameters;
  if (payloadType === PAYLOAD_TYPE_L16_STEREO || payloadType === PAYLOAD_TYPE_L16_MONO) {
    parameters = { bitDepth: 16, sampleRateHz: COMPACT_DISC_HZ, channelCount: payloadType === PAYLOAD_TYPE_L16_STEREO ? 2 : 1 };
  } else {
    const bitDepth = rtpMap.codec === 'l8' ? 8 : rtpMap.codec === 'l16' ? 16 : 24;
    parameters = { bitDepth, sampleRateHz: requiredClock(rtpMap), channelCount: channelsOf(rtpMap, 1) };
  }
  return { payloadType, clockRateHz: parameters.sampleRateHz, description: { codec: 'LPCM', parameters }, wire: {} };
}

export function lpcmLines(parameters: LpcmParameters): FormatLines {
  return { rtpMap: `L${parameters.bitDepth}/${parameters.sampleRateHz}/${parameters.channelCount}`, fmtp: NO_FMTP };
}

/** Source: RFC 3551 4.5.2: the clock is 8000 Hz for historical reasons. */
export function parseG722(source: FormatSource): RtpFormat {
  const parameters = { channelCount: channelsOf(source.rtpMap, 1) };
  return { payloadType: source.payloadType, clockRateHz: TELEPHONE_HZ, description: { codec: 'G722', parameters }, wire: {} };
}

const G726_BITRATES: Readonly<Record<string, G726Parameters['bitrateBps']>> = { '16': 16000, '24': 24000, '32': 32000, '40': 40000 };

export function isG726(codec: string): boolean {
  return /^(?:aal2-)?g726-(?:16|24|32|40)$/.test(codec);
}

/** Source: RFC 3551 4.5.4. */
export function parseG726(source: FormatSource): RtpFormat {
  const { codec } = source.rtpMap;
  const parameters: G726Parameters = { bitrateBps: G726_BITRATES[codec.substring(codec.length - 2)]!, aal2: codec.startsWith('aal2-') };
  return { payloadType: source.payloadType, clockRateHz: TELEPHONE_HZ, description: { codec: 'G726', parameters }, wire: {} };
}

export function g726Lines(parameters: G726Parameters): FormatLines {
  return { rtpMap: `${parameters.aal2 ? 'AAL2-' : ''}G726-${parameters.bitrateBps / 1000}/8000`, fmtp: NO_FMTP };
}

/** Source: RFC 4184 4.1. */
export function parseAc3(source: FormatSource): RtpFormat {
  const sampleRateHz = requiredClock(source.rtpMap);
  const parameters: Ac3Parameters = { sampleRateHz, channelCount: channelsOf(source.rtpMap, AC3_DEFAULT_CHANNELS) };
  return { payloadType: source.payloadType, clockRateHz: sampleRateHz, description: { codec: 'AC3', parameters }, wire: {} };
}

export function ac3Lines(parameters: Ac3Parameters): FormatLines {
  return { rtpMap: `AC3/${parameters.sampleRateHz}/${parameters.channelCount}`, fmtp: NO_FMTP };
}
