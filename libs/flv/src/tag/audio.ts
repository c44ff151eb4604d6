import { ByteReader } from '@mediamesh/bytes';
import { AUDIO_FOUR_CC, fourCcNumber, fourCcText } from './four-cc.ts';
import { readExtensions, readSingleTrack, readTracks } from './multitrack.ts';
import type { TrackPart } from './multitrack.ts';
import type { TagSink } from './sink.ts';

export type AudioCodec = keyof typeof AUDIO_FOUR_CC | 'G711' | 'LPCM';

export type AudioPacket = 'sequenceStart' | 'frame' | 'sequenceEnd' | 'other';

/** What the first byte of a tag without extension says of its sound; AAC has always the same in it. */
export interface SoundFormat {
  readonly sampleRateHz: 5512 | 11025 | 22050 | 44100 | 8000;
  readonly bitDepth: 8 | 16;
  readonly channelCount: 1 | 2;
  /** G711 only. */
  readonly muLaw: boolean;
}

/** One track's part of an audio message. */
export interface AudioTag {
  readonly kind: 'audio';
  readonly trackId: number;
  /** Undefined for a codec that is not known here. */
  readonly codec: AudioCodec | undefined;
  /** For messages to people. */
  readonly codecLabel: string;
  readonly packet: AudioPacket;
  /** To be added to the time. */
  readonly nanosecondOffset: number;
  /** Of tags without extension. */
  readonly sound: SoundFormat | undefined;
  /** Behind all headers: a configuration, or a frame. LPCM is little-endian. */
  readonly body: Uint8Array;
}

/** Packet types of the extended header. Source: Enhanced RTMP v2, AudioPacketType. */
const PacketType = { sequenceStart: 0, codedFrames: 1, sequenceEnd: 2, multichannelConfig: 4, multitrack: 5, modEx: 7 } as const;
const AacPacket = { sequenceStart: 0, raw: 1 } as const;
/** SoundFormat. Source: FLV E.4.2.1. */
export const FLV_SOUND_FORMAT = { lpcm: 0, mp3: 2, lpcmLittleEndian: 3, alaw: 7, mulaw: 8, extended: 9, aac: 10, mp3At8Khz: 14 } as const;
const LEGACY_CODECS: Readonly<Record<number, string>> = {
  1: 'ADPCM',
  4: 'Nellymoser',
  5: 'Nellymoser',
  6: 'Nellymoser',
  11: 'Speex',
  15: 'device-specific sound',
};
export const FLV_SAMPLE_RATES = [5512, 11025, 22050, 44100] as const;
const G711_RATE_HZ = 8000;

const CODEC_OF_FOUR_CC: ReadonlyMap<number, AudioCodec> = new Map(
  Object.entries(AUDIO_FOUR_CC).map(([codec, text]) => [fourCcNumber(text), codec as AudioCodec]),
);
const NO_TAGS: readonly AudioTag[] = [];

/**
 * The body of an audio message, or of an audio tag in a file.
 *
 * Shape:    a tag for each track in it; none for an empty message, which some encoders send.
 * Errors:   ParseError when truncated, or at the limits of multitrack messages and extensions.
 * Aliasing: bodies are views of the input.
 * Source:   FLV E.4.2, Enhanced RTMP v2.
 */
export function parseAudioTag(bytes: Uint8Array): readonly AudioTag[] {
  if (bytes.length === 0) return NO_TAGS;
  const reader = new ByteReader(bytes, 'audio tag');
  const first = reader.u8();
  return first >> 4 === FLV_SOUND_FORMAT.extended ? extendedTags(reader, first) : [legacyTag(reader, first)];
}

function legacyTag(reader: ByteReader, first: number): AudioTag {
  const format = first >> 4;
  const codec = legacyCodec(format);
  const base = {
    kind: 'audio',
    trackId: 0,
    codec,
    codecLabel: codec ?? LEGACY_CODECS[format] ?? `codec ${format}`,
    nanosecondOffset: 0,
    sound: soundOf(first),
  } as const;
  if (codec !== 'MPEG-4 Audio') return { ...base, packet: 'frame', body: reader.rest() };
  const type = reader.u8();
  const packet = type === AacPacket.sequenceStart ? 'sequenceStart' : type === AacPacket.raw ? 'frame' : 'other';
  return { ...base, packet, body: reader.rest() };
}

function legacyCodec(format: number): AudioCodec | undefined {
  switch (format) {
    case FLV_SOUND_FORMAT.lpcm: // of the platform's byte order, which is little-endian everywhere
    case FLV_SOUND_FORMAT.lpcmLittleEndian:
      return 'LPCM';
    case FLV_SOUND_FORMAT.mp3:
    case FLV_SOUND_FORMAT.mp3At8Khz:
      return 'MPEG-1/2 Audio';
    case FLV_SOUND_FORMAT.alaw:
    case FLV_SOUND_FORMAT.mulaw:
      return 'G711';
    case FLV_SOUND_FORMAT.aac:
      return 'MPEG-4 Audio';
    default:
      return undefined;
  }
}

