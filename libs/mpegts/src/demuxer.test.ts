import { bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { CLIP_NAMES, demux, storedClip, streamsOf, unitsOf } from './clips.cases.ts';
import type { ClipName } from './clips.cases.ts';
import { MAX_PROGRAMS, MAX_STREAMS, TS_PACKET_BYTES, TsDemuxer } from './index.ts';
import type { TsEvent, TsUnit } from './index.ts';
import { PacketWriter, NO_ADAPTATION } from './mux/packet-writer.ts';
import { PieceList } from './mux/piece-list.ts';
import { sizeOfPesHeader, writePesHeaderInto } from './pes.ts';
import { serializePat, serializePmt } from './program-tables.ts';
import type { Descriptor, ElementaryStream } from './program-tables.ts';
import { STREAM_TYPE } from './stream-type.ts';

const DESCRIPTIONS: Readonly<Record<ClipName, readonly object[]>> = {
  'h264-aac': [
    { codec: 'H264', parameters: {}, clockRateHz: 90_000 },
    { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('1188') }, clockRateHz: 48_000 },
  ],
  'h265-opus': [
    { codec: 'H265', parameters: {}, clockRateHz: 90_000 },
    { codec: 'Opus', parameters: { channelCount: 1 }, clockRateHz: 48_000 },
  ],
  'mpeg2-mp2': [
    { codec: 'MPEG-1/2 Video', parameters: {}, clockRateHz: 90_000 },
    { codec: 'MPEG-1/2 Audio', parameters: {}, clockRateHz: 90_000 },
  ],
  'mpeg4-ac3': [
    { codec: 'MPEG-4 Video', parameters: {}, clockRateHz: 90_000 },
    { codec: 'AC3', parameters: { sampleRateHz: 48_000, channelCount: 1 }, clockRateHz: 48_000 },
  ],
  latm: [{ codec: 'MPEG-4 Audio LATM', parameters: { profileLevelId: 30, configInBand: false }, clockRateHz: 48_000 }],
  wrapping: [{ codec: 'H264', parameters: {}, clockRateHz: 90_000 }],
};

/** Frames of audio share a PES packet. */
const isVideo = (codec: string): boolean => codec.startsWith('H26') || codec.endsWith('Video');

describe.each(CLIP_NAMES)('%s', (name) => {
  const { bytes, streams: probed } = storedClip(name);
  const events = demux(bytes);

  test('streams are described, and nothing is lost or malformed', () => {
    expect(streamsOf(events)).toMatchObject(DESCRIPTIONS[name].map((description, index) => ({ ...description, number: index + 1 })));
    expect(events.filter(({ kind }) => kind === 'lost' || kind === 'error')).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'streams')).toHaveLength(1);
  });

  test('every frame is there, at the time that ffprobe says', () => {
    const period = 2 ** 33;
    const origin = probed[0]!.dts[0] ?? 0;
    for (const [index, { pid, codec, clockRateHz }] of streamsOf(events).entries()) {
      const units = unitsOf(events, pid);
      const { pts, dts } = probed[index]!;
      expect(units.flatMap(({ payload }) => payload).length).toBeGreaterThanOrEqual(dts.length);
      if (dts[0] === null) continue;
      const expected = (ticks: number | null): number => {
        const sinceFirst = ticks! - origin < -period / 2 ? ticks! - origin + period : ticks! - origin;
        return Math.round((sinceFirst * clockRateHz) / 90_000);
      };
      if (isVideo(codec)) {
        expect(units.map(({ ptsTicks }) => ptsTicks)).toEqual(pts.map(expected));
        expect(units.map(({ dtsTicks }) => dtsTicks)).toEqual(dts.map(expected));
      } else {
        let frame = 0;
        for (const unit of units) {
          expect(unit.dtsTicks).toBe(expected(dts[frame]!));
          frame += unit.payload.length;
        }
        expect(frame).toBe(dts.length);
      }
    }
  });

  test.each([1, 7, TS_PACKET_BYTES, TS_PACKET_BYTES + 1, 1000])('chunks of %i bytes give the same events', (chunkBytes) => {
    expect(demux(bytes, chunkBytes)).toEqual(events);
  });

  test('a stream that is cut anywhere gives the beginning of its units', () => {
    const whole = streamsOf(events).map(({ pid }) => contentsOf(unitsOf(events, pid)));
    for (let length = 0; length < bytes.length; length++) {
      const some = demux(bytes.subarray(0, length), 997);
      for (const [index, { pid }] of streamsOf(events).entries()) {
        const contents = contentsOf(unitsOf(some, pid));
        const complete = contents.substring(0, contents.lastIndexOf(';')); // the last one of video is what was there
        expect(whole[index]!.startsWith(complete)).toBe(true);
      }
    }
  });
});

