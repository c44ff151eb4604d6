import { describe, expect, test } from 'vitest';
import type { BusUnit, EpochState } from '../epoch.ts';
import { Ingest } from './ingest.ts';
import { TimedIngest } from './timed-ingest.ts';
import { startTimeline } from './timeline.ts';

const VIDEO = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: {} } as const;
const SPS = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x47, 0xfe, 0xc8);
const PPS = Uint8Array.of(0x68, 0xce, 0x38, 0x80);
const IDR = Uint8Array.of(0x65, 0x88, 0x80);
const SLICE = Uint8Array.of(0x41, 0x9a, 0x00);

class Recorder {
  readonly units: BusUnit[] = [];
  readonly states: EpochState[] = [];

  write(unit: BusUnit): void {
    this.units.push(unit);
  }

  describe(state: EpochState): void {
    this.states.push(state);
  }
}

function timed(sink: Recorder): TimedIngest {
  const state = startTimeline('cam', 1, { tracks: [VIDEO], revision: 1 });
  return new TimedIngest(new Ingest({ state, sink, segmentDurationMs: 1000, partDurationMs: 200, segmentCount: 7 }, 0));
}

const unit = (ptsTicks: number, dtsTicks: number, payload = [SLICE]) => ({ trackId: 1, ptsTicks, dtsTicks, payload });

describe('TimedIngest', () => {
  test('keeps the times of the wire, finds key units and parameters', () => {
    const sink = new Recorder();
    const ingest = timed(sink);
    ingest.write(unit(6_000, 0, [SPS, PPS, IDR]), 0);
    ingest.write(unit(15_000, 3_000), 0);
    ingest.write(unit(9_000, 6_000), 0);
    expect(sink.units.map(({ ptsTicks, dtsTicks, key }) => [ptsTicks, dtsTicks, key])).toEqual([
      [6_000, 0, true],
      [15_000, 3_000, false],
      [9_000, 6_000, false],
    ]);
    expect(sink.units[0]!.payload).toEqual([SPS, PPS, IDR]);
    expect(sink.states.at(-1)!.description.tracks[0]!.parameters).toEqual({ sps: SPS, pps: PPS });
  });

  test.each([
    [
      'that does not rise',
      [
        [0, 0],
        [3_000, 0],
        [6_000, -9],
      ],
      [
        [0, 0],
        [3_000, 1],
        [6_000, 2],
      ],
    ],
    [
      'later than the PTS',
      [
        [0, 0],
        [3_000, 9_000],
      ],
      [
        [0, 0],
        [9_000, 9_000],
      ],
    ],
  ] as const)('moves a DTS %s', (_, given, written) => {
    const sink = new Recorder();
    const ingest = timed(sink);
    for (const [pts, dts] of given) ingest.write(unit(pts, dts), 0);
    expect(sink.units.map(({ ptsTicks, dtsTicks }) => [ptsTicks, dtsTicks])).toEqual(written);
  });

  test('a loss marks the next unit; a unit of nothing but parameters is none', () => {
    const sink = new Recorder();
    const ingest = timed(sink);
    ingest.write(unit(0, 0, [SPS, PPS]), 0);
    ingest.discontinuity(1);
    ingest.write(unit(0, 0, [IDR]), 0);
    expect(sink.units.map(({ discontinuity }) => discontinuity)).toEqual([true]);
  });

  test('goes on behind a malformed unit, and knows its tracks', () => {
    const sink = new Recorder();
    const ingest = timed(sink);
    expect(() => ingest.write(unit(0, 0, [new Uint8Array(0)]), 0)).toThrow('empty NAL unit');
    ingest.write(unit(0, 0, [IDR]), 0);
    expect(sink.units).toHaveLength(1);
    expect(() => ingest.write({ ...unit(0, 0), trackId: 2 }, 0)).toThrow('track 2');
  });
});
