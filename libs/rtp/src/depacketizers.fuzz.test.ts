import { readFileSync } from 'node:fs';
import { ParseError, bytesFromHex } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CODEC_NAMES, CODEC_STREAMS } from './codec-streams.cases.ts';
import { createDepacketizer } from './create-depacketizer.ts';
import { createPacketizer } from './create-packetizer.ts';
import type { RtpPacket } from './packet.ts';
import type { DepacketizedUnit, Depacketizer } from './packetizer.ts';
import { hexOf, newSender, packetize } from './payload/wire.cases.ts';

/** By codec, payloads of packets that real and hostile senders sent; `tools/fuzz` and found bugs add to it. */
const CORPUS = JSON.parse(readFileSync(new URL('testdata/depacketizer-corpus.json', import.meta.url), 'utf8')) as Record<
  string,
  readonly string[]
>;

function feed(depacketizer: Depacketizer, packet: RtpPacket): readonly DepacketizedUnit[] {
  try {
    return depacketizer.push(packet);
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
    return [];
  }
}

/** An intact stream after anything that came before: the third unit must come out as it is. */
function expectRecovery(codec: (typeof CODEC_NAMES)[number], depacketizer: Depacketizer): void {
  const { description, minPayloadBytes, unit } = CODEC_STREAMS[codec];
  const packetizer = createPacketizer(description, { maxPayloadBytes: Math.max(minPayloadBytes, 200) });
  const sender = newSender();
  const units: DepacketizedUnit[] = [];
  for (let i = 0; i < 4; i++)
    for (const packet of packetize(packetizer, unit(500, i), 0x4000_0000 + i * 10_000, sender)) units.push(...feed(depacketizer, packet));
  const entries = hexOf(units.flatMap(({ payload }) => payload)).join('');
  const wanted = hexOf(unit(500, 3)).join('');
  expect(entries.endsWith(wanted.startsWith('80e0fffe') ? wanted.substring(24) : wanted)).toBe(true);
}

describe.each(CODEC_NAMES)('%s from any packets', (codec) => {
  const { description, minPayloadBytes, unit } = CODEC_STREAMS[codec];
  const seeds = [...(CORPUS[codec] ?? []).map(bytesFromHex)];
  for (let seed = 0; seed < 3; seed++)
    for (const packet of packetize(createPacketizer(description, { maxPayloadBytes: Math.max(minPayloadBytes, 200) }), unit(700, seed), 1))
      seeds.push(packet.payload);

  const mutation = fc.record({
    seed: fc.nat(seeds.length - 1),
    changes: fc.array(fc.tuple(fc.nat(24), fc.nat(255)), { maxLength: 3 }),
    cut: fc.option(fc.nat(40), { nil: undefined }),
    timestamp: fc.nat(3),
    marker: fc.boolean(),
    lost: fc.boolean(),
  });

  test('gives units or ParseError, and recovers', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 20 }), (mutations) => {
        const depacketizer = createDepacketizer(description);
        let sequenceNumber = 0;
        for (const { seed, changes, cut, timestamp, marker, lost } of mutations) {
          const payload = Uint8Array.from(seeds[seed]!);
          for (const [at, value] of changes) if (at < payload.length) payload[at] = value;
          if (lost) depacketizer.reset();
          const packet = {
            marker,
            payloadType: 96,
            sequenceNumber: sequenceNumber++,
            timestamp,
            ssrc: 1,
            payload: payload.subarray(0, cut ?? payload.length),
          };
          for (const { payload: entries } of feed(depacketizer, packet)) {
            expect(entries.length).toBeGreaterThan(0);
            for (const entry of entries) expect(entry.length).toBeGreaterThan(0);
          }
        }
        depacketizer.reset();
        expectRecovery(codec, depacketizer);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('each packet, truncated at each offset, gives units or ParseError', () => {
    for (const seed of seeds) {
      for (let length = 0; length <= Math.min(seed.length, 64); length++) {
        const depacketizer = createDepacketizer(description);
        feed(depacketizer, { marker: true, payloadType: 96, sequenceNumber: 0, timestamp: 1, ssrc: 1, payload: seed.subarray(0, length) });
      }
    }
    expect(seeds.length).toBeGreaterThan(2);
  });
});

test('the corpus has a list for each codec that is parsed', () => {
  const parsed = CODEC_NAMES.filter((codec) => CODEC_STREAMS[codec].minPayloadBytes !== 1460);
  expect(parsed.filter((codec) => (CORPUS[codec]?.length ?? 0) === 0)).toEqual([]);
});
