import { base64FromBytes, bytesFromBase64 } from '@mediamesh/bytes';
import type { H265Parameters } from '@mediamesh/codecs';
import { fmtpNumber } from '../fmtp.ts';
import type { RtpFormat } from '../rtp-format.ts';
import { VIDEO_CLOCK_HZ, type FormatLines, type FormatSource } from './format-source.ts';
import { withoutStartCode } from './start-code.ts';

/**
 * Errors: ParseError when a parameter set is not base64.
 * Source: RFC 7798 7.1.
 */
export function parseH265(source: FormatSource): RtpFormat {
  const vps = parameterSet(source, 'sprop-vps');
  const sps = parameterSet(source, 'sprop-sps');
  const pps = parameterSet(source, 'sprop-pps');
  const maxDonDiff = fmtpNumber(source.fmtp, 'sprop-max-don-diff');
  return {
    payloadType: source.payloadType,
    clockRateHz: VIDEO_CLOCK_HZ,
    description: {
      codec: 'H265',
      parameters: {
        ...(vps !== undefined && { vps }),
        ...(sps !== undefined && { sps }),
        ...(pps !== undefined && { pps }),
        ...(maxDonDiff !== undefined && { maxDonDiff }),
      },
    },
    wire: {},
  };
}

/** The first set, where a stream has several of a kind. */
function parameterSet(source: FormatSource, key: string): Uint8Array | undefined {
  const text = source.fmtp.get(key)?.split(',')[0];
  if (text === undefined) return undefined;
  const nal = withoutStartCode(bytesFromBase64(text));
  return nal.length < 3 ? undefined : nal;
}

export function h265Lines(parameters: H265Parameters): FormatLines {
  const fmtp: Record<string, string> = {};
  if (parameters.vps !== undefined) fmtp['sprop-vps'] = base64FromBytes(parameters.vps);
  if (parameters.sps !== undefined) fmtp['sprop-sps'] = base64FromBytes(parameters.sps);
  if (parameters.pps !== undefined) fmtp['sprop-pps'] = base64FromBytes(parameters.pps);
  if ((parameters.maxDonDiff ?? 0) !== 0) fmtp['sprop-max-don-diff'] = String(parameters.maxDonDiff);
  return { rtpMap: 'H265/90000', fmtp };
}
