import { describe, expect, test } from 'vitest';
import { AUDIO, busUnit, GENERIC_VIDEO, VIDEO } from '../testing.cases.ts';
import type { Track } from '../track.ts';
import { METER_PERIOD_US, MIN_RATE_WINDOW_US, TrackMeter } from './track-meter.ts';
import type { TrackHealth } from './track-meter.ts';

const T = 1_700_000_000_000_000;
const SECOND_US = 1_000_000;

interface Stream {
  readonly track?: Track;
  readonly rate?: number;
  readonly seconds: number;
  readonly unitBytes?: number;
  /** Frames from one key frame to the next. */
  readonly gop?: number;
  /** PTS of each frame of four, in frames after its DTS: `[1, 3, 0, 0]` is I P B B. */
  readonly reorder?: readonly number[];
  readonly fastPpm?: number;
}

/** Sends a stream as it would come over a network without delay; the result is the time of its end. */
function send(meter: TrackMeter, stream: Stream, fromUs = T): number {
  const { track = VIDEO, rate = 25, seconds, unitBytes = 1_000, gop = 50, reorder = [0, 0, 0, 0], fastPpm = 0 } = stream;
  const { clockRateHz } = track;
  const payload = [new Uint8Array(unitBytes - 10), new Uint8Array(10)];
  const ticks = clockRateHz / rate;
  const first = Math.round(((fromUs - T) / SECOND_US) * rate);
  for (let i = 0; i < seconds * rate; i++) {
    const dtsTicks = Math.round((first + i) * ticks * (1 + fastPpm / 1e6));
    const unit = busUnit({ trackId: track.id, dtsTicks, ptsTicks: dtsTicks + ticks * reorder[i % 4]!, key: i % gop === 0, payload });
    meter.count(unit, fromUs + Math.round((i * SECOND_US) / rate));
  }
  return fromUs + seconds * SECOND_US;
}

function healthAfter(stream: Stream, silenceUs = 0): TrackHealth {
  const meter = new TrackMeter(stream.track ?? VIDEO, T);
  return meter.health(send(meter, stream) + silenceUs);
}

describe('what a track shows', () => {
  test('of video', () => {
    expect(healthAfter({ seconds: 60 })).toEqual({
      bitrateBps: 200_000,
      frameRate: 25,
      keyFrameIntervalMs: 2_000,
      bFrames: false,
      clockDriftPpm: 0,
      silenceMs: 40,
    });
  });

  test('of audio', () => {
    expect(healthAfter({ track: AUDIO, rate: 50, seconds: 60, unitBytes: 100 })).toEqual({
      bitrateBps: 40_000,
      frameRate: null,
      keyFrameIntervalMs: null,
      bFrames: null,
      clockDriftPpm: 0,
      silenceMs: 20,
    });
  });

  test('of data no clock is told', () => {
    const data: Track = { id: 3, kind: 'data', clockRateHz: 90_000, codec: 'KLV', parameters: {} };
    expect(healthAfter({ track: data, rate: 1, seconds: 60 }).clockDriftPpm).toBeNull();
  });

  test('of video that is not parsed no frames are told apart', () => {
    expect(healthAfter({ track: GENERIC_VIDEO, seconds: 20 })).toMatchObject({ keyFrameIntervalMs: null, bFrames: null });
  });

  test.each<[string, Stream, Partial<TrackHealth>]>([
    ['B-frames', { seconds: 10, reorder: [1, 3, 0, 0] }, { bFrames: true }],
    ['a slow encoder', { seconds: 20, rate: 8 }, { frameRate: 8 }],
    ['only key frames', { seconds: 10, gop: 1 }, { keyFrameIntervalMs: 40 }],
    ['no second key frame', { seconds: 30, gop: 10_000 }, { keyFrameIntervalMs: 29_960 }],
    ['a fast clock', { seconds: 120, fastPpm: 300 }, { clockDriftPpm: expect.closeTo(300, -1) as number }],
    ['a slow clock', { seconds: 120, fastPpm: -80 }, { clockDriftPpm: expect.closeTo(-80, -1) as number }],
  ])('%s', (_, stream, expected) => {
    expect(healthAfter(stream)).toMatchObject(expected);
  });
});

describe('at first', () => {
  test('a track without a unit is silent since the stream began', () => {
    const meter = new TrackMeter(VIDEO, T);
    expect(meter.health(T + 3 * SECOND_US)).toEqual({
      bitrateBps: null,
      frameRate: null,
      keyFrameIntervalMs: null,
      bFrames: null,
      clockDriftPpm: null,
      silenceMs: 3_000,
    });
    expect(meter.health(T + METER_PERIOD_US + 1)).toMatchObject({ bitrateBps: 0, frameRate: 0 });
  });

  test('rates come when enough has come', () => {
    const meter = new TrackMeter(VIDEO, T);
    const endUs = send(meter, { seconds: 2 });
    expect(meter.health(endUs).frameRate).toBeNull();
    meter.count(busUnit({ dtsTicks: 180_000 }), T + MIN_RATE_WINDOW_US);
    expect(meter.health(endUs).frameRate).toBe(25);
  });
});

describe('a stream that stalls', () => {
  test('its rates are 0 after a period; what it was like stays', () => {
    expect(healthAfter({ seconds: 20 }, METER_PERIOD_US - 40_000)).toMatchObject({ frameRate: 25, silenceMs: 5_000 });
    expect(healthAfter({ seconds: 20, reorder: [1, 3, 0, 0] }, METER_PERIOD_US)).toMatchObject({
      bitrateBps: 0,
      frameRate: 0,
      bFrames: true,
      keyFrameIntervalMs: 2_000,
      silenceMs: 5_040,
    });
  });

  test('and returns: rates are those since then', () => {
    const meter = new TrackMeter(VIDEO, T);
    const backUs = send(meter, { seconds: 20 }) + 60 * SECOND_US;
    send(meter, { seconds: 3 }, backUs);
    expect(meter.health(backUs + 3 * SECOND_US)).toMatchObject({ frameRate: 25, silenceMs: 40 });
  });
});

test('a wall clock that is set back begins anew, without negative figures', () => {
  const meter = new TrackMeter(VIDEO, T);
  const endUs = send(meter, { seconds: 20 });
  expect(meter.health(endUs - 3_600 * SECOND_US)).toMatchObject({ silenceMs: 0, frameRate: 25 });
  for (let i = 0; i < 100; i++) meter.count(busUnit({ dtsTicks: 1_800_000 + i * 3_600 }), T - 3_600 * SECOND_US + i * 40_000);
  expect(meter.health(T - 3_596 * SECOND_US).frameRate).toBe(25);
});
