import type { CodecDescription, CodecName } from './description.ts';

/** What a track is for; the type of `Track.kind`. */
export type CodecKind = 'video' | 'audio' | 'data';

const KINDS: Readonly<Record<Exclude<CodecName, 'Generic'>, CodecKind>> = {
  AV1: 'video',
  VP9: 'video',
  VP8: 'video',
  H265: 'video',
  H264: 'video',
  'MPEG-4 Video': 'video',
  'MPEG-1/2 Video': 'video',
  'M-JPEG': 'video',
  'MPEG-TS': 'video',
  Opus: 'audio',
  'MPEG-4 Audio': 'audio',
  'MPEG-4 Audio LATM': 'audio',
  'MPEG-1/2 Audio': 'audio',
  AC3: 'audio',
  G726: 'audio',
  G722: 'audio',
  G711: 'audio',
  LPCM: 'audio',
  FLAC: 'audio',
  Vorbis: 'audio',
  Speex: 'audio',
  KLV: 'data',
};

/** Of a generic codec: what its `m=` line says. */
export function trackKindOf(codec: CodecDescription): CodecKind {
  if (codec.codec !== 'Generic') return KINDS[codec.codec];
  const { mediaType } = codec.parameters;
  return mediaType === 'video' || mediaType === 'audio' ? mediaType : 'data';
}
