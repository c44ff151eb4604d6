import { ParseError, bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compactNtp, ntpFromWallClockUs, wallClockUsFromNtp } from '../ntp.ts';
import { MAX_COMPOUND_PACKETS, parseRtcpCompound, serializeRtcpCompound } from './compound.ts';
import { MAX_FULL_INTRA_REQUESTS, MAX_NACK_SEQUENCE_NUMBERS } from './feedback.ts';
import { ARRIVALS, RTCP_CASES } from './rtcp.cases.ts';
import { MAX_DELTA_TICKS, MAX_FEEDBACK_STATUSES, MIN_DELTA_TICKS } from './transport-wide-feedback.ts';

const bytesOf = (hex: string): Uint8Array => bytesFromHex(hex.replaceAll(' ', ''));

const feedbackOf = (deltas: readonly (number | undefined)[]) => ({ ...ARRIVALS, deltas });

describe('RTCP', () => {
  test.each(RTCP_CASES)('parses $name', ({ hex, packets }) => {
    expect(parseRtcpCompound(bytesOf(hex))).toEqual(packets);
  });

  test.each(RTCP_CASES)('serializes $name', ({ hex, packets }) => {
    expect(hexFromBytes(serializeRtcpCompound(packets))).toBe(hexFromBytes(bytesOf(hex)));
  });

  test.each(RTCP_CASES)('$name, truncated anywhere, is malformed or ends between packets', ({ hex, packets }) => {
    const bytes = bytesOf(hex);
    for (let length = 0; length < bytes.length; length++) {
      try {
        const parsed = parseRtcpCompound(bytes.subarray(0, length));
        expect(parsed.length).toBeLessThan(packets.length);
        expect(parsed).toEqual(packets.slice(0, parsed.length));
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    }
  });

  test('other packets, extensions and padding are skipped', () => {
    expect(parseRtcpCompound(bytesOf('80cc0002 00000001 41424344 80c90002 00000007 aabbccdd a0c90002 00000008 00000004'))).toEqual([
      { type: 'receiverReport', ssrc: 7, reports: [] },
      { type: 'receiverReport', ssrc: 8, reports: [] },
    ]);
    expect(parseRtcpCompound(bytesOf('8ecd0002 00000001 00000002 8fce0002 00000001 00000002'))).toEqual([]);
  });

  test('only the CNAME of a description is kept', () => {
    const hex = '82ca0006 00000001 0201 78 01 02 6869 00 00000002 0301 79 00 00000000'.replaceAll(' ', '');
    const body = bytesFromHex(hex);
    body[3] = body.length / 4 - 1;
    expect(parseRtcpCompound(body)).toEqual([
      {
        type: 'sourceDescription',
        sources: [
          { ssrc: 1, cname: 'hi' },
          { ssrc: 2, cname: '' },
        ],
      },
    ]);
  });

  test.each([
    ['another version', '40c90001 00000007'],
    ['padding of more than the packet', 'a0c90001 00000009'],
    ['a block count beyond the packet', '82c90001 00000007'],
    ['an item beyond its packet', '81ca0002 00000007 01ff6162'],
    ['arrivals without their statuses', '8fcd0004 00000001 00000002 00050001 00000300'],
    ['arrivals without a delta', '8fcd0005 00000001 00000002 0005000e 00000300 bfff ffff'],
    ['a run of no packets', '8fcd0005 00000001 00000002 00050001 00000300 2000 0000'],
    ['an arrival of a reserved status', '8fcd0005 00000001 00000002 00050001 00000300 6001 0000'],
  ])('%s is malformed', (_, hex) => {
    expect(() => parseRtcpCompound(bytesOf(hex))).toThrow(ParseError);
  });

  test('limits', () => {
    const one = bytesOf('80c90001 00000007');
    const many = (count: number) => concatBytes(Array.from({ length: count }, () => one));
    expect(parseRtcpCompound(many(MAX_COMPOUND_PACKETS))).toHaveLength(MAX_COMPOUND_PACKETS);
    expect(() => parseRtcpCompound(many(MAX_COMPOUND_PACKETS + 1))).toThrow(ParseError);

    const nack = (count: number) =>
      serializeRtcpCompound([{ type: 'nack', senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: Array.from({ length: count }, (_, i) => i) }]);
    expect(parseRtcpCompound(nack(MAX_NACK_SEQUENCE_NUMBERS))).toHaveLength(1);
    expect(() => parseRtcpCompound(nack(MAX_NACK_SEQUENCE_NUMBERS + 1))).toThrow(ParseError);

    const request = (count: number) =>
      serializeRtcpCompound([
        {
          type: 'fullIntraRequest',
          senderSsrc: 1,
          mediaSsrc: 0,
          requests: Array.from({ length: count }, (_, ssrc) => ({ ssrc, commandNumber: 1 })),
        },
      ]);
    expect(parseRtcpCompound(request(MAX_FULL_INTRA_REQUESTS))).toHaveLength(1);
    expect(() => parseRtcpCompound(request(MAX_FULL_INTRA_REQUESTS + 1))).toThrow(ParseError);

    const arrivals = (count: number) => serializeRtcpCompound([feedbackOf(new Array<undefined>(count).fill(undefined))]);
    expect(parseRtcpCompound(arrivals(MAX_FEEDBACK_STATUSES))).toHaveLength(1);
    expect(() => parseRtcpCompound(arrivals(MAX_FEEDBACK_STATUSES + 1))).toThrow(ParseError);

    expect(() => serializeRtcpCompound([{ type: 'goodbye', ssrcs: Array.from({ length: 32 }, () => 1) }])).toThrow(RangeError);
    expect(() => serializeRtcpCompound([{ type: 'sourceDescription', sources: [{ ssrc: 1, cname: 'x'.repeat(256) }] }])).toThrow(
      RangeError,
    );
  });

  test('arrivals survive the round trip', () => {
    const delta = fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 4, arbitrary: fc.nat(255) },
      fc.integer({ min: MIN_DELTA_TICKS, max: MAX_DELTA_TICKS }),
    );
    const runs = fc.array(fc.tuple(delta, fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(runs, (parts) => {
        const feedback = feedbackOf(parts.flatMap(([value, count]) => new Array<number | undefined>(count).fill(value)));
        expect(parseRtcpCompound(serializeRtcpCompound([feedback]))).toEqual([feedback]);
      }),
      { seed: 1 },
    );
  });

  test('any bytes are parsed or malformed', () => {
    const seeds = RTCP_CASES.map(({ hex }) => bytesOf(hex));
    fc.assert(
      fc.property(fc.nat(seeds.length - 1), fc.array(fc.tuple(fc.nat(63), fc.nat(255)), { maxLength: 6 }), (seed, changes) => {
        const bytes = Uint8Array.from(seeds[seed]!);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          parseRtcpCompound(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe('NTP time', () => {
  test.each([
    ['the Unix epoch', 0, 2_208_988_800, 0],
    ['half a second', 1_790_000_000_500_000, 3_998_988_800, 0x8000_0000],
    ['the second era', 2_085_978_496_250_000, 0, 0x4000_0000],
  ])('%s', (_, wallClockUs, seconds, fraction) => {
    expect(ntpFromWallClockUs(wallClockUs)).toEqual({ seconds, fraction });
    expect(wallClockUsFromNtp({ seconds, fraction })).toBe(wallClockUs);
  });

  test('microseconds survive the round trip', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (wallClockUs) => {
        expect(wallClockUsFromNtp(ntpFromWallClockUs(wallClockUs))).toBe(wallClockUs);
      }),
      { seed: 1 },
    );
  });

  test('the compact form is the middle', () => {
    expect(compactNtp({ seconds: 0x1234_5678, fraction: 0x9abc_def0 })).toBe(0x5678_9abc);
  });
});
