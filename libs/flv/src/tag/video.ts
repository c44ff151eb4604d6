import { ByteReader } from '@mediamesh/bytes';
import { VIDEO_FOUR_CC, fourCcNumber, fourCcText } from './four-cc.ts';
import { readExtensions, readSingleTrack, readTracks } from './multitrack.ts';
import type { TrackPart } from './multitrack.ts';
import type { TagSink } from './sink.ts';

export type VideoCodec = keyof typeof VIDEO_FOUR_CC;

/** What a packet of video is. `other`: metadata of colours, commands of a player, and what has no meaning here. */
export type VideoPacket = 'sequenceStart' | 'frame' | 'sequenceEnd' | 'other';

/** One track's part of a video message. */
export interface VideoTag {
  readonly kind: 'video';
  readonly trackId: number;
  /** Undefined for a codec that is not known here. */
  readonly codec: VideoCodec | undefined;
  /** For messages to people. */
  readonly codecLabel: string;
  readonly packet: VideoPacket;
  /** The frame type says so. */
  readonly key: boolean;
  /** Presentation time less decoding time; negative values are allowed. */
  readonly compositionMs: number;
  /** To be added to the presentation time. */
  readonly nanosecondOffset: number;
  /** Behind all headers: a configuration, or a frame in the form of the codec's container format. */
  readonly body: Uint8Array;
}

/** Packet types of the extended header. Source: Enhanced RTMP v2, VideoPacketType. */
const PacketType = { sequenceStart: 0, codedFrames: 1, sequenceEnd: 2, codedFramesX: 3, metadata: 4, multitrack: 6, modEx: 7 } as const;
/** AVCPacketType. Source: FLV E.4.3.2. */
const AvcPacket = { sequenceStart: 0, nalUnits: 1, sequenceEnd: 2 } as const;
const FRAME_TYPE_KEY = 1;
const FRAME_TYPE_INTER = 2;
const FRAME_TYPE_COMMAND = 5;
const EXTENDED = 0x80;
export const FLV_CODEC_H264 = 7;
/** Not of the specification: what Chinese CDNs use for H.265. */
const LEGACY_CODEC_H265 = 12;
const LEGACY_CODECS: Readonly<Record<number, string>> = {
  2: 'Sorenson H.263',
  3: 'Screen video',
  4: 'VP6',
  5: 'VP6 with alpha',
  6: 'Screen video 2',
};

const CODEC_OF_FOUR_CC: ReadonlyMap<number, VideoCodec> = new Map(
  Object.entries(VIDEO_FOUR_CC).map(([codec, text]) => [fourCcNumber(text), codec as VideoCodec]),
);
const NO_TAGS: readonly VideoTag[] = [];

/**
 * The body of a video message, or of a video tag in a file.
 *
 * Shape:    a tag for each track in it; none for an empty message, which some encoders send to keep a connection open.
 * Errors:   ParseError when truncated, or at the limits of multitrack messages and extensions.
 * Aliasing: bodies are views of the input.
 * Source:   FLV E.4.3, Enhanced RTMP v2.
 */
export function parseVideoTag(bytes: Uint8Array): readonly VideoTag[] {
  if (bytes.length === 0) return NO_TAGS;
  const reader = new ByteReader(bytes, 'video tag');
  const first = reader.u8();
  return (first & EXTENDED) === 0 ? [legacyTag(reader, first)] : extendedTags(reader, first);
}

function legacyTag(reader: ByteReader, first: number): VideoTag {
  const codecId = first & 0x0f;
  const frameType = first >> 4;
  const codec = codecId === FLV_CODEC_H264 ? 'H264' : codecId === LEGACY_CODEC_H265 ? 'H265' : undefined;
  const codecLabel = codec ?? LEGACY_CODECS[codecId] ?? `codec ${codecId}`;
  const base = { kind: 'video', trackId: 0, codec, codecLabel, key: frameType === FRAME_TYPE_KEY, nanosecondOffset: 0 } as const;
  if (frameType === FRAME_TYPE_COMMAND) return { ...base, packet: 'other', compositionMs: 0, body: reader.rest() };
  if (codec === undefined) return { ...base, packet: 'frame', compositionMs: 0, body: reader.rest() };
  const type = reader.u8();
  const compositionMs = signed24(reader.u24());
  return { ...base, packet: legacyPacket(type), compositionMs, body: reader.rest() };
}

function legacyPacket(type: number): VideoPacket {
  switch (type) {
    case AvcPacket.sequenceStart:
      return 'sequenceStart';
    case AvcPacket.nalUnits:
      return 'frame';
    case AvcPacket.sequenceEnd:
      return 'sequenceEnd';
    default:
      return 'other';
  }
}

