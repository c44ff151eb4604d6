import { base64FromBytes, bytesFromBase64, hexFromBytes } from '@mediamesh/bytes';
import type { H264Parameters } from '@mediamesh/codecs';
import { fmtpNumber } from '../fmtp.ts';
import type { RtpFormat, WireOptions } from '../rtp-format.ts';
import { VIDEO_CLOCK_HZ, type FormatLines, type FormatSource } from './format-source.ts';
import { withoutStartCode } from './start-code.ts';

const NAL_TYPE_SPS = 7;

/**
 * Errors: ParseError when a parameter set is not base64. A first entry that is no SPS is ignored: some cameras send placeholders.
 * Source: RFC 6184 8.1.
 */
export function parseH264(source: FormatSource): RtpFormat {
  const packetizationMode = fmtpNumber(source.fmtp, 'packetization-mode');
  const wire: WireOptions = packetizationMode === undefined ? {} : { packetizationMode };
  return {
    payloadType: source.payloadType,
    clockRateHz: VIDEO_CLOCK_HZ,
    description: { codec: 'H264', parameters: parseParameterSets(source.fmtp.get('sprop-parameter-sets')) },
    wire,
  };
}

function parseParameterSets(text: string | undefined): H264Parameters {
  const [first, second] = text?.split(',') ?? [];
  if (first === undefined || second === undefined) return {};
  const sps = withoutStartCode(bytesFromBase64(first));
  const pps = withoutStartCode(bytesFromBase64(second));
  if (sps.length < 4 || (sps[0]! & 0x1f) !== NAL_TYPE_SPS || pps.length === 0) return {};
  return { sps, pps };
}

export function h264Lines(parameters: H264Parameters, wire: WireOptions): FormatLines {
  const fmtp: Record<string, string> = {};
  const { sps, pps } = parameters;
  const mode = wire.packetizationMode ?? 0;
  if (mode !== 0) fmtp['packetization-mode'] = String(mode);
  if (sps !== undefined && pps !== undefined) fmtp['sprop-parameter-sets'] = `${base64FromBytes(sps)},${base64FromBytes(pps)}`;
  if (sps !== undefined && sps.length >= 4) fmtp['profile-level-id'] = hexFromBytes(sps.subarray(1, 4)).toUpperCase();
  return { rtpMap: 'H264/90000', fmtp };
}
