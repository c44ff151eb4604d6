import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CODEC_NAMES, CODEC_STREAMS } from './codec-streams.cases.ts';
import { createDepacketizer } from './create-depacketizer.ts';
import { MAX_PAYLOAD_BYTES, MIN_PAYLOAD_BYTES, createPacketizer } from './create-packetizer.ts';
import { depacketize, hexOf, newSender, packetize } from './payload/wire.cases.ts';
import { INTERLEAVED_PREFIX_BYTES, RtpFrame } from './rtp-frame.ts';

const PACKET_SIZES = [64, 100, 200, 1188, 1440, 60_000];

describe.each(CODEC_NAMES)('%s', (codec) => {
  const stream = CODEC_STREAMS[codec];

  test('units of any size come back from packets of any size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PACKET_SIZES),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 4 }),
        (size, sizes) => {
          const maxPayloadBytes = Math.max(size, stream.minPayloadBytes);
          const packetizer = createPacketizer(stream.description, { maxPayloadBytes });
          const depacketizer = createDepacketizer(stream.description);
          const sender = newSender();
          sizes.forEach((sizeBytes, seed) => {
            const timestamp = 0xffff_0000 + seed * 100_000;
            // passed-through packets come back with the numbers of their sender
            const start = sender.sequenceNumber;
            const payload = stream.unit(sizeBytes, seed);
            const packets = packetize(packetizer, payload, timestamp, sender);
            expect(packets[0]!.timestamp).toBe(timestamp % 2 ** 32);
            packets.forEach((packet, i) => {
              expect(packet.payload.length).toBeLessThanOrEqual(maxPayloadBytes);
              expect(packet.sequenceNumber).toBe((start + i) & 0xffff);
            });
            const units = depacketize(depacketizer, packets);
            const entries = hexOf(units.flatMap((unit) => unit.payload));
            const ignoredHeader = payload[0]![1] === 0xe0 ? 24 : 0;
            expect(entries.join('').substring(ignoredHeader)).toBe(hexOf(payload).join('').substring(ignoredHeader));
            if (!stream.splits) {
              expect(units).toHaveLength(1);
              expect(units[0]!.payload).toHaveLength(payload.length);
              expect(units[0]!.timestamp).toBe(timestamp % 2 ** 32);
            }
          });
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });
});

test.each(['H264', 'H265', 'AV1', 'VP8', 'VP9', 'MPEG-4 Video', 'M-JPEG', 'KLV'] as const)(
  'all packets of a large frame of %s but the last have the same size, so that one system call sends them',
  (codec) => {
    const { description, unit } = CODEC_STREAMS[codec];
    const [large] = unit(20_000, 1);
    const packets = packetize(createPacketizer(description, { maxPayloadBytes: 1400 }), [large!], 1);
    const sizes = packets.map((packet) => packet.payload.length);
    expect(sizes.length).toBeGreaterThan(14);
    expect(new Set(sizes.slice(0, -1))).toEqual(new Set([1400]));
  },
);

test('packet sizes are checked', () => {
  const { description } = CODEC_STREAMS.H264;
  for (const maxPayloadBytes of [MIN_PAYLOAD_BYTES - 1, MAX_PAYLOAD_BYTES + 1, Number.NaN])
    expect(() => createPacketizer(description, { maxPayloadBytes })).toThrow(RangeError);
  for (const maxPayloadBytes of [MIN_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES])
    expect(createPacketizer(description, { maxPayloadBytes })).toBeDefined();
});

test('the clock of the track counts for AAC with SBR', () => {
  const frames = CODEC_STREAMS['MPEG-4 Audio'].unit(60, 1);
  const description = { codec: 'MPEG-4 Audio', parameters: { config: Uint8Array.of(0x2b, 0x11, 0x88, 0x00) } } as const; // core at 24 kHz
  const packets = packetize(createPacketizer(description, { maxPayloadBytes: 64, clockRateHz: 48_000 }), frames, 0);
  expect(packets.map((packet) => packet.timestamp)).toEqual([0, 2048]);
});

test('a frame keeps its prefixes, headers and counts while it grows', () => {
  const sender = newSender();
  const frame = new RtpFrame(sender, 5, 7, new Uint8Array(1));
  for (let i = 0; i < 10; i++) {
    frame.packetTimestamp = 5 + i;
    const at = frame.packet(i, i === 9);
    frame.bytes.fill(0xaa, at, at + i);
  }
  expect(frame.packetCount).toBe(10);
  expect(frame.rtpBytes).toBe(10 * 12 + 45);
  expect(frame.interleaved.length).toBe(10 * (12 + INTERLEAVED_PREFIX_BYTES) + 45);
  let at = 0;
  for (let i = 0; i < 10; i++) {
    const expected = [
      0x24,
      7,
      0,
      12 + i,
      0x80,
      (i === 9 ? 0x80 : 0) | 96,
      ...(i < 2 ? [0xff, 0xfe + i] : [0, i - 2]),
      0,
      0,
      0,
      5 + i,
      0x11,
      0x22,
      0x33,
      0x44,
    ];
    expect([...frame.interleaved.subarray(at, at + 16 + i)]).toEqual([...expected, ...Array.from({ length: i }, () => 0xaa)]);
    at += 16 + i;
  }
  expect(frame.timestamp).toBe(5);
  expect(sender.sequenceNumber).toBe(8);
});