function extendedTags(reader: ByteReader, first: number): readonly VideoTag[] {
  const frameType = (first >> 4) & 0x07;
  const { packetType, nanosecondOffset } = readExtensions(reader, first & 0x0f, PacketType.modEx);
  // A command of a player to seek: no codec follows.
  if (frameType === FRAME_TYPE_COMMAND && packetType !== PacketType.metadata) return NO_TAGS;
  const head = { key: frameType === FRAME_TYPE_KEY, nanosecondOffset };
  if (packetType !== PacketType.multitrack) return readSingleTrack(reader).map((part) => extendedTag(part, packetType, head));
  const types = reader.u8();
  return readTracks(reader, types >> 4).map((part) => extendedTag(part, types & 0x0f, head));
}

function extendedTag(
  { fourCc, trackId, body }: TrackPart,
  packetType: number,
  head: { readonly key: boolean; readonly nanosecondOffset: number },
): VideoTag {
  const codec = CODEC_OF_FOUR_CC.get(fourCc);
  const tag = { kind: 'video', trackId, codec, codecLabel: codec ?? fourCcText(fourCc), ...head } as const;
  switch (packetType) {
    case PacketType.sequenceStart:
      return { ...tag, packet: 'sequenceStart', compositionMs: 0, body };
    case PacketType.sequenceEnd:
      return { ...tag, packet: 'sequenceEnd', compositionMs: 0, body };
    case PacketType.codedFramesX:
      return { ...tag, packet: 'frame', compositionMs: 0, body };
    case PacketType.codedFrames: {
      if (codec !== 'H264' && codec !== 'H265') return { ...tag, packet: 'frame', compositionMs: 0, body };
      const reader = new ByteReader(body, 'video tag');
      return { ...tag, packet: 'frame', compositionMs: signed24(reader.u24()), body: reader.rest() };
    }
    default:
      return { ...tag, packet: 'other', compositionMs: 0, body };
  }
}

function signed24(value: number): number {
  return value >= 0x80_0000 ? value - 0x100_0000 : value;
}

/** What is written before a configuration or a frame. */
export interface VideoTagHeader {
  readonly codec: VideoCodec;
  /** 0: the first, or only, track. */
  readonly trackId: number;
  readonly packet: 'sequenceStart' | 'frame';
  readonly key: boolean;
  readonly compositionMs: number;
}

/** Composition times that 24 bits hold. */
const MAX_COMPOSITION_MS = 0x7f_ffff;

/** Without extension where H.264 can do without: also readers that know no other codec read it. */
function isLegacy({ codec, trackId }: VideoTagHeader): boolean {
  return codec === 'H264' && trackId === 0;
}

function hasComposition({ codec, packet, compositionMs }: VideoTagHeader): boolean {
  return packet === 'frame' && compositionMs !== 0 && (codec === 'H264' || codec === 'H265');
}

export function sizeOfVideoTagHeader(header: VideoTagHeader): number {
  if (isLegacy(header)) return 5;
  return (header.trackId === 0 ? 5 : 7) + (hasComposition(header) ? 3 : 0);
}

/** Errors: RangeError for a composition time that 24 bits do not hold. */
export function writeVideoTagHeader(sink: TagSink, header: VideoTagHeader): void {
  const { codec, trackId, packet, key, compositionMs } = header;
  if (Math.abs(compositionMs) > MAX_COMPOSITION_MS) throw new RangeError(`a composition time of ${compositionMs} ms cannot be written`);
  const frameType = key || packet === 'sequenceStart' ? FRAME_TYPE_KEY : FRAME_TYPE_INTER;
  if (isLegacy(header)) {
    sink.u8((frameType << 4) | FLV_CODEC_H264);
    sink.u8(packet === 'frame' ? AvcPacket.nalUnits : AvcPacket.sequenceStart);
    sink.u24(packet === 'frame' ? compositionMs & 0xff_ffff : 0);
    return;
  }
  const composed = hasComposition(header);
  const type = packet === 'sequenceStart' ? PacketType.sequenceStart : composed ? PacketType.codedFrames : PacketType.codedFramesX;
  if (trackId === 0) sink.u8(EXTENDED | (frameType << 4) | type);
  else {
    sink.u8(EXTENDED | (frameType << 4) | PacketType.multitrack);
    sink.u8(type); // one track
  }
  sink.u32(fourCcNumber(VIDEO_FOUR_CC[codec]));
  if (trackId !== 0) sink.u8(trackId);
  if (composed) sink.u24(compositionMs & 0xff_ffff);
}
