import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BusUnit, EpochState } from '../epoch.ts';
import { AUDIO, epochState, GENERIC_VIDEO, VIDEO } from '../testing.cases.ts';
import { Ingest, MAX_EARLY_BYTES, MAX_EARLY_UNITS } from './ingest.ts';
import type { IngestUnit } from './ingest.ts';
import { continueTimeline, endOfUnits, SPLICE_GAP_US, startTimeline, wallClockOf } from './timeline.ts';
import type { TimelineTail } from './timeline.ts';

const T = 1_700_000_000_000_000;
const DURATIONS = { segmentDurationMs: 1000, partDurationMs: 200, segmentCount: 7 };
const DESCRIPTION = { tracks: [VIDEO, AUDIO], revision: 0 };

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

function video(dtsTicks: number, key: boolean, over: Partial<IngestUnit> = {}): IngestUnit {
  return { trackId: 1, ptsTicks: dtsTicks, dtsTicks, key, payload: [Uint8Array.of(1)], ...over };
}

function audio(ticks: number): IngestUnit {
  return { trackId: 2, ptsTicks: ticks, dtsTicks: ticks, key: true, payload: [Uint8Array.of(2)] };
}

function ingestOf(sink: Recorder, state: EpochState = startTimeline('live/one', 5, DESCRIPTION), nowUs = T): Ingest {
  return new Ingest({ state, sink, ...DURATIONS }, nowUs);
}

describe('Ingest', () => {
  test('knows the health of its tracks, in the order of the description', () => {
    const ingest = ingestOf(new Recorder());
    ingest.write(video(0, true), T);
    ingest.write(video(3_600, false), T + 40_000);
    expect(ingest.health(T + 50_000).map(({ silenceMs, keyFrameIntervalMs }) => [silenceMs, keyFrameIntervalMs])).toEqual([
      [10, 40],
      [50, null],
    ]);
  });

  test('stamps a unit', () => {
    const sink = new Recorder();
    const ingest = ingestOf(sink);
    const payload = [Uint8Array.of(9)];
    ingest.write(video(0, true, { payload }), T);
    ingest.write(audio(960), T + 30_000);
    expect(sink.units[0]).toEqual({
      trackId: 1,
      ptsTicks: 0,
      dtsTicks: 0,
      ntpUs: T,
      key: true,
      payload,
      epoch: 5,
      number: 0,
      segment: 0,
      part: 0,
      revision: 0,
      discontinuity: false,
      segmentStart: { ntpUs: T, targetDurationMs: 1000, partTargetMs: 200, discontinuitySequence: 0, firstSegmentInWindow: 0 },
    });
    expect(sink.units[0]!.payload).toBe(payload);
    expect(sink.units[1]).toMatchObject({ trackId: 2, ptsTicks: 960, ntpUs: T + 30_000, number: 1 });
    expect(sink.units[1]).not.toHaveProperty('segmentStart');
    expect(ingest.unitsWritten).toBe(2);
  });

  test("keeps the publisher's wall clock, and estimates a track's own without", () => {
    const sink = new Recorder();
    const ingest = ingestOf(sink);
    ingest.write(video(0, true, { ntpUs: 77 }), T);
    ingest.write(video(90_000, false), T + 500);
    ingest.write(video(180_000, false), T + 2_000_000);
    expect(sink.units.map((unit) => unit.ntpUs)).toEqual([77, T + 500, T + 1_000_500]);
  });

  test('a loss marks the next unit of its track only', () => {
    const sink = new Recorder();
    const ingest = ingestOf(sink);
    ingest.discontinuity(1);
    ingest.write(audio(0), T);
    ingest.write(video(0, true), T);
    ingest.write(video(3600, false), T);
    expect(sink.units.map((unit) => unit.discontinuity)).toEqual([false, true, false]);
  });

  test('new parameters raise the revision before the unit that needs them', () => {
    const sink = new Recorder();
    const ingest = ingestOf(sink);
    ingest.write(video(0, true), T);
    const sps = Uint8Array.of(0x67, 1);
    ingest.updateTrack({ ...VIDEO, codec: 'H264', parameters: { sps } });
    ingest.write(video(90_000, true), T);
    expect(sink.units.map((unit) => unit.revision)).toEqual([0, 1]);
    expect(sink.states.map((state) => state.description.revision)).toEqual([1]);
    expect(ingest.state.description.tracks).toEqual([{ ...VIDEO, parameters: { sps } }, AUDIO]);
  });

  test.each([
    ['another codec', { ...VIDEO, codec: 'VP8', parameters: {} } as const],
    ['another clock rate', { ...VIDEO, clockRateHz: 48_000 }],
    ['an unknown track', { ...VIDEO, id: 9 }],
  ])('%s is not a new revision', (_, track) => {
    expect(() => ingestOf(new Recorder()).updateTrack(track)).toThrow('needs a new epoch');
  });

  test('refuses units of unknown tracks, and an epoch without tracks', () => {
    expect(() => ingestOf(new Recorder()).write(video(0, true, { trackId: 3 }), T)).toThrow('track 3');
    expect(() => ingestOf(new Recorder()).discontinuity(0)).toThrow('track 0');
    expect(() => ingestOf(new Recorder(), startTimeline('p', 1, { tracks: [], revision: 0 }))).toThrow('no tracks');
  });

  test('segments follow audio when there is no video', () => {
    const sink = new Recorder();
    const ingest = ingestOf(sink, startTimeline('p', 1, { tracks: [AUDIO], revision: 0 }));
    for (let i = 0; i <= 50; i++) ingest.write(audio(i * 960), T);
    expect(sink.units.map((unit) => unit.segment)).toEqual([...Array<number>(50).fill(0), 1]);
  });
});

