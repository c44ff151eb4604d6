import type { CodecDescription } from '@mediamesh/codecs';
import type { OfferedMedia, SdpCodec } from './offer.ts';

/** What WebRTC can carry of a stream, in MediaMTX's order of preference. Contract 6.4.4. */
export const OUTGOING_VIDEO: readonly CodecDescription['codec'][] = ['AV1', 'VP9', 'VP8', 'H265', 'H264'];
export const OUTGOING_AUDIO: readonly CodecDescription['codec'][] = ['Opus', 'G722', 'G711', 'LPCM'];

/** MediaMTX's text, when nothing of a stream can be carried. */
export const NO_SUPPORTED_CODEC = `the stream doesn't contain any supported codec, which are currently ${[...OUTGOING_VIDEO, ...OUTGOING_AUDIO].join(', ')}`;

const MAX_OPUS_CHANNELS = 8;
const LPCM_RATES: readonly number[] = [8_000, 16_000, 32_000, 48_000];

/** How a codec is named in SDP. */
export interface WireCodec {
  readonly mediaType: 'video' | 'audio';
  readonly name: string;
  readonly clockRateHz: number;
  readonly channelCount: number;
  /** What must be so on the other side; absent means the default. */
  readonly fmtp: Readonly<Record<string, string>>;
}

/** How a track is sent; undefined when WebRTC has no way to send it. */
export function wireCodecOf(description: CodecDescription): WireCodec | undefined {
  switch (description.codec) {
    case 'AV1':
    case 'VP8':
      return video(description.codec);
    case 'VP9':
      return video('VP9', { 'profile-id': '0' });
    case 'H265':
      return video('H265');
    case 'H264':
      return video('H264', { 'packetization-mode': '1' });
    case 'Opus':
      return opus(description.parameters.channelCount);
    case 'G722':
      return description.parameters.channelCount === 1 ? audio('G722', 8_000, 1) : undefined;
    case 'G711': {
      const { sampleRateHz, channelCount, muLaw } = description.parameters;
      if (channelCount > 2) return undefined;
      if (sampleRateHz === 8_000) return audio(muLaw ? 'PCMU' : 'PCMA', 8_000, channelCount);
      return LPCM_RATES.includes(sampleRateHz) ? audio('L16', sampleRateHz, channelCount) : undefined;
    }
    case 'LPCM': {
      const { bitDepth, sampleRateHz, channelCount } = description.parameters;
      if (bitDepth !== 16 || channelCount > 2 || !LPCM_RATES.includes(sampleRateHz)) return undefined;
      return audio('L16', sampleRateHz, channelCount);
    }
    default:
      return undefined;
  }
}

function video(name: string, fmtp: Readonly<Record<string, string>> = {}): WireCodec {
  return { mediaType: 'video', name, clockRateHz: 90_000, channelCount: 1, fmtp };
}

function audio(name: string, clockRateHz: number, channelCount: number): WireCodec {
  return { mediaType: 'audio', name, clockRateHz, channelCount, fmtp: {} };
}

function opus(channelCount: number): WireCodec | undefined {
  if (channelCount <= 2) return audio('opus', 48_000, 2);
  return channelCount <= MAX_OPUS_CHANNELS ? audio('multiopus', 48_000, channelCount) : undefined;
}

/** The feedback that we act on. */
const VIDEO_FEEDBACK: readonly string[] = ['nack', 'nack pli', 'ccm fir', 'goog-remb'];

/** The payload type under which the offerer takes this codec, as the answer repeats it; undefined when it does not. */
export function matchOffered(wire: WireCodec, { codecs }: Pick<OfferedMedia, 'codecs'>): SdpCodec | undefined {
  const candidates = codecs.filter((codec) => isSame(wire, codec));
  const best = candidates.find((codec) => prefers(wire, codec)) ?? candidates[0];
  if (best === undefined) return undefined;
  const wanted = wire.mediaType === 'video' ? VIDEO_FEEDBACK : VIDEO_FEEDBACK.filter((feedback) => feedback === 'nack');
  return { ...best, feedback: best.feedback.filter((feedback) => wanted.includes(feedback)) };
}

/** Absent parameters have these values. Sources: RFC 6184 8.1, RFC 9628 6.1. */
const DEFAULTS: Readonly<Record<string, string>> = { 'packetization-mode': '0', 'profile-id': '0' };

function isSame(wire: WireCodec, codec: SdpCodec): boolean {
  if (codec.name.toLowerCase() !== wire.name.toLowerCase()) return false;
  if (codec.clockRateHz !== wire.clockRateHz || codec.channelCount !== wire.channelCount) return false;
  return Object.entries(wire.fmtp).every(([key, value]) => (codec.fmtp.get(key) ?? DEFAULTS[key]) === value);
}

/** Constrained baseline is what MediaMTX names; decoders take the other profiles under it too. */
function prefers({ name }: WireCodec, codec: SdpCodec): boolean {
  return name !== 'H264' || codec.fmtp.get('profile-level-id')?.toLowerCase() === '42e01f';
}
