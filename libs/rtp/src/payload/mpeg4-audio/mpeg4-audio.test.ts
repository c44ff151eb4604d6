import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { PayloadTooLargeError } from '../../packetizer.ts';
import {
  bytes,
  depacketize,
  expectLossOfEachPacket,
  expectPackets,
  expectUnit,
  filled,
  hexOf,
  packetize,
  rtpPackets,
} from '../wire.cases.ts';
import { AAC_HBR_LENGTHS } from './au-header.ts';
import { Mpeg4AudioDepacketizer } from './depacketizer.ts';
import { aacFrameTicks } from './frame-ticks.ts';
import { MPEG4_AUDIO_CASES, MPEG4_AUDIO_FOREIGN_CASES } from './mpeg4-audio.cases.ts';
import { Mpeg4AudioPacketizer } from './packetizer.ts';

const newPacketizer = (maxPayloadBytes: number) => new Mpeg4AudioPacketizer(maxPayloadBytes, AAC_HBR_LENGTHS, 1024);
const newDepacketizer = () => new Mpeg4AudioDepacketizer(AAC_HBR_LENGTHS);

describe('MPEG-4 generic audio over RTP', () => {
  test.each(MPEG4_AUDIO_CASES)('packetizes $name', (wire) => {
    expectPackets(packetize(newPacketizer(wire.maxPayloadBytes), wire.unit.map(bytes), 1), wire);
  });

  test.each([...MPEG4_AUDIO_CASES, ...MPEG4_AUDIO_FOREIGN_CASES])('depacketizes $name', (wire) => {
    expectUnit(depacketize(newDepacketizer(), rtpPackets(wire.packets.map(bytes), 1, wire.markers)), wire);
  });

  test('each packet has the timestamp of its first frame', () => {
    const frames = [40, 40, 10, 10, 10, 200, 10].map((size) => filled('21', size));
    const packets = packetize(newPacketizer(64), frames, 0xffff_ff00);
    expect(packets.map((packet) => packet.timestamp)).toEqual(
      [0, 1, 3, 5, 5, 5, 5, 6].map((index) => (0xffff_ff00 + index * 1024) % 2 ** 32),
    );
    const units = depacketize(newDepacketizer(), packets);
    expect(units.flatMap((unit) => hexOf(unit.payload))).toEqual(hexOf(frames));
  });

  test.each([
    { sizeLength: 6, indexLength: 2, indexDeltaLength: 2 },
    { sizeLength: 16, indexLength: 0, indexDeltaLength: 0 },
    { sizeLength: 32, indexLength: 5, indexDeltaLength: 1 },
  ])('AU headers of $sizeLength/$indexLength/$indexDeltaLength bits', (lengths) => {
    const frames = [5, 63, 1, 17].map((size) => filled('21', size));
    const packets = packetize(new Mpeg4AudioPacketizer(1000, lengths, 1024), frames, 7);
    expect(packets).toHaveLength(1);
    expect(depacketize(new Mpeg4AudioDepacketizer(lengths), packets).map((unit) => hexOf(unit.payload))).toEqual([hexOf(frames)]);
  });

  test('loss of each packet drops its frame only', () => {
    const units = [0, 1, 2, 3].map((i) => ({ timestamp: i * 1024, payload: [filled('21', 150, i)] }));
    expectLossOfEachPacket(() => newPacketizer(64), newDepacketizer, units);
  });

  test('after a loss, the end of a frame whose fragments announce their own size is not taken for a frame', () => {
    const depacketizer = newDepacketizer();
    const fragmented = ['0010 0020 21 aa*3', '0010 0010 aabb'].map(bytes);
    expect(depacketize(depacketizer, rtpPackets(fragmented, 1))).toHaveLength(1);
    depacketizer.reset();
    expect(depacketize(depacketizer, rtpPackets(fragmented.slice(1), 2))).toEqual([]);
    expect(depacketize(depacketizer, rtpPackets(fragmented, 3))).toHaveLength(1);
  });

  test.each([
    ['no AU-headers-length', '00'],
    ['no AU header', '0000 21'],
    ['a truncated AU header', '0010 00'],
    ['a length inside a header', '0011 0008 0008 21'],
    ['interleaved frames', '0010 0009 21'],
    ['a second frame beyond the packet', '0020 0008 0018 21 22'],
    ['an empty frame', '0010 0000'],
    ['broken ADTS', '0010 0050 fff1 5080 01ff fc 21aa bb'],
  ])('%s is malformed', (_, payload) => {
    expect(() => depacketize(newDepacketizer(), rtpPackets([bytes(payload)], 1))).toThrow(ParseError);
  });

  test('lengths that cannot be used are refused', () => {
    expect(() => new Mpeg4AudioDepacketizer({ sizeLength: 0, indexLength: 3, indexDeltaLength: 3 })).toThrow(RangeError);
    expect(() => new Mpeg4AudioDepacketizer({ sizeLength: 13, indexLength: 33, indexDeltaLength: 3 })).toThrow(RangeError);
    expect(() => packetize(newPacketizer(60_000), [new Uint8Array(8192)], 0)).toThrow(PayloadTooLargeError);
    expect(packetize(newPacketizer(60_000), [new Uint8Array(8191)], 0)).toHaveLength(1);
  });

  test.each([
    ['AAC-LC', '1190', undefined, 1024],
    ['AAC-LC of 960 samples', '1194', 48000, 960],
    ['HE-AAC in the clock of its output', '2b11 8800', 48000, 2048],
    ['HE-AAC in the clock of its core', '2b11 8800', 24000, 1024],
  ])('frame duration of %s', (_, config, clockRateHz, ticks) => {
    expect(aacFrameTicks(bytes(config), clockRateHz)).toBe(ticks);
  });
});