describe('segments without key units', () => {
  test('any unit of a codec that is not parsed starts one', () => {
    const sink = new Recorder();
    const ingest = ingestOf(sink, startTimeline('p', 1, { tracks: [GENERIC_VIDEO], revision: 0 }));
    for (let i = 0; i <= 30; i++) ingest.write(video(i * 3000, false), T);
    expect(sink.units.map((unit) => unit.segment)).toEqual([...Array<number>(30).fill(0), 1]);
    expect(sink.units[0]!.key).toBe(false);
  });
});

describe('a continued timeline', () => {
  function tailOf(unit: Partial<BusUnit>): TimelineTail {
    const sink = new Recorder();
    ingestOf(sink).write(video(900_000, true), T);
    const last = { ...sink.units[0]!, ...unit };
    return { state: epochState(), last, endUs: endOfUnits([last], DESCRIPTION), writtenUs: T };
  }
  const TAIL = tailOf({ number: 41, segment: 7, part: 30, ptsTicks: 903_600 });

  test('numbers follow, time goes on with the wall clock', () => {
    const state = continueTimeline(6, DESCRIPTION, TAIL, T + 2_000_000);
    expect(state).toEqual({
      path: 'live/one',
      epoch: 6,
      continues: 5,
      firstUnit: 42,
      firstSegment: 8,
      firstPart: 31,
      timelineOffsetUs: 12_040_000,
      description: DESCRIPTION,
    });
  });

  test.each([
    ['at once', 0],
    ['with a clock that is behind', -5_000_000],
  ])('%s: at least the splice gap', (_, elapsedUs) => {
    expect(continueTimeline(6, DESCRIPTION, TAIL, T + elapsedUs).timelineOffsetUs).toBe(10_040_000 + SPLICE_GAP_US);
  });

  test('the first unit goes where the wall clock is, whatever its time; other tracks move with it', () => {
    const sink = new Recorder();
    const ingest = ingestOf(sink, continueTimeline(6, DESCRIPTION, TAIL, T + 1_000_000), T + 1_000_000);
    ingest.write(audio(48_000 * 3600), T + 1_500_000);
    ingest.write(video(90_000 * 3601, true, { ptsTicks: 90_000 * 3601 + 900 }), T + 1_600_000);
    expect(sink.units.map((unit) => [unit.dtsTicks, unit.ptsTicks])).toEqual([
      [48_000 * 11.54, 48_000 * 11.54],
      [90_000 * 12.54, 90_000 * 12.54 + 900],
    ]);
    expect(sink.units.map((unit) => [unit.epoch, unit.number, unit.segment, unit.part])).toEqual([
      [6, 42, 7, 30],
      [6, 43, 8, 31],
    ]);
    expect(sink.units[1]!.segmentStart?.discontinuitySequence).toBe(1);
  });

  test('its wall clock goes on as it was told, however much room was made', () => {
    const sink = new Recorder();
    const state = continueTimeline(6, DESCRIPTION, TAIL, T);
    const ingest = new Ingest({ state, sink, ...DURATIONS, wallClock: wallClockOf(TAIL), startUs: T }, T);
    ingest.write(video(0, true), T);
    ingest.write(video(90_000, false), T + 1_000_000);
    const ptsUs = (ptsTicks: number): number => (ptsTicks * 1_000_000) / 90_000;
    const told = sink.units.map(({ ptsTicks, ntpUs }) => ntpUs - ptsUs(ptsTicks));
    expect(told).toEqual([1, 1].map(() => TAIL.last.ntpUs - ptsUs(TAIL.last.ptsTicks)));
  });

  test('a publisher with a wall clock of its own gives none', () => {
    const hour = 3_600_000_000;
    const tail = { ...TAIL, last: { ...TAIL.last, ntpUs: T - hour } };
    expect(wallClockOf(tail)).toBeUndefined();
    expect(continueTimeline(6, DESCRIPTION, tail, T + 1_000_000).timelineOffsetUs).toBe(tail.endUs + 1_000_000);
  });

  test('a track that lags behind the first unit is cut where the former epoch ended', () => {
    const sink = new Recorder();
    const ingest = ingestOf(sink, continueTimeline(6, DESCRIPTION, TAIL, T), T);
    ingest.write(video(90_000, true), T);
    for (const ms of [900, 980, 1_000]) ingest.write(audio(48 * ms), T);
    expect(sink.units.map(({ trackId, dtsTicks }) => [trackId, dtsTicks])).toEqual([
      [1, 90_000 * 10.14],
      [2, 48_000 * 10.14],
    ]);
  });

  test('the end is that of the track that is furthest', () => {
    const units = [
      { ...TAIL.last, ptsTicks: 90_000 },
      { ...TAIL.last, trackId: 2, ptsTicks: 0, dtsTicks: 60_000 },
      { ...TAIL.last, trackId: 9 },
    ];
    const at = units.map((unit) => ({ ...unit, dtsTicks: Math.min(unit.dtsTicks, 60_000) }));
    expect(endOfUnits(at, DESCRIPTION)).toBe(1_250_000);
  });
});

