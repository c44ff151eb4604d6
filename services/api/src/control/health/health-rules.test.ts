import { PATH_KEYS } from '@mediamesh/config';
import type { HealthAlerts } from '@mediamesh/config';
import type { TrackHealth } from '@mediamesh/contracts';
import { describe, expect, test } from 'vitest';
import { DATA, audio, limits, video } from './health.cases.ts';
import { ALERT_NAMES, hasLimits, passedLimit } from './health-rules.ts';
import type { AlertName, Measure } from './health-rules.ts';

test('there is a rule for each limit of the configuration', () => {
  expect(Object.keys(PATH_KEYS['healthAlerts']!.default as object)).toEqual(ALERT_NAMES);
});

test.each<[Partial<HealthAlerts>, boolean]>([
  [{}, false],
  [{ minFrameRate: 0.5 }, true],
  [{ noBFrames: true }, true],
])('%j are limits: %s', (some, expected) => {
  expect(hasLimits(limits(some))).toBe(expected);
});

describe('limits that are kept to', () => {
  test.each<[Partial<HealthAlerts>, readonly TrackHealth[]]>([
    [{}, [video({ frameRate: 0, bFrames: true, silenceMs: 1e9 })]],
    [{ minBitrate: 4_064_000 }, [video(), audio()]],
    [{ minBitrate: 1 }, [video({ bitrateBps: null })]],
    [{ minFrameRate: 25 }, [video(), audio(), DATA]],
    [{ minFrameRate: 25 }, [audio()]],
    [{ minFrameRate: 25 }, [video({ frameRate: null })]],
    [{ maxKeyFrameInterval: 2_000 }, [video(), audio()]],
    [{ maxKeyFrameInterval: 2_000 }, [video({ keyFrameIntervalMs: null })]],
    [{ maxClockDrift: 5 }, [video(), audio(), DATA]],
    [{ maxSilence: 40 }, [video(), audio(), DATA]],
    [{ noBFrames: true }, [video(), audio()]],
    [{ noBFrames: true }, [audio()]],
  ])('%j', (some, tracks) => {
    for (const name of ALERT_NAMES) expect(passedLimit(limits(some), name, tracks)).toBeUndefined();
  });
});

describe('limits that are passed', () => {
  test.each<[AlertName, Measure, readonly TrackHealth[], Measure, string]>([
    ['minBitrate', 4_064_001, [video(), audio()], 4_064_000, 'its bitrate is 4064000 bit/s, the minimum is 4064001'],
    ['minFrameRate', 20, [video(), video({ frameRate: 12.5 })], 12.5, 'its frame rate is 12.5, the minimum is 20'],
    ['maxKeyFrameInterval', 1_999, [video(), audio()], 2_000, 'its key frames are 2 s apart, the limit is 2 s'],
    ['maxClockDrift', 100, [video(), audio({ clockDriftPpm: -101 })], 101, "its sender's clock is off by 101 ppm, the limit is 100"],
    ['maxSilence', 3_000, [video(), audio({ silenceMs: 5_210 }), DATA], 5_210, 'nothing has come for 5.2 s, the limit is 3 s'],
  ])('%s of %s', (name, limit, tracks, value, message) => {
    expect(passedLimit(limits({ [name]: limit }), name, tracks)).toEqual({ value, limit, message });
  });

  test('noBFrames', () => {
    const passed = passedLimit(limits({ noBFrames: true }), 'noBFrames', [audio(), video({ bFrames: true })]);
    expect(passed).toEqual({ value: true, limit: false, message: 'it has B-frames' });
  });
});