function soundOf(first: number): SoundFormat {
  const format = first >> 4;
  const isG711 = format === FLV_SOUND_FORMAT.alaw || format === FLV_SOUND_FORMAT.mulaw;
  return {
    sampleRateHz: isG711 || format === FLV_SOUND_FORMAT.mp3At8Khz ? G711_RATE_HZ : FLV_SAMPLE_RATES[(first >> 2) & 3]!,
    bitDepth: (first & 2) === 0 ? 8 : 16,
    channelCount: (first & 1) === 0 ? 1 : 2,
    muLaw: format === FLV_SOUND_FORMAT.mulaw,
  };
}

function extendedTags(reader: ByteReader, first: number): readonly AudioTag[] {
  const { packetType, nanosecondOffset } = readExtensions(reader, first & 0x0f, PacketType.modEx);
  if (packetType !== PacketType.multitrack) {
    return readSingleTrack(reader).map((part) => extendedTag(part, packetType, nanosecondOffset));
  }
  const types = reader.u8();
  return readTracks(reader, types >> 4).map((part) => extendedTag(part, types & 0x0f, nanosecondOffset));
}

function extendedTag({ fourCc, trackId, body }: TrackPart, packetType: number, nanosecondOffset: number): AudioTag {
  const codec = CODEC_OF_FOUR_CC.get(fourCc);
  const codecLabel = codec ?? fourCcText(fourCc);
  return { kind: 'audio', trackId, codec, codecLabel, packet: extendedPacket(packetType), nanosecondOffset, sound: undefined, body };
}

function extendedPacket(type: number): AudioPacket {
  switch (type) {
    case PacketType.sequenceStart:
      return 'sequenceStart';
    case PacketType.codedFrames:
      return 'frame';
    case PacketType.sequenceEnd:
      return 'sequenceEnd';
    default:
      return 'other'; // how channels are placed, and what has no meaning here
  }
}

/** What is written before a configuration or a frame. */
export interface AudioTagHeader {
  readonly codec: AudioCodec;
  /** 0: the first, or only, track. */
  readonly trackId: number;
  readonly packet: 'sequenceStart' | 'frame';
  /** G711, LPCM and MP3 as the first track need it. */
  readonly sound?: SoundFormat;
}

/** AAC has its own rate and channels in the configuration: the bits are always those of 44.1 kHz, 16 bits, stereo. */
const AAC_SOUND_BITS = 0x0f;

/** Without extension where it can be done: readers that know no extension read it. */
function isLegacy({ codec, trackId }: AudioTagHeader): boolean {
  return trackId === 0 && (codec === 'MPEG-4 Audio' || codec === 'MPEG-1/2 Audio' || codec === 'G711' || codec === 'LPCM');
}

export function sizeOfAudioTagHeader(header: AudioTagHeader): number {
  if (isLegacy(header)) return header.codec === 'MPEG-4 Audio' ? 2 : 1;
  return header.trackId === 0 ? 5 : 7;
}

/** Errors: RangeError for G711 and LPCM as another than the first track: they have no four characters. */
export function writeAudioTagHeader(sink: TagSink, header: AudioTagHeader): void {
  const { codec, trackId, packet } = header;
  if (isLegacy(header)) {
    if (codec === 'MPEG-4 Audio') {
      sink.u8((FLV_SOUND_FORMAT.aac << 4) | AAC_SOUND_BITS);
      sink.u8(packet === 'frame' ? AacPacket.raw : AacPacket.sequenceStart);
    } else sink.u8(soundByte(header));
    return;
  }
  if (codec === 'G711' || codec === 'LPCM') throw new RangeError(`${codec} can only be the first audio track`);
  const type = packet === 'sequenceStart' ? PacketType.sequenceStart : PacketType.codedFrames;
  if (trackId === 0) sink.u8((FLV_SOUND_FORMAT.extended << 4) | type);
  else {
    sink.u8((FLV_SOUND_FORMAT.extended << 4) | PacketType.multitrack);
    sink.u8(type); // one track
  }
  sink.u32(fourCcNumber(AUDIO_FOUR_CC[codec]));
  if (trackId !== 0) sink.u8(trackId);
}

function soundByte({ codec, sound }: AudioTagHeader): number {
  const { sampleRateHz = 44_100, bitDepth = 16, channelCount = 2, muLaw = false } = sound ?? {};
  const rate = codec === 'G711' ? 0 : Math.max(0, FLV_SAMPLE_RATES.indexOf(sampleRateHz as (typeof FLV_SAMPLE_RATES)[number]));
  return (soundFormat(codec, muLaw) << 4) | (rate << 2) | (bitDepth === 16 ? 2 : 0) | (channelCount === 2 ? 1 : 0);
}

function soundFormat(codec: AudioCodec, muLaw: boolean): number {
  if (codec === 'LPCM') return FLV_SOUND_FORMAT.lpcmLittleEndian;
  if (codec === 'G711') return muLaw ? FLV_SOUND_FORMAT.mulaw : FLV_SOUND_FORMAT.alaw;
  return FLV_SOUND_FORMAT.mp3;
}
