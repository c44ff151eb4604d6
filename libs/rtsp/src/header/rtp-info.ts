import { ParseError } from '@mediamesh/bytes';
import { parseDecimal, parseKeyValues } from './key-values.ts';

export const MAX_RTP_INFO_ENTRIES = 64;

/** Where a track's packets begin after PLAY. Source: RFC 2326 12.33. */
export interface RtpInfoEntry {
  readonly url: string;
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
}

/** Errors: ParseError when an entry has no URL, or a malformed number. */
export function parseRtpInfo(value: string): readonly RtpInfoEntry[] {
  const parts = value.split(',');
  if (parts.length > MAX_RTP_INFO_ENTRIES) throw new ParseError('RTP-Info', 0, `has more than ${MAX_RTP_INFO_ENTRIES} entries`);
  return parts.map((part) => {
    const pairs = parseKeyValues(part.trim(), ';');
    const url = pairs.get('url');
    const sequenceNumber = pairs.get('seq');
    const timestamp = pairs.get('rtptime');
    if (url === undefined) throw new ParseError('RTP-Info', 0, 'has an entry without URL');
    return {
      url,
      ...(sequenceNumber !== undefined && { sequenceNumber: parseDecimal(sequenceNumber, 'RTP-Info seq', 0xffff) }),
      ...(timestamp !== undefined && { timestamp: parseDecimal(timestamp, 'RTP-Info rtptime', 0xffff_ffff) }),
    };
  });
}

export function serializeRtpInfo(entries: readonly RtpInfoEntry[]): string {
  return entries
    .map((entry) => {
      const sequence = entry.sequenceNumber === undefined ? '' : `;seq=${entry.sequenceNumber}`;
      return `url=${entry.url}${sequence}${entry.timestamp === undefined ? '' : `;rtptime=${entry.timestamp}`}`;
    })
    .join(',');
}
