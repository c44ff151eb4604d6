import { describe, expect, test } from 'vitest';
import { RtpTimeline } from './rtp-timeline.ts';

function timeline(): RtpTimeline {
  const made = new RtpTimeline();
  made.addTrack(1, 90_000);
  made.addTrack(2, 48_000);
  return made;
}

describe('RtpTimeline', () => {
  test('the first track starts at 0 whatever its timestamp', () => {
    const made = timeline();
    expect(made.ptsTicks(1, 123_456, 5_000_000)).toBe(0);
    expect(made.ptsTicks(1, 126_456, 5_033_333)).toBe(3000);
  });

  test('another track starts at what has passed on the first since its last reference', () => {
    const made = timeline();
    made.ptsTicks(1, 1000, 1_000_000);
    made.ptsTicks(1, 91_000, 2_000_000);
    expect(made.ptsTicks(2, 777, 2_250_000)).toBe(60_000); // 1 s and 250 ms
    expect(made.ptsTicks(2, 777 + 960, 9_000_000)).toBe(60_960);
  });

  test('a unit whose PTS is not its DTS neither starts a track nor is a reference', () => {
    const made = timeline();
    expect(made.ptsTicks(1, 9000, 1_000_000, false)).toBeUndefined();
    expect(made.ptsTicks(1, 18_000, 1_100_000)).toBe(0);
    expect(made.ptsTicks(1, 99_000, 1_200_000, false)).toBe(81_000);
    expect(made.ptsTicks(2, 0, 1_200_000)).toBe(4800);
  });

  test.each([
    ['wraps upwards', [0xffff_fff0, 0x10], [0, 0x20]],
    ['goes back over the wrap', [0x10, 0xffff_fff0], [0, -0x20]],
    ['reordered units', [1000, 4000, 2000, 5000], [0, 3000, 1000, 4000]],
    ['half the range forward', [0, 0x7fff_ffff], [0, 0x7fff_ffff]],
    ['more than half counts as backward', [0, 0x8000_0001], [0, -0x7fff_ffff]],
  ])('%s', (_, timestamps, ticks) => {
    const made = timeline();
    expect(timestamps.map((timestamp) => made.ptsTicks(1, timestamp, 0))).toEqual(ticks);
  });

  test('never wraps over many turns', () => {
    const made = timeline();
    let last = 0;
    for (let i = 0; i <= 40; i++) last = made.ptsTicks(1, (i * 0x4000_0000) % 0x1_0000_0000, 0)!;
    expect(last).toBe(40 * 0x4000_0000);
  });

  describe('a sender that begins anew', () => {
    test('is placed by arrival on the leading track', () => {
      const made = timeline();
      made.ptsTicks(1, 1000, 1_000_000);
      made.ptsTicks(2, 500, 1_000_000);
      made.ptsTicks(1, 91_000, 2_000_000);
      made.restartTrack(2);
      expect(made.ptsTicks(2, 4_000_000_000, 2_500_000)).toBe(72_000); // 1 s and 500 ms
      expect(made.ptsTicks(2, 4_000_000_960, 9_000_000)).toBe(72_960);
    });

    test('is placed by arrival when it leads, and is the reference from then on', () => {
      const made = timeline();
      made.ptsTicks(1, 1000, 1_000_000);
      made.restartTrack(1);
      expect(made.ptsTicks(1, 4_000_000_000, 3_000_000)).toBe(180_000);
      expect(made.ptsTicks(2, 0, 3_500_000)).toBe(120_000);
    });

    test('does not go back when it was ahead of its arrival', () => {
      const made = timeline();
      made.ptsTicks(1, 0, 1_000_000);
      made.ptsTicks(1, 900_000, 1_000_010); // 10 s of media at once
      made.ptsTicks(1, 897_000, 1_000_010, false);
      made.restartTrack(1);
      expect(made.ptsTicks(1, 77, 1_000_020)).toBe(900_001);
      made.ptsTicks(2, 0, 1_000_020);
      const last = made.ptsTicks(2, 960_000, 1_000_020)!;
      made.restartTrack(2);
      expect(made.ptsTicks(2, 5, 1_000_020)).toBe(last + 1);
    });

    test('waits for a unit whose PTS is its DTS', () => {
      const made = timeline();
      made.ptsTicks(1, 1000, 1_000_000);
      made.restartTrack(1);
      expect(made.ptsTicks(1, 50, 1_100_000, false)).toBeUndefined();
      expect(made.ptsTicks(1, 60, 1_200_000)).toBe(18_000);
    });
  });

  test('refuses tracks it does not know and clocks that stand', () => {
    expect(() => timeline().ptsTicks(9, 0, 0)).toThrow('track 9');
    expect(() => timeline().restartTrack(9)).toThrow('track 9');
    expect(() => timeline().addTrack(3, 0)).toThrow('clock rate 0');
  });
});
