import type { BusUnit } from '@mediamesh/media';
import type { BusWindow } from './port.ts';

/** A place in the window that readers can start at. */
export interface StartPoint<Mark> {
  readonly mark: Mark;
  /** On the leading track's timeline. */
  readonly timeMs: number;
  readonly segment: number;
  /** Of the units from here to the next start point. */
  sizeBytes: number;
}

/** Bytes that a unit costs beside its payload; without it, empty units would be free. */
const UNIT_OVERHEAD_BYTES = 128;

/**
 * What of an epoch is kept: whole runs from one start point to the next, as many of the newest as fit both caps.
 *
 * The newest run is kept however long it lasts, unless it alone exceeds the size: then nothing is kept until the next start point,
 * because half a run is of no use to a reader.
 */
export class WindowLedger<Mark> {
  readonly #window: BusWindow;
  readonly #points: StartPoint<Mark>[] = [];
  #sizeBytes = 0;
  /** Older ones are not in the playlists; all of them, when those do not matter. */
  #oldestSegment = Infinity;

  constructor(window: BusWindow) {
    this.#window = window;
  }

  /** Oldest first; empty after an overflow. */
  get points(): readonly StartPoint<Mark>[] {
    return this.#points;
  }

  get oldest(): StartPoint<Mark> | undefined {
    return this.#points[0];
  }

  get newest(): StartPoint<Mark> | undefined {
    return this.#points[this.#points.length - 1];
  }

  /** `start`: the unit of the start point. */
  open(mark: Mark, timeMs: number, start: Pick<BusUnit, 'segment' | 'segmentStart'>): void {
    this.#points.push({ mark, timeMs, segment: start.segment, sizeBytes: 0 });
    if (this.#window.keepsPlaylist === true) this.#oldestSegment = start.segmentStart?.firstSegmentInWindow ?? this.#playlistStart();
  }

  /** Counts a unit into the newest run. True when this was too much for the window: the caller forgets what is before `oldest`. */
  add(payloadBytes: number): boolean {
    const newest = this.newest;
    if (newest === undefined) return false;
    const sizeBytes = payloadBytes + UNIT_OVERHEAD_BYTES;
    newest.sizeBytes += sizeBytes;
    this.#sizeBytes += sizeBytes;
    let dropped = false;
    while (this.#sizeBytes > this.#window.sizeBytes && this.#points.length > 0) {
      this.#dropOldest();
      dropped = true;
    }
    return dropped;
  }

  /** Lets go of runs that began too long before `timeMs`. True as in `add`. */
  advance(timeMs: number): boolean {
    let dropped = false;
    for (let oldest = this.oldest; oldest !== undefined && this.#points.length > 1; oldest = this.oldest) {
      if (timeMs - oldest.timeMs <= this.#window.durationMs || oldest.segment >= this.#oldestSegment) break;
      this.#dropOldest();
      dropped = true;
    }
    return dropped;
  }

  /** A start point within a segment, or before the first one: what was needed still is. */
  #playlistStart(): number {
    return this.#oldestSegment === Infinity ? 0 : this.#oldestSegment;
  }

  #dropOldest(): void {
    this.#sizeBytes -= this.#points.shift()?.sizeBytes ?? 0;
  }
}
