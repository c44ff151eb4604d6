import type { BusUnit, EpochState } from '@mediamesh/media';
import { LeadingTrack } from './leading-track.ts';
import type { BusSink } from './port.ts';

/** What a sink threw. It concerns that sink alone: the bus goes on. */
export type SinkErrorReport = (path: string, error: unknown) => void;

export function warnOfSinkError(path: string, error: unknown): void {
  process.emitWarning(`a reader of ${path} failed on what the bus gave it: ${String(error)}`, 'MediaBusSinkError');
}

/**
 * The last step to a sink, the same for every adapter: order, gaps, and errors of the sink.
 *
 * Shape:   states and units in the order of the bus; repeats are dropped, numbers that are missing become one `gap` before the next
 *          unit that can be decoded.
 * Errors:  never throws; what the sink throws is reported.
 */
export class UnitGate {
  readonly #sink: BusSink;
  readonly #path: string;
  readonly #report: SinkErrorReport;
  #leading: LeadingTrack | undefined;
  #revision = -1;
  /** Number of the next unit; -1 takes any. */
  #next: number;
  #waiting: boolean;
  #closed = false;

  constructor(sink: BusSink, path: string, report: SinkErrorReport) {
    this.#sink = sink;
    this.#path = path;
    this.#report = report;
    this.#next = -1;
    this.#waiting = false;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Holds units back up to the next one that can be decoded. */
  waitForStart(): void {
    this.#waiting = true;
  }

  /** Units before this number are not for this sink; missing ones from here on count as lost. */
  expect(number: number): void {
    this.#next = number;
  }

  state(state: EpochState): void {
    const { revision } = state.description;
    if (this.#closed || revision === this.#revision) return;
    this.#revision = revision;
    this.#leading ??= new LeadingTrack(state.description);
    try {
      this.#sink.state(state);
    } catch (error) {
      this.#report(this.#path, error);
    }
  }

  unit(unit: BusUnit): void {
    const lost = this.#next < 0 ? 0 : unit.number - this.#next;
    if (this.#closed || lost < 0) return;
    if (lost > 0) this.#waiting = true;
    if (this.#waiting && this.#leading?.isResumable(unit) !== true) return;
    this.#waiting = false;
    this.#next = unit.number + 1;
    try {
      if (lost > 0) this.#sink.gap(lost);
      this.#sink.unit(unit);
    } catch (error) {
      this.#report(this.#path, error);
    }
  }

  end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#sink.end(reason);
    } catch (error) {
      this.#report(this.#path, error);
    }
  }

  close(): void {
    this.#closed = true;
  }
}
