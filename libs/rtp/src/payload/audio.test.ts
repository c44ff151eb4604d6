import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { PayloadTooLargeError } from '../packetizer.ts';
import { Ac3Depacketizer } from './ac3/depacketizer.ts';
import { Ac3Packetizer } from './ac3/packetizer.ts';
import { MpegAudioDepacketizer } from './mpeg-audio/depacketizer.ts';
import { MpegAudioPacketizer } from './mpeg-audio/packetizer.ts';
import { OpusDepacketizer } from './opus/depacketizer.ts';
import { OpusPacketizer } from './opus/packetizer.ts';
import { SamplesDepacketizer } from './samples/depacketizer.ts';
import { SamplesPacketizer } from './samples/packetizer.ts';
import { g711Layout, g722Layout, g726Layout, lpcmLayout } from './samples/sample-layout.ts';
import type { SampleLayout } from './samples/sample-layout.ts';
import { bytes, depacketize, expectLossOfEachPacket, filled, hexOf, packetize, rtpPackets } from './wire.cases.ts';

/** MPEG-1 layer III, 32 kbit/s at 48 kHz: 96 bytes, 24 ms. */
const mp3 = (seed: number): Uint8Array => filled('fffb1400', 96, seed);
/** 32 kbit/s at 48 kHz: 128 bytes, 32 ms. */
const ac3 = (seed: number): Uint8Array => filled('0b77 0000 00 40 50', 128, seed);

describe('MPEG-1/2 audio over RTP', () => {
  test('frames that fit share a packet, and each packet has the time of its first frame', () => {
    const frames = [0, 1, 2, 3, 4].map(mp3);
    const packets = packetize(new MpegAudioPacketizer(200), frames, 0xffff_ffff);
    expect(packets.map(({ timestamp, marker, payload }) => [timestamp, marker, payload.length])).toEqual([
      [0xffff_ffff, false, 196],
      [4319, false, 196],
      [8639, false, 100],
    ]);
    expect(hexOf([packets[0]!.payload.subarray(0, 8)])).toEqual(['00000000fffb1400']);
    expect(depacketize(new MpegAudioDepacketizer(), packets).flatMap((unit) => hexOf(unit.payload))).toEqual(hexOf(frames));
  });

  test('a larger frame becomes fragments with offsets', () => {
    const packets = packetize(new MpegAudioPacketizer(64), [mp3(1)], 5);
    expect(packets.map(({ payload }) => hexOf([payload.subarray(0, 4)])[0])).toEqual(['00000000', '0000003c']);
    expect(packets.map(({ payload }) => payload.length)).toEqual([64, 40]);
    expect(depacketize(new MpegAudioDepacketizer(), packets)).toEqual([{ timestamp: 5, payload: [mp3(1)] }]);
  });

  test('loss of each packet drops its frame only', () => {
    const units = [0, 1, 2, 3].map((i) => ({ timestamp: i * 2160, payload: [mp3(i)] }));
    expectLossOfEachPacket(
      () => new MpegAudioPacketizer(64),
      () => new MpegAudioDepacketizer(),
      units,
    );
  });

  test.each([
    ['a truncated header', ['000000']],
    ['no frame', ['00000000 00112233']],
    ['a second frame beyond its packet', ['00000000 fffb1400 80*92 fffb1400 80']],
    ['a fragment at another offset', ['00000000 fffb1400 80*40', '0000002d 80*51']],
    ['a fragment beyond its frame', ['00000000 fffb1400 80*40', '0000002c 80*53']],
  ])('%s is malformed', (_, payloads) => {
    const depacketizer = new MpegAudioDepacketizer();
    expect(() => depacketize(depacketizer, rtpPackets(payloads.map(bytes), 1))).toThrow(ParseError);
    expect(depacketize(depacketizer, rtpPackets([bytes('00000000 fffb1400 80*92')], 2))).toHaveLength(1);
  });
});

