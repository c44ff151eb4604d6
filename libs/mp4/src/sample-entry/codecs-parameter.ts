import { hexFromBytes } from '@mediamesh/bytes';
import {
  AAC_OBJECT_TYPE,
  parseAudioSpecificConfig,
  parseAv1SequenceHeader,
  parseH264Sps,
  parseH265Sps,
  parseMpeg12SequenceHeader,
} from '@mediamesh/codecs';
import type { ProfileTierLevel } from '@mediamesh/codecs';
import type { SampleEntry, Vp9SampleEntry } from './sample-entry.ts';

/**
 * The value of a `codecs` parameter, as the CODECS attribute of a playlist and `MediaSource.isTypeSupported` want it.
 *
 * Errors: ParseError when parameter sets or configurations are malformed.
 * Source: RFC 6381 3, ISO 14496-15 annex E, AV1-ISOBMFF 5, VP9-ISOBMFF 1.0, RFC 8216bis 4.4.6.2.
 */
export function codecsParameterOf(entry: SampleEntry): string {
  switch (entry.codec) {
    case 'AV1':
      return av1(entry.sequenceHeader);
    case 'VP9':
      return vp9(entry);
    case 'H265':
      return `hvc1.${h265(parseH265Sps(entry.sps).profileTierLevel)}`;
    case 'H264': {
      const { profileIdc, constraintFlags, levelIdc } = parseH264Sps(entry.sps);
      return `avc1.${hexFromBytes(Uint8Array.of(profileIdc, constraintFlags, levelIdc))}`;
    }
    case 'MPEG-4 Video':
      return 'mp4v.20';
    case 'MPEG-1/2 Video':
      return parseMpeg12SequenceHeader(entry.config).mpeg2 ? 'mp4v.61' : 'mp4v.6A';
    case 'M-JPEG':
      return 'mp4v.6C';
    case 'Opus':
      return 'opus';
    case 'FLAC':
      return 'flac';
    case 'MPEG-4 Audio':
      return `mp4a.40.${aacObjectType(entry.config)}`;
    case 'MPEG-1/2 Audio':
      return 'mp4a.6B';
    case 'AC3':
      return 'ac-3';
    case 'LPCM':
      return 'ipcm';
  }
}

/** The optional fields are left out where they have their default: colour, 4:2:0 of unknown position, ITU-R BT.709, studio range. */
function av1(sequenceHeader: Uint8Array): string {
  const { profile, levelIdx, tier, colour } = parseAv1SequenceHeader(sequenceHeader);
  const { bitDepth, monochrome, subsamplingX, subsamplingY, chromaSamplePosition } = colour;
  const required = `av01.${profile}.${twoDigits(levelIdx)}${tier === 0 ? 'M' : 'H'}.${twoDigits(bitDepth)}`;
  const chroma = `${subsamplingX ? 1 : 0}${subsamplingY ? 1 : 0}${chromaSamplePosition}`;
  return !monochrome && chroma === '110' ? required : `${required}.${monochrome ? 1 : 0}.${chroma}.01.01.01.0`;
}

function vp9({ profile, levelIdc, bitDepth }: Vp9SampleEntry): string {
  return `vp09.${twoDigits(profile)}.${twoDigits(levelIdc)}.${twoDigits(bitDepth)}`;
}

function h265({ profileSpace, profileIdc, compatibilityFlags, tierFlag, levelIdc, constraintBytes }: ProfileTierLevel): string {
  const space = profileSpace === 0 ? '' : String.fromCharCode(0x40 + profileSpace);
  const compatibility = reversed(compatibilityFlags).toString(16).toUpperCase();
  let constraints = '';
  let used = constraintBytes.length;
  while (used > 0 && constraintBytes[used - 1] === 0) used--;
  for (let i = 0; i < used; i++) constraints += `.${constraintBytes[i]!.toString(16).toUpperCase()}`;
  return `${space}${profileIdc}.${compatibility}.${tierFlag ? 'H' : 'L'}${levelIdc}${constraints}`;
}

/** The bits of a 32-bit number in opposite order. */
function reversed(value: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result = result * 2 + ((value >>> bit) & 1);
  return result;
}

/** Announced spectral band replication and parametric stereo come before the core. */
function aacObjectType(config: Uint8Array): number {
  const { objectType, extension } = parseAudioSpecificConfig(config);
  if (!extension) return objectType;
  return extension.ps ? AAC_OBJECT_TYPE.ps : AAC_OBJECT_TYPE.sbr;
}

function twoDigits(value: number): string {
  return value.toString().padStart(2, '0');
}
