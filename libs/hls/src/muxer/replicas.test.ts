import { continueTimeline, endOfUnits } from '@mediamesh/media';
import type { BusUnit, EpochState, Track } from '@mediamesh/media';
import { describe, expect, test } from 'vitest';
import { AAC, H264, OPUS, T0_US, muxerOf, served, stampedUnits } from '../testing.cases.ts';
import type { StreamOptions } from '../testing.cases.ts';
import type { HlsMuxer } from './hls-muxer.ts';
import type { HlsVariant } from './stamped-unit.ts';

const VARIANTS: readonly HlsVariant[] = ['mpegts', 'fmp4', 'lowLatency'];
const STREAMS: readonly [string, StreamOptions, readonly HlsVariant[]][] = [
  ['video with B-frames, and audio', { tracks: [H264, AAC], seconds: 60 }, VARIANTS],
  ['several audio tracks', { tracks: [H264, AAC, OPUS], seconds: 60 }, ['fmp4', 'lowLatency']],
  ['audio only', { tracks: [AAC], seconds: 60 }, VARIANTS],
  ['several key frames a segment', { tracks: [H264, AAC], seconds: 60, gop: 10, segmentDurationMs: 2000 }, VARIANTS],
  ['segments of 4 s', { tracks: [H264, AAC], seconds: 60, gop: 100 }, VARIANTS],
  ['a changed segment duration', { tracks: [H264, AAC], seconds: 60, changedDurationMs: 3000 }, VARIANTS],
];

/** Where the bus' window began at this moment: at the first segment of the playlists of that time. */
function windowAt(units: readonly BusUnit[], moment: number): number {
  const before = units.slice(0, moment);
  const first = before.findLast(({ segmentStart }) => segmentStart !== undefined)!.segmentStart!.firstSegmentInWindow;
  return units.findIndex(({ segment, segmentStart }) => segmentStart !== undefined && segment === first);
}

describe('replicas that join at different moments', () => {
  describe.each(STREAMS)('%s', (_, options, variants) => {
    test.each(variants)('%s: the same playlists and files, from the moment of joining on', (variant) => {
      const { state, units } = stampedUnits(options);
      const present = muxerOf(state, variant);
      const joins = [0.3, 0.5, 0.77].map((share) => Math.floor(units.length * share));
      const joined: HlsMuxer[] = [];
      let compared = 0;
      units.forEach((unit, at) => {
        if (joins.includes(at)) {
          const muxer = muxerOf(state, variant);
          for (const past of units.slice(windowAt(units, at), at)) muxer.write(past);
          joined.push(muxer);
        }
        const progress = present.write(unit);
        const others = joined.map((muxer) => muxer.write(unit));
        expect(others.filter((other) => other !== progress)).toEqual([]);
        if (joined.length === 0 || (progress !== 'segment' && !joins.includes(at))) return;
        const expected = served(present);
        for (const muxer of joined) expect(served(muxer)).toEqual(expected);
        compared++;
      });
      expect(joined.length).toBe(3);
      expect(compared).toBeGreaterThan(8);
      expect(present.segments.length).toBe(7);
    });
  });
});

describe('a replica that is a moment behind another', () => {
  test.each(VARIANTS)('%s: knows the names that the other has announced, before it has the files', (variant) => {
    const { state, units } = stampedUnits({ tracks: [H264, AAC], seconds: 20 });
    const ahead = muxerOf(state, variant);
    const behind = muxerOf(state, variant);
    const known = new Set<string>();
    let compared = 0;
    units.forEach((unit, at) => {
      if (ahead.write(unit) !== 'none') {
        const names = Object.keys(served(ahead)).filter((name) => /_(?:seg|part)\d/u.test(name) && !known.has(name));
        for (const name of names) known.add(name);
        const missing = names.filter((name) => behind.file(name) === undefined);
        if (behind.hasContent) {
          expect(missing.filter((name) => !behind.isAnnounced(name))).toEqual([]);
          compared += missing.length;
        }
      }
      if (at > 0) behind.write(units[at - 1]!);
    });
    expect(compared).toBeGreaterThan(10);
    expect(behind.isAnnounced('x_video1_seg3.mp4')).toBe(false);
  });
});

