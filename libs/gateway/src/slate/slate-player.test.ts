import type { TimedUnit } from '@mediamesh/media';
import { expect, test } from 'vitest';
import { SlatePlayer } from './slate-player.ts';
import type { SlateTrack } from './slate-content.ts';

const VIDEO: SlateTrack = {
  track: { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: {} },
  samples: [0, 9_000].map((ticks) => ({ dtsTicks: ticks, ptsTicks: ticks + 900, payload: [Uint8Array.of(ticks / 9_000)] })),
  loopTicks: 18_000,
};
const AUDIO: SlateTrack = {
  track: { id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } },
  samples: [{ dtsTicks: 0, ptsTicks: 0, payload: [Uint8Array.of(9)] }],
  loopTicks: 2_400,
};

class Played {
  readonly player = new SlatePlayer([VIDEO, AUDIO]);
  private units: TimedUnit[] = [];

  /** `track@milliseconds` of what is due. */
  at(nowMs: number): string[] {
    this.units = [];
    this.player.play(nowMs, (unit) => this.units.push(unit));
    return this.units.map(({ trackId, dtsTicks }) => `${trackId}@${dtsTicks / (trackId === 1 ? 90 : 48)}`);
  }
}

test('plays what is due, in the order of time, over and over', () => {
  const played = new Played();
  played.player.restart(1_000);
  expect(played.at(1_000)).toEqual(['1@1000', '2@1000']);
  expect(played.at(1_000)).toEqual([]);
  expect(played.at(1_120)).toEqual(['2@1050', '1@1100', '2@1100']);
  expect(played.at(1_300)).toEqual(['2@1150', '1@1200', '2@1200', '2@1250', '1@1300', '2@1300']);
});

test('a restart begins with the first sample, at the time of the clock', () => {
  const played = new Played();
  played.player.restart(0);
  played.at(0);
  played.player.restart(5_000);
  expect(played.at(5_000)).toEqual(['1@5000', '2@5000']);
});

test('what was missed for long is not made up for', () => {
  const played = new Played();
  played.player.restart(0);
  played.at(0);
  expect(played.at(60_000)).toEqual(['1@60000', '2@60000']);
});

test('presentation times keep their distance', () => {
  const units: TimedUnit[] = [];
  const player = new SlatePlayer([VIDEO]);
  player.restart(200);
  player.play(300, (unit) => units.push(unit));
  expect(units.map(({ ptsTicks, dtsTicks }) => ptsTicks - dtsTicks)).toEqual([900, 900]);
});
