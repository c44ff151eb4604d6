import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import type { EpochState } from '../epoch.ts';
import type { Track, TrackKind } from '../track.ts';
import { readCodec, readText, writeCodec, writeText } from './codec-parameters.ts';
import { ENVELOPE_VERSION, EnvelopeKind, EPOCH_AT, expectKind, FLAGS_AT, HEADER_BYTES, MAX_ENVELOPE_BYTES } from './header.ts';
import { readI64, readU53, writeI64Into } from './numbers.ts';
import { MAX_TRACK_ID } from './unit-envelope.ts';

const STRUCTURE = 'state envelope';
const StateFlag = { continues: 1, timelineOffset: 2, title: 4 } as const;
const KNOWN_FLAGS = 7;
const KINDS: readonly TrackKind[] = ['video', 'audio', 'data'];

/**
 * An epoch's state on the bus, version 1, big-endian: version, kind, flags, a zero, epoch (8), first unit (8), first segment (4),
 * first part (4), the epoch that it continues (8, flag), its timeline offset in microseconds (8, two's complement, flag), path,
 * revision (4), title (flag), count of tracks (1); of each track id (1), kind (1), clock rate (4), codec and parameters.
 *
 * Errors: RangeError when it exceeds MAX_ENVELOPE_BYTES or a track id MAX_TRACK_ID; ParseError when bytes are truncated, trail or
 *         make no sense; EnvelopeVersionError for another version.
 */
export function serializeStateEnvelope(state: EpochState): Uint8Array {
  const { continues, timelineOffsetUs, description } = state;
  const { tracks, title } = description;
  const writer = new ByteWriter(1024);
  writer.u8(ENVELOPE_VERSION).u8(EnvelopeKind.state);
  writer.u8(
    (continues === undefined ? 0 : StateFlag.continues) |
      (timelineOffsetUs === undefined ? 0 : StateFlag.timelineOffset) |
      (title === undefined ? 0 : StateFlag.title),
  );
  writer.u8(0).u64(state.epoch).u64(state.firstUnit).u32(state.firstSegment).u32(state.firstPart);
  if (continues !== undefined) writer.u64(continues);
  if (timelineOffsetUs !== undefined) writeI64(timelineOffsetUs, writer);
  writeText(state.path, writer);
  writer.u32(description.revision);
  if (title !== undefined) writeText(title, writer);
  if (tracks.length > MAX_TRACK_ID) throw new RangeError(`a description has ${tracks.length} tracks, at most ${MAX_TRACK_ID} are carried`);
  writer.u8(tracks.length);
  for (const track of tracks) {
    if (track.id > MAX_TRACK_ID) throw new RangeError(`a track has the id ${track.id}, at most ${MAX_TRACK_ID} is carried`);
    writer.u8(track.id).u8(KINDS.indexOf(track.kind)).u32(track.clockRateHz);
    writeCodec(track, writer);
  }
  if (writer.position > MAX_ENVELOPE_BYTES) {
    throw new RangeError(`a description takes ${writer.position} bytes, at most ${MAX_ENVELOPE_BYTES} are carried`);
  }
  return writer.finish();
}

export function parseStateEnvelope(bytes: Uint8Array): EpochState {
  expectKind(bytes, EnvelopeKind.state);
  if (bytes.length > MAX_ENVELOPE_BYTES) throw new ParseError(STRUCTURE, 0, `has ${bytes.length} bytes, more than ${MAX_ENVELOPE_BYTES}`);
  const flags = bytes[FLAGS_AT]!;
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new ParseError(STRUCTURE, FLAGS_AT, `has the unknown flags ${flags}`);
  const epoch = readU53(bytes, EPOCH_AT);
  const reader = new ByteReader(bytes, STRUCTURE, HEADER_BYTES);
  const firstUnit = reader.u64();
  const firstSegment = reader.u32();
  const firstPart = reader.u32();
  const continues = (flags & StateFlag.continues) === 0 ? {} : { continues: reader.u64() };
  const offset = (flags & StateFlag.timelineOffset) === 0 ? {} : { timelineOffsetUs: readI64(reader.bytes(8), 0) };
  const path = readText(reader);
  const revision = reader.u32();
  const title = (flags & StateFlag.title) === 0 ? {} : { title: readText(reader) };
  const tracks: Track[] = [];
  for (let left = reader.u8(); left > 0; left--) tracks.push(readTrack(reader));
  if (reader.remaining > 0) throw new ParseError(STRUCTURE, reader.position, `${reader.remaining} bytes follow it`);
  return { path, epoch, ...continues, firstUnit, firstSegment, firstPart, ...offset, description: { tracks, revision, ...title } };
}

function readTrack(reader: ByteReader): Track {
  const id = reader.u8();
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw new ParseError(STRUCTURE, reader.position - 1, 'a track is of an unknown kind');
  const clockRateHz = reader.u32();
  if (clockRateHz === 0) throw new ParseError(STRUCTURE, reader.position - 4, 'a track has the clock rate 0');
  return { id, kind, clockRateHz, ...readCodec(reader) };
}

function writeI64(value: number, writer: ByteWriter): void {
  const bytes = new Uint8Array(8);
  writeI64Into(value, bytes, 0);
  writer.bytes(bytes);
}
