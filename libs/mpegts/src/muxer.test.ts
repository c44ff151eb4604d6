import { ParseError, bytesFromHex, concatBytes } from '@mediamesh/bytes';
import { MAX_ADTS_FRAME_BYTES } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import { describe, expect, test } from 'vitest';
import { CLIP_NAMES, demux, storedClip, streamsOf, unitsOf } from './clips.cases.ts';
import { MAX_METADATA_CELL_BYTES } from './elementary/klv.ts';
import { TS_PACKET_BYTES, TsMuxer, canMuxTs } from './index.ts';
import type { TsMuxerTrack, TsMuxerUnit } from './index.ts';
import { TsPacketHeader } from './packet.ts';

const H264: TsMuxerTrack = { id: 1, clockRateHz: 90_000, codec: 'H264', parameters: {} };
const AAC: TsMuxerTrack = { id: 2, clockRateHz: 48_000, codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('1190') } };
const KLV: TsMuxerTrack = { id: 3, clockRateHz: 90_000, codec: 'KLV', parameters: {} };

function video(frame: number, bytes = 300): TsMuxerUnit {
  const key = frame % 5 === 0;
  const nalUnit = new Uint8Array(bytes).fill((frame % 200) + 1);
  nalUnit[0] = key ? 0x65 : 0x41;
  return { trackId: 1, ptsTicks: frame * 3600 + 3600, dtsTicks: frame * 3600, key, payload: [nalUnit] };
}

function audio(frame: number, bytes = 100): TsMuxerUnit {
  const ticks = frame * 1024;
  return { trackId: 2, ptsTicks: ticks, dtsTicks: ticks, key: true, payload: [new Uint8Array(bytes).fill(frame)] };
}

function packetsOf(bytes: Uint8Array): readonly (TsPacketHeader & { readonly at: number })[] {
  expect(bytes.length % TS_PACKET_BYTES).toBe(0);
  return Array.from({ length: bytes.length / TS_PACKET_BYTES }, (_, index) => {
    const header = new TsPacketHeader();
    expect(header.read(bytes, index * TS_PACKET_BYTES)).toBe(true);
    return Object.assign(header, { at: index * TS_PACKET_BYTES });
  });
}

describe('what the demuxer reads is what was written', () => {
  test.each(CLIP_NAMES)('%s', (name) => {
    const events = demux(storedClip(name).bytes);
    const tracks = streamsOf(events).map((stream) => ({ ...stream, id: stream.pid }));
    const muxer = new TsMuxer({ tracks, originTicks: 126_000 });
    const units = unitsOf(events);
    const written = concatBytes(units.map((unit) => muxer.write({ ...unit, trackId: unit.pid, key: true })));
    const again = demux(written);
    expect(again.filter(({ kind }) => kind === 'lost' || kind === 'error')).toEqual([]);
    const described = (streams: typeof tracks): object[] => streams.map(({ number, codec, parameters }) => ({ number, codec, parameters }));
    expect(described(streamsOf(again).map((stream) => ({ ...stream, id: 0 })))).toEqual(described(tracks));
    for (const [index, { pid }] of streamsOf(again).entries()) {
      const origin = unitsOf(events, tracks[index]!.pid)[0]!;
      const readOrigin = unitsOf(again, pid)[0]!;
      const relative = (list: typeof units, { dtsTicks: from }: typeof origin): object[] =>
        list.map(({ payload, ptsTicks, dtsTicks }) => ({ payload, ptsTicks: ptsTicks - from, dtsTicks: dtsTicks - from }));
      expect(relative(unitsOf(again, pid), readOrigin)).toEqual(relative(unitsOf(events, tracks[index]!.pid), origin));
    }
  });

  test('KLV in one cell, and in several', () => {
    const sizes = [1, 183, 184, 185, MAX_METADATA_CELL_BYTES, MAX_METADATA_CELL_BYTES + 1, 3 * MAX_METADATA_CELL_BYTES];
    const units = sizes.map((size, index) => {
      const ticks = index * 3600;
      return { trackId: 3, ptsTicks: ticks, dtsTicks: ticks, key: true, payload: [new Uint8Array(size).fill(size)] };
    });
    const muxer = new TsMuxer({ tracks: [KLV] });
    const events = demux(concatBytes(units.map((unit) => muxer.write(unit))));
    expect(unitsOf(events).map(({ payload, ptsTicks }) => ({ payload, ptsTicks }))).toEqual(
      units.map(({ payload, ptsTicks }) => ({ payload, ptsTicks })),
    );
  });

  test('units of every size around those of a packet', () => {
    const muxer = new TsMuxer({ tracks: [H264, AAC] });
    const units = Array.from({ length: 420 }, (_, index) => video(index, index + 1));
    const events = demux(concatBytes(units.map((unit) => muxer.write(unit))));
    expect(unitsOf(events).map(({ payload }) => payload)).toEqual(units.map(({ payload }) => payload));
    expect(events.filter(({ kind }) => kind === 'lost' || kind === 'error')).toEqual([]);
  });
});