function contentsOf(units: readonly TsUnit[]): string {
  return units.map(({ payload }) => payload.map(hexFromBytes).join()).join(';');
}

const PID = 0x100;
const KLVA: Descriptor = { tag: 5, data: bytesFromHex('4b4c5641') };

function packets(writer: PacketWriter, ...parts: readonly Uint8Array[]): Uint8Array {
  const pieces = new PieceList();
  for (const part of parts) pieces.add(part);
  const target = new Uint8Array(writer.sizeOf(pieces, NO_ADAPTATION));
  writer.writeInto(pieces, NO_ADAPTATION, target, 0);
  return target;
}

function section(pid: number, bytes: Uint8Array): Uint8Array {
  return packets(new PacketWriter(pid), Uint8Array.of(0), bytes);
}

function tables(streams: readonly ElementaryStream[]): readonly Uint8Array[] {
  return [
    section(0, serializePat([{ number: 1, pmtPid: 0x1000 }])),
    section(0x1000, serializePmt({ programNumber: 1, pcrPid: PID, streams })),
  ];
}

function eventsOf(chunks: readonly Uint8Array[]): readonly TsEvent[] {
  const demuxer = new TsDemuxer();
  return [...chunks.flatMap((chunk) => demuxer.push(chunk)), ...demuxer.end()];
}

function stream(streamType: number, descriptors: readonly Descriptor[] = [], pid = PID): ElementaryStream {
  return { pid, streamType, descriptors };
}