describe('an ingest that waits', () => {
  const TIMES = { ...DURATIONS, history: undefined };

  class Waiting {
    readonly sink = new Recorder();
    starts = 0;
    readonly ingest = new Ingest({ path: 'live/one', description: DESCRIPTION, onStart: () => this.starts++ }, 0);

    begin(state = startTimeline('live/one', 5, this.ingest.state.description), nowUs = T): void {
      this.ingest.begin({ state, sink: this.sink, ...TIMES }, nowUs);
    }

    get written(): unknown[] {
      return this.sink.units.map(({ trackId, ptsTicks, key }) => [trackId, ptsTicks, key]);
    }
  }

  test('drops everything until it seeks, and then until the leading track can begin', () => {
    const { ingest, ...rig } = new Waiting();
    ingest.write(video(0, true), T);
    ingest.seek();
    ingest.write(audio(0), T);
    ingest.write(video(3_000, false), T);
    expect([rig.starts, ingest.unitsWritten]).toEqual([0, 0]);
  });

  test('keeps the first key unit and what follows for the sink that comes', () => {
    const rig = new Waiting();
    rig.ingest.seek();
    rig.ingest.write(video(6_000, true), T);
    rig.ingest.write(audio(3_200), T);
    rig.ingest.write(video(9_000, true), T);
    expect(rig.starts).toBe(1);
    rig.begin();
    rig.ingest.write(video(12_000, false), T);
    expect(rig.written).toEqual([
      [1, 6_000, true],
      [2, 3_200, true],
      [1, 9_000, true],
      [1, 12_000, false],
    ]);
  });

  test('goes where the wall clock is when it begins, not where it was when its first unit came', () => {
    const rig = new Waiting();
    rig.ingest.seek();
    rig.ingest.write(video(0, true), T);
    const state = { ...startTimeline('live/one', 5, DESCRIPTION), continues: 4, timelineOffsetUs: 1_000_000 };
    rig.ingest.begin({ state, sink: rig.sink, startUs: T, ...TIMES }, T + 500_000);
    expect(rig.written).toEqual([[1, 135_000, true]]);
  });

  test('parameters that came meanwhile are in its description; those that came while the bus was opened are told', () => {
    const rig = new Waiting();
    const { state } = rig.ingest;
    const sps = Uint8Array.of(0x67, 1);
    rig.ingest.updateTrack({ ...VIDEO, codec: 'H264', parameters: { sps } });
    rig.begin(startTimeline('live/one', 5, state.description));
    expect(rig.sink.states.map(({ description }) => description.revision)).toEqual([1]);
    expect(rig.ingest.state).toMatchObject({ epoch: 5, description: { revision: 1 } });
  });

  test('waits again, and goes on elsewhere', () => {
    const rig = new Waiting();
    rig.ingest.seek();
    rig.ingest.write(video(0, true), T);
    rig.begin();
    rig.ingest.wait();
    rig.ingest.write(video(3_000, true), T);
    rig.ingest.seek();
    rig.ingest.write(video(6_000, true), T);
    rig.begin({ ...startTimeline('live/one', 7, DESCRIPTION), firstUnit: 20 });
    expect(rig.sink.units.map(({ epoch, number, ptsTicks }) => [epoch, number, ptsTicks])).toEqual([
      [5, 0, 0],
      [7, 20, 6_000],
    ]);
  });

  test.each([
    ['units', MAX_EARLY_UNITS, MAX_EARLY_UNITS - 1, 1],
    ['bytes', MAX_EARLY_BYTES / 2 ** 20, 31, 2 ** 20],
  ])('keeps no more %s than the limit: the next key unit begins', (_, limit, more, sizeBytes) => {
    const rig = new Waiting();
    const payload = [new Uint8Array(sizeBytes)];
    rig.ingest.seek();
    rig.ingest.write(video(0, true, { payload }), T);
    for (let i = 1; i <= more; i++) rig.ingest.write(video(i, false, { payload }), T);
    rig.begin();
    expect(rig.sink.units).toHaveLength(limit);
    rig.ingest.wait();
    rig.ingest.seek();
    rig.ingest.write(video(0, true, { payload }), T);
    for (let i = 1; i <= more + 1; i++) rig.ingest.write(video(i, false, { payload }), T);
    rig.begin();
    expect(rig.sink.units).toHaveLength(limit);
    expect(rig.starts).toBe(2);
  });
});

