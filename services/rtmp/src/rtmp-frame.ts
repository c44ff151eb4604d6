import {
  MESSAGE_TYPE,
  CHUNK_STREAM,
  ChunkedMessageWriter,
  MESSAGE_STREAM_ID,
  OUTGOING_CHUNK_SIZE,
  sizeOfChunkedMessage,
} from '@mediamesh/rtmp';
import { sizeOfAudioTagHeader, sizeOfVideoTagHeader, writeAudioTagHeader, writeVideoTagHeader } from '@mediamesh/flv';
import type { AudioTagHeader, VideoTagHeader } from '@mediamesh/flv';
import type { BusUnit } from '@mediamesh/media';
import { hasPicture, sizeOfVideoBody, writeVideoBody } from './frame-body.ts';
import type { OutgoingTrack } from './outgoing-track.ts';
import type { SoundFrame } from './sound-frames.ts';

const EMPTY = new Uint8Array(0);
const TIMESTAMPS = 2 ** 32;

/**
 * A unit's messages in chunks, made once for all readers of the path that know its track by the same number.
 *
 * Shape: complete chunks, so that any number of frames can follow each other on a connection.
 */
export class RtmpFrame {
  readonly outgoing: OutgoingTrack;
  private readonly unit: BusUnit;
  private readonly cut: readonly SoundFrame[] | undefined;
  /** By the track's number at the reader, which for almost all readers is the same. */
  private readonly variants: (Uint8Array | undefined)[] = [];

  /** Errors: ParseError when the unit cannot be read. */
  constructor(outgoing: OutgoingTrack, unit: BusUnit) {
    this.outgoing = outgoing;
    this.unit = unit;
    this.cut = outgoing.cutter?.cut(unit.payload);
  }

  /** Empty when nothing of the unit is for players. Hot: once a frame and reader. */
  bytes(trackNumber: number): Uint8Array {
    return (this.variants[trackNumber] ??= this.serialize(trackNumber));
  }

  /** Of the first message, as players get it. */
  get timestampMs(): number {
    return timestampOf(this.unit.dtsTicks, this.outgoing.track.clockRateHz);
  }

  private serialize(trackNumber: number): Uint8Array {
    const { outgoing, unit } = this;
    const { codec } = outgoing;
    if (codec.kind === 'audio') return serializeSound(outgoing, unit, trackNumber, this.cut!);
    return hasPicture(codec.codec, unit.payload) ? serializeVideo(outgoing, unit, trackNumber) : EMPTY;
  }
}

/** The configuration of a track as a message. Errors: the track has none. */
export function serializeConfiguration({ codec, configuration }: OutgoingTrack, trackNumber: number, timestampMs: number): Uint8Array {
  if (configuration === undefined || configuration === null) throw new Error('the track has no configuration');
  if (codec.kind === 'video') {
    const header = { codec: codec.codec, trackId: trackNumber, packet: 'sequenceStart', key: true, compositionMs: 0 } as const;
    const target = targetFor(sizeOfVideoTagHeader(header) + configuration.length, timestampMs);
    beginVideo(target, header, configuration.length, timestampMs).bytes(configuration);
    return target;
  }
  const header = { codec: codec.codec, trackId: trackNumber, packet: 'sequenceStart' } as const;
  const target = targetFor(sizeOfAudioTagHeader(header) + configuration.length, timestampMs);
  beginAudio(new ChunkedMessageWriter(target, OUTGOING_CHUNK_SIZE), header, configuration.length, timestampMs).bytes(configuration);
  return target;
}

function serializeVideo({ codec, slab, track }: OutgoingTrack, unit: BusUnit, trackId: number): Uint8Array {
  if (codec.kind !== 'video') return EMPTY;
  const { payload, key } = unit;
  const { clockRateHz } = track;
  const dtsMs = millisOf(unit.dtsTicks, clockRateHz);
  const compositionMs = millisOf(unit.ptsTicks, clockRateHz) - dtsMs;
  const header: VideoTagHeader = { codec: codec.codec, trackId, packet: 'frame', key, compositionMs };
  const bodyBytes = sizeOfVideoBody(codec.codec, payload);
  const timestampMs = wrapped(dtsMs);
  const target = slab.cut(sizeOfChunkedMessage(sizeOfVideoTagHeader(header) + bodyBytes, timestampMs, OUTGOING_CHUNK_SIZE));
  const writer = beginVideo(target, header, bodyBytes, timestampMs);
  writeVideoBody(writer, codec.codec, payload);
  writer.end();
  return target;
}

function serializeSound(outgoing: OutgoingTrack, unit: BusUnit, trackId: number, cut: readonly SoundFrame[]): Uint8Array {
  const { codec, slab, track } = outgoing;
  if (codec.kind !== 'audio') return EMPTY;
  const headers: AudioTagHeader[] = [];
  let size = 0;
  for (const { bytes, sound = codec.sound, offsetTicks } of cut) {
    const header: AudioTagHeader = { codec: codec.codec, trackId, packet: 'frame', ...(sound && { sound }) };
    headers.push(header);
    const timestampMs = timestampOf(unit.ptsTicks + offsetTicks, track.clockRateHz);
    size += sizeOfChunkedMessage(sizeOfAudioTagHeader(header) + bytes.length, timestampMs, OUTGOING_CHUNK_SIZE);
  }
  const target = slab.cut(size);
  const writer = new ChunkedMessageWriter(target, OUTGOING_CHUNK_SIZE);
  for (const [index, { bytes, offsetTicks }] of cut.entries()) {
    beginAudio(writer, headers[index]!, bytes.length, timestampOf(unit.ptsTicks + offsetTicks, track.clockRateHz)).bytes(bytes);
    writer.end();
  }
  return target;
}

function targetFor(bodyBytes: number, timestampMs: number): Uint8Array {
  return new Uint8Array(sizeOfChunkedMessage(bodyBytes, timestampMs, OUTGOING_CHUNK_SIZE));
}

function beginVideo(target: Uint8Array, header: VideoTagHeader, bodyBytes: number, timestampMs: number): ChunkedMessageWriter {
  const writer = new ChunkedMessageWriter(target, OUTGOING_CHUNK_SIZE);
  const message = { chunkStreamId: CHUNK_STREAM.video, typeId: MESSAGE_TYPE.video, streamId: MESSAGE_STREAM_ID, timestampMs };
  writer.begin(message, sizeOfVideoTagHeader(header) + bodyBytes);
  writeVideoTagHeader(writer, header);
  return writer;
}

function beginAudio(writer: ChunkedMessageWriter, header: AudioTagHeader, bodyBytes: number, timestampMs: number): ChunkedMessageWriter {
  const message = { chunkStreamId: CHUNK_STREAM.audio, typeId: MESSAGE_TYPE.audio, streamId: MESSAGE_STREAM_ID, timestampMs };
  writer.begin(message, sizeOfAudioTagHeader(header) + bodyBytes);
  writeAudioTagHeader(writer, header);
  return writer;
}

/** Times before the beginning, as decoding times of the first pictures in front of B-frames have, are the beginning. */
function millisOf(ticks: number, clockRateHz: number): number {
  return Math.max(0, Math.round((ticks * 1000) / clockRateHz));
}

function wrapped(ms: number): number {
  return ms % TIMESTAMPS;
}

function timestampOf(ticks: number, clockRateHz: number): number {
  return wrapped(millisOf(ticks, clockRateHz));
}