describe('a segment', () => {
  const units = [video(0), audio(0), audio(1), video(1), audio(2), video(2)];
  const segment = (muxer: TsMuxer): Uint8Array => {
    muxer.startSegment();
    return concatBytes(units.map((unit) => muxer.write(unit)));
  };

  test('is the same whatever came before', () => {
    const fresh = segment(new TsMuxer({ tracks: [H264, AAC] }));
    const used = new TsMuxer({ tracks: [H264, AAC] });
    for (let frame = 0; frame < 7; frame++) used.write(video(frame));
    expect(segment(used)).toEqual(fresh);
    expect(segment(used)).toEqual(fresh);
  });

  test('begins with tables, and says that counters do', () => {
    const packets = packetsOf(segment(new TsMuxer({ tracks: [H264, AAC] })));
    expect(packets.slice(0, 3).map(({ pid }) => pid)).toEqual([0, 0x1000, 0x100]);
    const first = new Map<number, TsPacketHeader>();
    const counters = new Map<number, number>();
    for (const packet of packets) {
      expect(packet.discontinuity).toBe(!first.has(packet.pid));
      if (!first.has(packet.pid)) first.set(packet.pid, packet);
      expect(packet.continuity).toBe(counters.get(packet.pid) ?? 0);
      counters.set(packet.pid, (packet.continuity + 1) & 0x0f);
    }
    expect([...first.keys()]).toEqual([0, 0x1000, 0x100, 0x101]);
  });
});

describe('the stream', () => {
  test('repeats its tables before each key unit of video', () => {
    const muxer = new TsMuxer({ tracks: [AAC, H264] });
    const withTables = Array.from({ length: 11 }, (_, frame) => packetsOf(muxer.write(video(frame)))[0]!.pid === 0);
    expect(withTables).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((frame) => frame % 5 === 0));
  });

  test('repeats them every half second without video', () => {
    const muxer = new TsMuxer({ tracks: [AAC] });
    const at = Array.from({ length: 50 }, (_, frame) => frame).filter((frame) => packetsOf(muxer.write(audio(frame)))[0]!.pid === 0);
    expect(at).toEqual([0, 24, 48]);
  });

  test.each<[string, readonly TsMuxerTrack[], readonly number[]]>([
    ['first video', [AAC, H264], [0x101]],
    ['first track without video', [AAC, KLV], [0x100]],
  ])('the clock is that of the %s, a tenth of a second before decoding', (_name, tracks, clocked) => {
    const muxer = new TsMuxer({ tracks, originTicks: 9_000 });
    const bytes = concatBytes([audio(0), ...(tracks.includes(H264) ? [video(0), video(1)] : [audio(1)])].map((unit) => muxer.write(unit)));
    const clocks = packetsOf(bytes).flatMap(({ at, pid }) => {
      const hasClock = (bytes[at + 3]! & 0x20) !== 0 && bytes[at + 4]! > 0 && (bytes[at + 5]! & 0x10) !== 0;
      return hasClock ? [{ pid, base: new DataView(bytes.buffer, at + 6).getUint32(0) * 2 + (bytes[at + 10]! >> 7) }] : [];
    });
    expect([...new Set(clocks.map(({ pid }) => pid))]).toEqual(clocked);
    expect(clocks.map(({ base }) => base)).toEqual(tracks.includes(H264) ? [0, 3600] : [0, 1920]);
  });

  test('times beyond 33 bits wrap', () => {
    const muxer = new TsMuxer({ tracks: [H264], originTicks: 2 ** 33 - 3600 });
    const events = demux(concatBytes([0, 1, 2, 3].map((frame) => muxer.write(video(frame)))));
    expect(unitsOf(events).map(({ dtsTicks }) => dtsTicks)).toEqual([0, 3600, 7200, 10800]);
    expect(unitsOf(events).every(({ discontinuity }) => !discontinuity)).toBe(true);
  });
});

describe('what does not fit', () => {
  test.each<[string, CodecDescription, boolean]>([
    ['H.264', H264, true],
    ['AAC', AAC, true],
    ['AAC with channels in an element', { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('1180') } }, true],
    ['AAC of 960 samples', { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('1194') } }, false],
    ['AAC of a rate without index', { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('17800fa190') } }, false],
    ['a configuration that is not one', { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('ff') } }, false],
    ['8 channels of Opus', { codec: 'Opus', parameters: { channelCount: 8 } }, true],
    ['9 channels of Opus', { codec: 'Opus', parameters: { channelCount: 9 } }, false],
    ['VP8', { codec: 'VP8', parameters: {} }, false],
  ])('%s', (_name, track, expected) => {
    expect(canMuxTs(track)).toBe(expected);
    const muxer = (): TsMuxer => new TsMuxer({ tracks: [{ ...track, id: 1, clockRateHz: 48_000 }] });
    if (expected) muxer();
    else expect(muxer).toThrow('ask canMuxTs before');
  });

  test('an AAC frame larger than ADTS can say, and the stream goes on', () => {
    const muxer = new TsMuxer({ tracks: [AAC] });
    muxer.write(audio(0, MAX_ADTS_FRAME_BYTES - 7));
    expect(() => muxer.write(audio(1, MAX_ADTS_FRAME_BYTES - 6))).toThrow(ParseError);
    expect(packetsOf(muxer.write(audio(2)))).toHaveLength(1);
  });

  test('units of other tracks', () => {
    expect(() => new TsMuxer({ tracks: [AAC] }).write(video(0))).toThrow('track 1 is not among those of this muxer');
  });
});