describe('AC-3 over RTP', () => {
  test('frames that fit share a packet', () => {
    const frames = [0, 1, 2].map(ac3);
    const packets = packetize(new Ac3Packetizer(260, 1536), frames, 10);
    expect(packets.map(({ timestamp, marker, payload }) => [timestamp, marker, hexOf([payload.subarray(0, 2)])[0]])).toEqual([
      [10, true, '0002'],
      [10 + 2 * 1536, true, '0001'],
    ]);
    expect(depacketize(new Ac3Depacketizer(), packets).flatMap((unit) => hexOf(unit.payload))).toEqual(hexOf(frames));
  });

  test.each([
    [64, ['0203', '0303', '0303']],
    [82, ['0102', '0302']],
  ])('a larger frame becomes fragments of %i bytes', (maxPayloadBytes, headers) => {
    const packets = packetize(new Ac3Packetizer(maxPayloadBytes, 1536), [ac3(1)], 5);
    expect(packets.map(({ payload }) => hexOf([payload.subarray(0, 2)])[0])).toEqual(headers);
    expect(packets.map(({ marker }) => marker)).toEqual(headers.map((_, i) => i === headers.length - 1));
    expect(depacketize(new Ac3Depacketizer(), packets)).toEqual([{ timestamp: 5, payload: [ac3(1)] }]);
  });

  test('loss of each packet drops its frame only', () => {
    const units = [0, 1, 2, 3].map((i) => ({ timestamp: i * 1536, payload: [ac3(i)] }));
    expectLossOfEachPacket(
      () => new Ac3Packetizer(64, 1536),
      () => new Ac3Depacketizer(),
      units,
    );
  });

  test.each([
    ['a truncated header', ['00']],
    ['no frame', ['0001']],
    ['another syncword', ['0001 0b78 0000 00 40 50 80*121']],
    ['a frame beyond its packet', ['0001 0b77 0000 00 40 50 80*120']],
    ['fragments beyond their frame', ['0102 0b77 0000 00 40 50 80*80', '0302 80*42']],
  ])('%s is malformed', (_, payloads) => {
    const depacketizer = new Ac3Depacketizer();
    expect(() => depacketize(depacketizer, rtpPackets(payloads.map(bytes), 1))).toThrow(ParseError);
    expect(depacketize(depacketizer, rtpPackets([bytes('0001 0b77 0000 00 40 50 80*121')], 2))).toHaveLength(1);
  });

  test('a fragment of another timestamp is malformed', () => {
    const depacketizer = new Ac3Depacketizer();
    depacketize(depacketizer, rtpPackets([bytes('0102 0b77 0000 00 40 50 80*80')], 1));
    expect(() => depacketize(depacketizer, rtpPackets([bytes('0302 80*41')], 2))).toThrow(ParseError);
  });
});

describe('Opus over RTP', () => {
  test('a packet each, with its own time', () => {
    // 20 ms SILK, 2.5 ms CELT twice, 60 ms SILK in a packet of 2 frames, 10 ms hybrid
    const opus = ['0811', '8122', '1b0233', '6044', '0811'].map(bytes);
    const packets = packetize(new OpusPacketizer(64), opus, 0xffff_ff00);
    expect(packets.map(({ timestamp }) => timestamp)).toEqual(
      [0, 960, 960 + 240, 1200 + 5760, 6960 + 480].map((ticks) => (0xffff_ff00 + ticks) % 2 ** 32),
    );
    expect(packets.map(({ marker }) => marker)).toEqual([false, false, false, false, false]);
    expect(depacketize(new OpusDepacketizer(), packets).map((unit) => hexOf(unit.payload))).toEqual(opus.map((packet) => hexOf([packet])));
  });

  test('a packet that is too large is refused', () => {
    expect(packetize(new OpusPacketizer(64), [filled('08', 64)], 1)).toHaveLength(1);
    expect(() => packetize(new OpusPacketizer(64), [filled('08', 65)], 1)).toThrow(PayloadTooLargeError);
  });

  test('an empty packet is no unit', () => {
    expect(depacketize(new OpusDepacketizer(), rtpPackets([bytes('')], 1))).toEqual([]);
  });
});

describe('samples over RTP', () => {
  test.each<[string, SampleLayout, number, readonly number[], readonly number[]]>([
    ['G711 mono', g711Layout(1), 150, [64, 64, 22], [0, 64, 128]],
    ['G711 stereo', g711Layout(2), 150, [64, 64, 22], [0, 32, 64]],
    ['G722', g722Layout(1), 100, [64, 36], [0, 64]],
    ['G726 at 16 kbit/s', g726Layout(16_000), 100, [64, 36], [0, 256]],
    ['G726 at 24 kbit/s', g726Layout(24_000), 126, [63, 63], [0, 168]],
    ['G726 at 40 kbit/s', g726Layout(40_000), 120, [60, 60], [0, 96]],
    ['LPCM of 16 bits, stereo', lpcmLayout(16, 2), 132, [64, 64, 4], [0, 16, 32]],
    ['LPCM of 24 bits, 6 channels', lpcmLayout(24, 6), 126, [54, 54, 18], [0, 3, 6]],
  ])('%s is cut between samples', (_, layout, size, sizes, ticks) => {
    const samples = filled('00', size);
    const packets = packetize(new SamplesPacketizer(64, layout), [samples], 100);
    expect(packets.map(({ payload }) => payload.length)).toEqual(sizes);
    expect(packets.map(({ timestamp }) => timestamp - 100)).toEqual(ticks);
    expect(packets.every(({ marker }) => !marker)).toBe(true);
    const units = depacketize(new SamplesDepacketizer(1), packets);
    expect(hexOf(units.flatMap((unit) => unit.payload)).join('')).toBe(hexOf([samples])[0]);
  });

  test('a packet that ends inside a sample is malformed, an empty one is no unit', () => {
    const depacketizer = new SamplesDepacketizer(4);
    expect(() => depacketize(depacketizer, rtpPackets([bytes('00*6')], 1))).toThrow(ParseError);
    expect(depacketize(depacketizer, rtpPackets([bytes('')], 1))).toEqual([]);
    expect(depacketize(depacketizer, rtpPackets([bytes('00*8')], 1))).toHaveLength(1);
  });
});
