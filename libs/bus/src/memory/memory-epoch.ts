import { endOfUnits } from '@mediamesh/media';
import type { BusUnit, EpochState, SegmentStart } from '@mediamesh/media';
import { LeadingTrack } from '../leading-track.ts';
import { EPOCH_REMOVED, TAIL_UNITS } from '../port.ts';
import type { BusStart, BusWindow, EpochTail, Publication } from '../port.ts';
import type { UnitGate } from '../unit-gate.ts';
import { WindowLedger } from '../window-ledger.ts';
import { UnitRing } from './unit-ring.ts';

interface RingMark {
  readonly position: number;
  /** As it was there: readers that start in the past get the descriptions in their order. */
  readonly state: EpochState;
  /** False for what precedes an epoch's first start point. */
  readonly decodable: boolean;
}

/** An epoch in this process: its window, and its readers, who get the publisher's own objects within its call. */
export class MemoryEpoch implements Publication {
  readonly #leading: LeadingTrack;
  readonly #ledger: WindowLedger<RingMark>;
  readonly #ring = new UnitRing();
  #state: EpochState;
  /** Replaced at each change, so that a reader may close within its own callback. */
  #readers: readonly UnitGate[] = [];
  #segment = -1;
  #last: BusUnit | undefined;
  #segmentStart: SegmentStart | undefined;
  #writtenUs = 0;
  #ended: string | undefined;
  #unitsDropped = 0;
  readonly #over: { ended(): void; removed(): void };

  constructor(state: EpochState, window: BusWindow, over: { ended(): void; removed(): void }) {
    this.#state = state;
    this.#leading = new LeadingTrack(state.description);
    this.#ledger = new WindowLedger(window);
    this.#over = over;
  }

  get unitsDropped(): number {
    return this.#unitsDropped;
  }

  get tail(): EpochTail | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    const endUs = endOfUnits(this.#lastUnits(), this.#state.description);
    return { state: this.#state, last, endUs, writtenUs: this.#writtenUs, segmentStart: this.#segmentStart };
  }

  write(unit: BusUnit): void {
    if (this.#ended !== undefined || (this.#last !== undefined && unit.number <= this.#last.number)) {
      this.#unitsDropped += 1;
      return;
    }
    this.#keep(unit);
    this.#last = unit;
    if (unit.segmentStart !== undefined) this.#segmentStart = unit.segmentStart;
    this.#writtenUs = Date.now() * 1000;
    const readers = this.#readers;
    for (let i = 0; i < readers.length; i += 1) readers[i]?.unit(unit);
  }

  describe(state: EpochState): void {
    if (this.#ended !== undefined) return;
    this.#state = state;
    for (const reader of this.#readers) reader.state(state);
  }

  end(reason: string): Promise<void> {
    if (this.#ended === undefined) {
      this.finish(reason);
      this.#over.ended();
    }
    return Promise.resolve();
  }

  /** Its publisher was taken for dead. */
  remove(): void {
    if (this.#ended !== undefined) return;
    this.finish(EPOCH_REMOVED);
    this.#over.removed();
  }

  /** Ends it for its readers, and for those who come while it is still kept. */
  finish(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader.end(reason);
  }

  /** Brings a reader from its start to the live edge, then keeps it there. */
  attach(gate: UnitGate, start: BusStart): void {
    const position = this.#resolve(gate, start);
    const points = [...this.#ledger.points];
    let next = 0;
    while (next < points.length && (points[next]?.mark.position ?? 0) <= position) next += 1;
    gate.state(points[next - 1]?.mark.state ?? this.#state);
    for (let p = position; p < this.#ring.end && !gate.closed; p += 1) {
      const unit = this.#ring.at(p);
      const point = points[next];
      if (point !== undefined && point.mark.position === p) {
        gate.state(point.mark.state);
        next += 1;
      }
      if (unit !== undefined) gate.unit(unit);
    }
    gate.state(this.#state);
    if (this.#ended !== undefined) gate.end(this.#ended);
    else if (!gate.closed) this.#readers = [...this.#readers, gate];
  }

  detach(gate: UnitGate): void {
    gate.close();
    this.#readers = this.#readers.filter((reader) => reader !== gate);
  }

  #keep(unit: BusUnit): void {
    const leads = unit.trackId === this.#leading.trackId;
    const timeMs = leads ? (unit.dtsTicks * 1000) / this.#leading.clockRateHz : 0;
    const decodable = this.#leading.isStart(unit, this.#segment);
    if (leads) this.#segment = unit.segment;
    if (decodable || this.#last === undefined) {
      this.#ledger.open({ position: this.#ring.end, state: this.#state, decodable }, timeMs, unit);
    }
    let dropped = leads && this.#ledger.advance(timeMs);
    this.#ring.push(unit);
    dropped = this.#ledger.add(payloadBytes(unit)) || dropped;
    if (dropped || this.#ledger.oldest === undefined) this.#ring.dropTo(this.#ledger.oldest?.mark.position ?? this.#ring.end);
  }

  *#lastUnits(): Generator<BusUnit> {
    for (let p = Math.max(this.#ring.start, this.#ring.end - TAIL_UNITS); p < this.#ring.end; p += 1) {
      const unit = this.#ring.at(p);
      if (unit !== undefined) yield unit;
    }
    if (this.#last !== undefined) yield this.#last;
  }

  #resolve(gate: UnitGate, start: BusStart): number {
    switch (start.at) {
      case 'live':
        return this.#ring.end;
      case 'windowStart':
        if (this.#ledger.oldest === undefined && this.#last !== undefined) gate.waitForStart();
        return this.#ring.start;
      case 'lastKey': {
        const newest = this.#ledger.newest;
        if (newest?.mark.decodable === true) return newest.mark.position;
        gate.waitForStart();
        return this.#ring.end;
      }
      case 'unit': {
        gate.expect(start.number);
        let position = this.#ring.start;
        while ((this.#ring.at(position)?.number ?? start.number) < start.number) position += 1;
        return position;
      }
    }
  }
}

function payloadBytes(unit: BusUnit): number {
  let size = 0;
  for (let i = 0; i < unit.payload.length; i += 1) size += unit.payload[i]?.length ?? 0;
  return size;
}