describe('a publisher that returns', () => {
  test.each(VARIANTS)('%s: playlists go on, with a discontinuity; who joins later serves the same new segments', (variant) => {
    const first = stampedUnits({ tracks: [H264, AAC], seconds: 10 });
    const last = first.units.at(-1)!;
    const tail = { state: first.state, last, endUs: endOfUnits([last], first.state.description), writtenUs: T0_US + 10_000_000 };
    const next = stampedUnits({
      tracks: [H264, AAC],
      seconds: 20,
      state: continueTimeline(9, first.state.description, tail, T0_US + 12_000_000),
    });
    const muxer = muxerOf(first.state, variant);
    for (const unit of first.units) muxer.write(unit);
    const before = muxer.segments.at(-1)!.id;
    muxer.describe({ epoch: 9, tracks: next.state.description.tracks });
    const late = muxerOf(next.state, variant);
    let withDiscontinuity = '';
    for (const unit of next.units) {
      late.write(unit);
      if (muxer.write(unit) !== 'segment') continue;
      const [name] = Object.keys(served(muxer)).filter((key) => key.endsWith('full'));
      const playlist = served(muxer)[name!]!;
      if (playlist.includes('#EXT-X-DISCONTINUITY\n')) withDiscontinuity = playlist;
    }
    expect(withDiscontinuity).toMatch(/#EXT-X-DISCONTINUITY\n/u);
    expect(muxer.segments.at(-1)!.id).toBeGreaterThan(before + 10);
    expect(served(late)).toEqual(served(muxer));
  });

  const SETS: readonly [string, readonly Track[], readonly HlsVariant[]][] = [
    ['video and audio', [H264, AAC], VARIANTS],
    ['several audio tracks', [H264, AAC, OPUS], ['fmp4', 'lowLatency']],
    ['audio only', [AAC], VARIANTS],
  ];
  const RETURNS = SETS.flatMap(([what, tracks, variants]) => variants.map((variant) => ({ what, tracks, variant })));

  test.each(RETURNS)(
    '$what, $variant: three replicas that joined before, in between and after are one, over 80 s',
    ({ tracks, variant }) => {
      const first = stampedUnits({ tracks, seconds: 35 });
      const last = first.units.at(-1)!;
      const tail = { state: first.state, last, endUs: endOfUnits([last], first.state.description), writtenUs: T0_US + 35_000_000 };
      const state = continueTimeline(9, first.state.description, tail, T0_US + 37_000_000);
      const next = stampedUnits({ tracks, seconds: 45, changedDurationMs: 2000, state });
      const before = muxerOf(first.state, variant);
      const between = muxerOf(first.state, variant);
      const joinsAt = Math.floor(first.units.length / 2);
      for (const unit of first.units.slice(0, joinsAt)) before.write(unit);
      for (const unit of first.units.slice(windowAt(first.units, joinsAt), joinsAt)) between.write(unit);
      const replicas = [before, between];
      let compared = 0;
      const write = (unit: BusUnit): void => {
        const progress = replicas.map((muxer) => muxer.write(unit));
        expect(new Set(progress).size).toBe(1);
        if (progress[0] !== 'segment') return;
        const expected = served(before);
        for (const muxer of replicas.slice(1)) expect(served(muxer)).toEqual(expected);
        compared++;
      };
      for (const unit of first.units.slice(joinsAt)) write(unit);
      for (const muxer of replicas) muxer.describe({ epoch: 9, tracks: state.description.tracks });
      next.units.forEach((unit, at) => {
        if (at === Math.floor(next.units.length * 0.6)) {
          const after = muxerOf(state, variant);
          for (const past of next.units.slice(windowAt(next.units, at), at)) after.write(past);
          replicas.push(after);
        }
        write(unit);
      });
      expect(replicas).toHaveLength(3);
      expect(compared).toBeGreaterThan(40);
    },
  );
});

describe('losses', () => {
  test('the segment in which units are missing is a gap', () => {
    const { state, units } = stampedUnits({ tracks: [H264] as readonly Track[], seconds: 10 });
    const muxer = muxerOf(state, 'lowLatency');
    const lostAt = units.findIndex(({ segment }) => segment === 4) + 3;
    units.forEach((unit, at) => {
      if (at === lostAt) muxer.lose();
      muxer.write(unit);
    });
    expect(muxer.segments.map(({ id, media }) => [id, media === undefined])).toContainEqual([11, true]);
    const playlist = served(muxer)['video1 full']!;
    expect(playlist).toMatch(/#EXT-X-GAP\n#EXTINF:1.00000,\ngap.mp4\n/u);
    expect(playlist.match(/#EXTINF/gu)).toHaveLength(7);
  });

  test('a state of another epoch does not change the one before', () => {
    const { state, units } = stampedUnits({ tracks: [H264], seconds: 3 });
    const muxer = muxerOf(state, 'fmp4');
    const twin = muxerOf(state, 'fmp4');
    const later: EpochState = { ...state, epoch: state.epoch + 1 };
    muxer.describe({ epoch: later.epoch, tracks: [{ ...H264, clockRateHz: 1000 } as Track] });
    for (const unit of units) {
      muxer.write(unit);
      twin.write(unit);
    }
    expect(served(muxer)).toEqual(served(twin));
  });
});
