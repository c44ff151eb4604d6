import { BitReader, ParseError, bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import type { Mpeg4AudioParameters } from '@mediamesh/codecs';
import { fmtpNumber } from '../fmtp.ts';
import type { RtpFormat, WireOptions } from '../rtp-format.ts';
import { requiredClock } from '../rtp-map.ts';
import type { FormatLines, FormatSource } from './format-source.ts';

/** RFC 3640 3.3.6: AAC-hbr. */
const AAC_HBR: WireOptions = { sizeLength: 13, indexLength: 3, indexDeltaLength: 3 };
/** A reader of AU headers takes at most 32 bits a field. */
export const MAX_AU_HEADER_FIELD_BITS = 32;
const AUDIO_STREAM = '5';
const OBJECT_TYPE_ESCAPE = 31;
const OBJECT_TYPE_PS = 29;
const FREQUENCY_ESCAPE = 15;

/**
 * Errors: ParseError without config or sizelength, with another stream type or mode than AAC-hbr, or a malformed number.
 * Source: RFC 3640 4.1.
 */
export function parseMpeg4Audio(source: FormatSource): RtpFormat {
  const { fmtp } = source;
  if ((fmtp.get('streamtype') ?? AUDIO_STREAM) !== AUDIO_STREAM) throw new ParseError('fmtp', 0, 'streamtype of AAC must be 5');
  const mode = fmtp.get('mode');
  if (mode !== undefined && !/^aac[-_]hbr$/i.test(mode))
    throw new ParseError('fmtp', 0, `unsupported AAC mode ${JSON.stringify(mode.substring(0, 32))}`);
  const config = fmtp.get('config');
  if (config === undefined || config === '') throw new ParseError('fmtp', 0, 'config of AAC is missing');
  const sizeLength = fieldBits(source, 'sizelength') ?? 0;
  if (sizeLength === 0) throw new ParseError('fmtp', 0, 'sizelength of AAC is missing');
  const profileLevelId = fmtpNumber(fmtp, 'profile-level-id');
  const bytes = bytesFromHex(config);
  audioSpecificConfigChannels(bytes);
  return {
    payloadType: source.payloadType,
    clockRateHz: requiredClock(source.rtpMap),
    description: { codec: 'MPEG-4 Audio', parameters: { config: bytes } },
    wire: {
      sizeLength,
      indexLength: fieldBits(source, 'indexlength') ?? 0,
      indexDeltaLength: fieldBits(source, 'indexdeltalength') ?? 0,
      ...(profileLevelId !== undefined && { profileLevelId }),
    },
  };
}

function fieldBits(source: FormatSource, key: string): number | undefined {
  const bits = fmtpNumber(source.fmtp, key);
  if (bits !== undefined && bits > MAX_AU_HEADER_FIELD_BITS) throw new ParseError('fmtp', 0, `${key} is ${bits} bits`);
  return bits;
}

export function mpeg4AudioLines(parameters: Mpeg4AudioParameters, wire: WireOptions, clockRateHz: number): FormatLines {
  const layout = wire.sizeLength === undefined ? AAC_HBR : wire;
  const fmtp: Record<string, string> = {
    streamtype: AUDIO_STREAM,
    mode: 'AAC-hbr',
    'profile-level-id': String(wire.profileLevelId ?? 1),
    sizelength: String(layout.sizeLength),
    config: hexFromBytes(parameters.config),
  };
  if ((layout.indexLength ?? 0) > 0) fmtp['indexlength'] = String(layout.indexLength);
  if ((layout.indexDeltaLength ?? 0) > 0) fmtp['indexdeltalength'] = String(layout.indexDeltaLength);
  return { rtpMap: `mpeg4-generic/${clockRateHz}/${audioSpecificConfigChannels(parameters.config)}`, fmtp };
}

/**
 * Channels that an AudioSpecificConfig announces; parametric stereo makes two of one.
 *
 * Errors: ParseError when it is truncated.
 * Source: ISO 14496-3 1.6.2.1.
 */
function audioSpecificConfigChannels(config: Uint8Array): number {
  const reader = new BitReader(config, 'AudioSpecificConfig');
  let objectType = reader.bits(5);
  if (objectType === OBJECT_TYPE_ESCAPE) objectType = 32 + reader.bits(6);
  if (reader.bits(4) === FREQUENCY_ESCAPE) reader.skip(24);
  const channelConfiguration = reader.bits(4);
  if (objectType === OBJECT_TYPE_PS) return 2;
  if (channelConfiguration === 7) return 8;
  return channelConfiguration >= 1 && channelConfiguration <= 6 ? channelConfiguration : 1;
}
