import { ParseError } from '@mediamesh/bytes';
import { parseAudioSpecificConfig } from './aac/audio-specific-config.ts';
import type { CodecDescription } from './description.ts';
import { parseH264Sps } from './h264/sps.ts';
import { parseH265Sps } from './h265/sps.ts';

/** The Control API's `codecProps` of a track; null for codecs without any. */
export type CodecProps = Readonly<Record<string, string | number | boolean>> | null;

const H264_PROFILES: Readonly<Record<number, string>> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4 Predictive',
};

const H265_PROFILES: Readonly<Record<number, string>> = {
  1: 'Main',
  2: 'Main 10',
  3: 'Main Still Picture',
  4: 'Range Extensions',
  5: 'High Throughput',
  6: 'Multiview Main',
  7: 'Scalable Main',
  8: '3D Main',
  9: 'Screen Content Coding Extensions',
  10: 'Scalable Range Extensions',
};

const UNKNOWN_VIDEO = { width: 0, height: 0, profile: '', level: '' } as const;

/** Unknown values are 0 and "", as in MediaMTX; the size of AV1 is never known there. */
export function codecProps(description: CodecDescription): CodecProps {
  switch (description.codec) {
    case 'AV1': {
      const { profile = 0, levelIdx = 0, tier = 0 } = description.parameters;
      return { width: 0, height: 0, profile, level: levelIdx, tier };
    }
    case 'VP9':
      return { profile: description.parameters.profileId ?? 0 };
    case 'H264':
      return h264Props(description.parameters.sps);
    case 'H265':
      return h265Props(description.parameters.sps);
    case 'Opus':
      return { channelCount: description.parameters.channelCount };
    case 'MPEG-4 Audio':
      return aacProps(description.parameters.config);
    case 'AC3':
      return { sampleRate: description.parameters.sampleRateHz, channelCount: description.parameters.channelCount };
    case 'G711': {
      const { muLaw, sampleRateHz, channelCount } = description.parameters;
      return { muLaw, sampleRate: sampleRateHz, channelCount };
    }
    case 'LPCM': {
      const { bitDepth, sampleRateHz, channelCount } = description.parameters;
      return { bitDepth, sampleRate: sampleRateHz, channelCount };
    }
    default:
      return null;
  }
}

/** Of AAC, what MediaMTX compares beside its `codecProps`; undefined for others, and when it is not known. */
export function audioObjectType(description: CodecDescription): number | undefined {
  if (description.codec !== 'MPEG-4 Audio') return undefined;
  return readable(parseAudioSpecificConfig, description.parameters.config)?.objectType;
}

function h264Props(nalUnit: Uint8Array | undefined): CodecProps {
  const sps = nalUnit && readable(parseH264Sps, nalUnit);
  if (!sps) return UNKNOWN_VIDEO;
  const profile = H264_PROFILES[sps.profileIdc] ?? String(sps.profileIdc);
  return { width: sps.width, height: sps.height, profile, level: String(sps.levelIdc / 10) };
}

function h265Props(nalUnit: Uint8Array | undefined): CodecProps {
  const sps = nalUnit && readable(parseH265Sps, nalUnit);
  if (!sps) return UNKNOWN_VIDEO;
  const { profileIdc, levelIdc } = sps.profileTierLevel;
  const profile = H265_PROFILES[profileIdc] ?? String(profileIdc);
  return { width: sps.width, height: sps.height, profile, level: String(levelIdc / 30) };
}

/** `channelCount` is the value of the channel configuration, so 7 means 8 channels. */
function aacProps(bytes: Uint8Array): CodecProps {
  const config = readable(parseAudioSpecificConfig, bytes);
  return { sampleRate: config?.sampleRateHz ?? 0, channelCount: config?.channelConfig ?? 0 };
}

function readable<T>(parse: (bytes: Uint8Array) => T, bytes: Uint8Array): T | undefined {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
