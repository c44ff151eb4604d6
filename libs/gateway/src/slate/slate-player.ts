import type { TimedUnit } from '@mediamesh/media';
import type { SlateTrack } from './slate-content.ts';

/** The process was suspended for longer: it goes on from now, and does not make up for it. */
const MAX_LATE_MS = 1_000;

/**
 * Plays a slate's tracks in loops.
 *
 * Shape:  `play` writes the units that are due, by time; `restart` goes back to the beginning. Pure but for its own position.
 * Units:  milliseconds of any clock that does not go back; times of units are that clock's, so that they rise over restarts.
 */
export class SlatePlayer {
  private readonly tracks: readonly PlayedTrack[];

  constructor(tracks: readonly SlateTrack[]) {
    this.tracks = tracks.map((track) => new PlayedTrack(track));
  }

  restart(nowMs: number): void {
    for (const track of this.tracks) track.restart(nowMs);
  }

  play(nowMs: number, write: (unit: TimedUnit) => void): void {
    if (this.tracks.some((track) => track.dueMs < nowMs - MAX_LATE_MS)) this.restart(nowMs);
    for (;;) {
      let next: PlayedTrack | undefined;
      for (const track of this.tracks) if (track.dueMs <= nowMs && (next === undefined || track.dueMs < next.dueMs)) next = track;
      if (next === undefined) return;
      write(next.take());
    }
  }
}

class PlayedTrack {
  private readonly source: SlateTrack;
  private originTicks = 0;
  private position = 0;

  constructor(source: SlateTrack) {
    this.source = source;
  }

  get dueMs(): number {
    return ((this.originTicks + this.source.samples[this.position]!.dtsTicks) * 1000) / this.source.track.clockRateHz;
  }

  restart(nowMs: number): void {
    this.originTicks = Math.floor((nowMs * this.source.track.clockRateHz) / 1000);
    this.position = 0;
  }

  take(): TimedUnit {
    const { track, samples, loopTicks } = this.source;
    const { dtsTicks, ptsTicks, payload } = samples[this.position]!;
    const unit = { trackId: track.id, dtsTicks: this.originTicks + dtsTicks, ptsTicks: this.originTicks + ptsTicks, payload };
    this.position++;
    if (this.position === samples.length) {
      this.position = 0;
      this.originTicks += loopTicks;
    }
    return unit;
  }
}
