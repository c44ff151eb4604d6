import type { BusUnit, EpochState } from '@mediamesh/media';
import type { BusSink } from '../port.ts';

/** Keeps what a reader was given, in order: `state 0`, `unit 7`, `gap 3`, `end bye`. */
export class RecordedSink implements BusSink {
  readonly events: string[] = [];
  readonly units: BusUnit[] = [];
  readonly states: EpochState[] = [];
  lost = 0;
  ended: string | undefined;

  state(state: EpochState): void {
    this.states.push(state);
    this.events.push(`state ${state.description.revision}`);
  }

  unit(unit: BusUnit): void {
    this.units.push(unit);
    this.events.push(`unit ${unit.number}`);
  }

  gap(unitsLost: number): void {
    this.lost += unitsLost;
    this.events.push(`gap ${unitsLost}`);
  }

  end(reason: string): void {
    this.ended = reason;
    this.events.push(`end ${reason}`);
  }

  get numbers(): readonly number[] {
    return this.units.map((unit) => unit.number);
  }

  /** Number of the newest unit, -1 before the first. */
  get last(): number {
    return this.units.at(-1)?.number ?? -1;
  }
}
