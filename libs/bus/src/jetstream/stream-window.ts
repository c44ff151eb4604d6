import type { BusUnit } from '@mediamesh/media';
import type { BusWindow } from '../port.ts';
import { WindowLedger } from '../window-ledger.ts';
import type { EpochStreams } from './epoch-streams.ts';
import type { AckOutcome } from './publish-acks.ts';

/** A start point on the stream: the sequence of the state before its key unit, 0 until the broker has acknowledged it. */
interface StreamMark {
  sequence: number;
  readonly openedMs: number;
}

/**
 * A run that the window lets go stays on the stream so much longer: readers have until then to fetch it. Media time says nothing
 * of that, since units may come faster than they play.
 */
export const READER_LAG_MS = 2_000;

/** Of the window's size: so much more than nothing stays of a run that is too large for it. */
const OVERFLOW_SHARE = 4;

/**
 * Keeps a stream to its window: the broker forgets what is before the oldest start point, as soon as acks tell where that is.
 * One purge is on its way at a time.
 */
export class StreamWindow {
  readonly #streams: EpochStreams;
  readonly #generation: number;
  readonly #overflowStepBytes: number;
  readonly #ledger: WindowLedger<StreamMark>;
  readonly #keepsPlaylist: boolean;
  #maxAgeMs: number;
  #purging = false;
  #purgedTo = 1;
  #wanted = 1;
  #overflowBytes = -1;
  #started = false;
  #overCap = false;

  constructor(streams: EpochStreams, generation: number, window: BusWindow, maxAgeMs: number) {
    this.#streams = streams;
    this.#generation = generation;
    this.#ledger = new WindowLedger(window);
    this.#keepsPlaylist = window.keepsPlaylist === true;
    this.#overflowStepBytes = window.sizeBytes / OVERFLOW_SHARE;
    this.#maxAgeMs = maxAgeMs;
  }

  /** A start point is being published. */
  open(timeMs: number, unit: BusUnit): StreamMark {
    const mark = { sequence: 0, openedMs: performance.now() };
    this.#ledger.open(mark, timeMs, unit);
    this.#overflowBytes = -1;
    this.#started = true;
    return mark;
  }

  /** The broker's answer to the state before a start point. */
  placed(mark: StreamMark, outcome: AckOutcome): void {
    if (outcome.result !== 'stored') return;
    mark.sequence = outcome.sequence;
    this.#purgeOutlived(performance.now());
  }

  /**
   * Counts a unit; `timeMs` is negative off the leading track. True when its run has become too large for the window: the caller
   * publishes a state and passes the answer to `overflowed`, since only acks tell sequences.
   */
  add(unit: BusUnit, sizeBytes: number, timeMs: number): boolean {
    // What comes before the first start point of an epoch is kept from the stream's first message on.
    if (!this.#started) this.open(timeMs, unit).sequence = 1;
    if (timeMs >= 0) this.#ledger.advance(timeMs);
    const tooLarge = this.#ledger.add(sizeBytes);
    if (this.#ledger.oldest !== undefined) {
      if (tooLarge) {
        this.#overCap = true; // the cap holds, whoever lags
        this.#purgeOutlived(performance.now());
      }
      return false;
    }
    this.#overflowBytes = this.#overflowBytes < 0 ? this.#overflowStepBytes : this.#overflowBytes + sizeBytes;
    if (this.#overflowBytes < this.#overflowStepBytes) return false;
    this.#overflowBytes = 0;
    return true;
  }

  /** The broker's answer to the state of an overflow: all before it goes, except the last unit's messages: a successor may ask for it. */
  overflowed(outcome: AckOutcome, messagesKept: number): void {
    if (outcome.result === 'stored') this.#purge(outcome.sequence - messagesKept);
  }

  /** With key units far apart, the last one must not age out; of a playlist's window, none. */
  tick(nowMs: number): void {
    this.#purgeOutlived(nowMs);
    const needed = this.#keepsPlaylist ? this.#ledger.oldest : this.#ledger.newest;
    if (needed === undefined || nowMs - needed.mark.openedMs < this.#maxAgeMs / 2) return;
    this.#maxAgeMs *= 2;
    this.#streams.setMaxAge(this.#generation, this.#maxAgeMs).catch(() => undefined);
  }

  /** All before the oldest start point was there for readers since that one opened. */
  #purgeOutlived(nowMs: number): void {
    const oldest = this.#ledger.oldest?.mark;
    if (oldest === undefined || oldest.sequence === 0) return; // the broker has not said yet where it lies
    if (!this.#overCap && nowMs - oldest.openedMs < READER_LAG_MS) return;
    this.#overCap = false;
    this.#purge(oldest.sequence);
  }

  #purge(sequence: number): void {
    if (sequence > this.#wanted) this.#wanted = sequence;
    if (this.#purging || this.#wanted <= this.#purgedTo) return;
    this.#purging = true;
    void this.#purgeWanted();
  }

  async #purgeWanted(): Promise<void> {
    try {
      while (this.#wanted > this.#purgedTo) {
        const sequence = this.#wanted;
        await this.#streams.purgeBefore(this.#generation, sequence);
        this.#purgedTo = sequence;
      }
    } catch {
      // The next start point asks again; a stream that is gone shows at its acks.
    } finally {
      this.#purging = false;
    }
  }
}