describe('what is wrong with a stream', () => {
  const { bytes } = storedClip('h264-aac');
  const video = streamsOf(demux(bytes))[0]!.pid;

  test('bytes between packets are passed, and told once', () => {
    const at = TS_PACKET_BYTES * 4;
    const garbage = Uint8Array.from({ length: 100 }, (_, index) => index % 0x40);
    const events = demux(Uint8Array.of(...bytes.subarray(0, at), ...garbage, ...bytes.subarray(at)));
    expect(events.filter(({ kind }) => kind === 'error')).toHaveLength(1);
    expect(unitsOf(events)).toEqual(unitsOf(demux(bytes)));
  });

  test('a packet that is missing is counted, and the next unit is marked', () => {
    const starts = packetsOf(bytes).filter(({ pid }) => pid === video);
    const lost = starts[starts.length >> 1]!.at;
    const events = demux(Uint8Array.of(...bytes.subarray(0, lost), ...bytes.subarray(lost + TS_PACKET_BYTES)));
    expect(events.filter(({ kind }) => kind === 'lost')).toEqual([{ kind: 'lost', packets: 1 }]);
    const units = unitsOf(events, video);
    expect(units.filter(({ discontinuity }) => discontinuity)).toHaveLength(1);
    expect(units.length).toBeLessThan(10);
  });

  test('a packet that comes twice counts once', () => {
    const { at } = packetsOf(bytes).filter(({ pid }) => pid === video)[3]!;
    const packet = bytes.subarray(at, at + TS_PACKET_BYTES);
    const twice = Uint8Array.of(...bytes.subarray(0, at), ...packet, ...bytes.subarray(at));
    expect(demux(twice)).toEqual(demux(bytes));
  });

  test('counters may begin anew in the next segment', () => {
    const demuxer = new TsDemuxer();
    const events = [...demuxer.push(bytes), ...demuxer.endSegment(), ...demuxer.push(bytes), ...demuxer.end()];
    expect(events.filter(({ kind }) => kind === 'lost')).toEqual([]);
    expect(unitsOf(events)).toHaveLength(2 * unitsOf(demux(bytes)).length);
  });

  test('streams of an unknown type are told by number', () => {
    const klv = stream(STREAM_TYPE.privateData, [KLVA], 0x101);
    const events = eventsOf(tables([stream(0x99), klv, stream(STREAM_TYPE.privateData, [], 0x102)]));
    expect(events).toEqual([
      {
        kind: 'streams',
        streams: [{ number: 2, pid: 0x101, clockRateHz: 90_000, codec: 'KLV', parameters: {} }],
        unsupported: [1, 3],
      },
    ]);
  });

  test('a section whose CRC is wrong is not believed', () => {
    const [pat, pmt] = tables([stream(STREAM_TYPE.h264)]);
    const broken = Uint8Array.from(pmt!);
    broken[broken.length - 1]! ^= 1;
    expect(eventsOf([pat!, broken]).map(({ kind }) => kind)).toEqual(['error']);
    expect(eventsOf([pat!, broken, pmt!]).map(({ kind }) => kind)).toEqual(['error', 'streams']);
  });

  test('asynchronous KLV has the time of what came before it', () => {
    const klv = new PacketWriter(0x101);
    const chunks = [...tables([stream(STREAM_TYPE.mpeg1Audio), stream(STREAM_TYPE.privateData, [KLVA], 0x101)])];
    const data = bytesFromHex('000001bd0005800000' + '0a0b');
    const audio = new PacketWriter(PID);
    chunks.push(packets(klv, data)); // before any time: lost
    chunks.push(packets(audio, ...pes(0, mp2())));
    chunks.push(packets(klv, data));
    chunks.push(packets(audio, ...pes(28_800, mp2())));
    const units = unitsOf(eventsOf(chunks), 0x101);
    expect(units.map(({ payload, ptsTicks }) => [ptsTicks, ...payload])).toEqual([[0, bytesFromHex('0a0b')]]);
  });
});

describe('limits', () => {
  test.each([
    [MAX_PROGRAMS, 0],
    [MAX_PROGRAMS + 1, 1],
  ])('%i programs: %i errors', (count, errors) => {
    const programs = Array.from({ length: count }, (_, index) => ({ number: index + 1, pmtPid: 0x20 + index }));
    const events = eventsOf([section(0, serializePat(programs))]);
    expect(events.filter(({ kind }) => kind === 'error')).toHaveLength(errors);
  });

  test.each([
    [MAX_STREAMS, 0],
    [MAX_STREAMS + 1, 1],
  ])('%i streams: %i errors', (count, errors) => {
    const streams = Array.from({ length: count }, (_, index) => stream(STREAM_TYPE.h264, [], 0x100 + index));
    const events = eventsOf(tables(streams));
    expect(events.filter(({ kind }) => kind === 'error')).toHaveLength(errors);
  });
});

function pes(ticks: number, payload: Uint8Array): readonly Uint8Array[] {
  const header = new Uint8Array(sizeOfPesHeader(false));
  writePesHeaderInto({ streamId: 0xc0, pts: ticks, dts: ticks, payloadBytes: payload.length }, header, 0);
  return [header, payload];
}

function packetsOf(bytes: Uint8Array): readonly { readonly at: number; readonly pid: number }[] {
  return Array.from({ length: bytes.length / TS_PACKET_BYTES }, (_, index) => {
    const at = index * TS_PACKET_BYTES;
    return { at, pid: ((bytes[at + 1]! & 0x1f) << 8) | bytes[at + 2]! };
  });
}

function mp2(): Uint8Array {
  const events = demux(storedClip('mpeg2-mp2').bytes);
  return unitsOf(events, streamsOf(events)[1]!.pid)[0]!.payload[0]!;
}