/** A publisher: video with key frames at any distance, audio between, jitter in both. */
const publishers = fc.array(
  fc.record({
    isVideo: fc.boolean(),
    key: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
    gapMs: fc.integer({ min: 1, max: 400 }),
  }),
  { maxLength: 300 },
);

type Publisher = typeof publishers extends fc.Arbitrary<infer T> ? T : never;

function stamp(publisher: Publisher): BusUnit[] {
  const sink = new Recorder();
  const ingest = ingestOf(sink);
  let videoMs = 0;
  let audioMs = 0;
  for (const { isVideo, key, gapMs } of publisher) {
    if (isVideo) ingest.write(video((videoMs += gapMs) * 90, key), T + videoMs * 1000);
    else ingest.write(audio((audioMs += gapMs) * 48), T + audioMs * 1000);
  }
  return sink.units;
}

describe('stamping invariants', () => {
  test('numbers rise by one; segments start at leading key units, parts at leading units; starts are recorded', () => {
    fc.assert(
      fc.property(publishers, (publisher) => {
        const units = stamp(publisher);
        let longestMs = 0;
        let startTicks = 0;
        let target = 0;
        for (const [i, unit] of units.entries()) {
          const before = units[i - 1];
          expect(unit.number).toBe(i);
          const leads = unit.trackId === 1;
          const start = unit.segmentStart;
          if (start !== undefined) {
            expect(leads && unit.key).toBe(true);
            if (unit.segment > 0) longestMs = Math.max(longestMs, (unit.dtsTicks - startTicks) / 90);
            startTicks = unit.dtsTicks;
            expect(start.targetDurationMs).toBeGreaterThanOrEqual(Math.round(longestMs / 1000) * 1000);
            expect(start.targetDurationMs).toBeGreaterThanOrEqual(target);
            expect(start.firstSegmentInWindow).toBe(Math.max(0, unit.segment - DURATIONS.segmentCount));
            target = start.targetDurationMs;
          }
          if (before === undefined) continue;
          expect(unit.segment - before.segment).toBe(start !== undefined && before.segment < unit.segment ? 1 : 0);
          expect([0, 1]).toContain(unit.part - before.part);
          if (unit.part !== before.part) expect(leads).toBe(true);
          if (unit.segment !== before.segment) expect(unit.part).toBe(before.part + 1);
        }
        const starts = units.filter((unit) => unit.segmentStart !== undefined).map((unit) => unit.segment);
        expect(starts).toEqual(starts.map((_, i) => i));
      }),
    );
  });

  test('replicas that join at any segment start know the same segments, parts and records from there on', () => {
    fc.assert(
      fc.property(publishers, fc.nat(), (publisher, choice) => {
        const units = stamp(publisher);
        const joins = units.flatMap((unit, i) => (unit.segmentStart === undefined ? [] : [i]));
        fc.pre(joins.length > 0);
        const join = joins[choice % joins.length]!;
        const early = playlistOf(units);
        const late = playlistOf(units.slice(join));
        expect(late).toEqual(early.filter((line) => line.segment >= units[join]!.segment));
        expect(late[0]?.start).toBeDefined();
      }),
    );
  });
});

/** What a replica writes: of each part its segment, units, and the segment's record. */
function playlistOf(units: readonly BusUnit[]) {
  const parts: { segment: number; part: number; units: number[]; start: BusUnit['segmentStart'] }[] = [];
  let start: BusUnit['segmentStart'];
  for (const unit of units) {
    start = unit.segmentStart ?? start;
    if (start === undefined) continue; // before the first segment
    const last = parts.at(-1);
    if (last?.part === unit.part) last.units.push(unit.number);
    else parts.push({ segment: unit.segment, part: unit.part, units: [unit.number], start });
  }
  return parts;
}
