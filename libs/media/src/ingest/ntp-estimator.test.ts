import { describe, expect, test } from 'vitest';
import { NtpEstimator } from './ntp-estimator.ts';

const T = 1_700_000_000_000_000;

describe('NtpEstimator', () => {
  test.each<[string, [pts: number, nowUs: number, ntpUs: number][]]>([
    ['the first unit is now', [[12_345, T, T]]],
    [
      'keeps the reference while the estimate is not later than now',
      [
        [0, T, T],
        [90_000, T + 1_200_000, T + 1_000_000],
      ],
    ],
    [
      'equal to now is kept',
      [
        [0, T, T],
        [90_000, T + 1_000_000, T + 1_000_000],
      ],
    ],
    [
      'later than now: now',
      [
        [0, T, T],
        [90_000, T + 999_999, T + 999_999],
        [180_000, T + 2_100_000, T + 1_999_999],
      ],
    ],
    [
      '5 s behind is kept',
      [
        [0, T, T],
        [90_000, T + 6_000_000, T + 1_000_000],
      ],
    ],
    [
      'more than 5 s behind: now',
      [
        [0, T, T],
        [90_000, T + 6_000_001, T + 6_000_001],
        [180_000, T + 7_000_001, T + 7_000_001],
      ],
    ],
    [
      'the wall clock was set back',
      [
        [0, T, T],
        [3000, T - 60_000_000, T - 60_000_000],
      ],
    ],
  ])('%s', (_, steps) => {
    const estimator = new NtpEstimator(90_000);
    for (const [pts, nowUs, ntpUs] of steps) expect(estimator.estimate(pts, nowUs)).toBe(ntpUs);
  });

  test('a timeline that is continued keeps its wall clock, ahead of now by as much as it was', () => {
    const ntp = new NtpEstimator(90_000);
    ntp.continueFrom(0, T, 100_000);
    expect(ntp.estimate(90_000, T + 650_000)).toBe(T + 1_000_000);
    expect(ntp.estimate(180_000, T + 1_649_999)).toBe(T + 1_649_999);
    expect(ntp.estimate(270_000, T + 2_649_998)).toBe(T + 2_649_998);
  });
});
