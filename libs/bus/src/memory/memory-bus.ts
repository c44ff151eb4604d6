import type { EpochState } from '@mediamesh/media';
import { BusError, ENDED_EPOCH_KEPT_MS } from '../port.ts';
import type { BusSink, BusStart, BusWindow, EpochTail, MediaBus, Publication, PublicationEvents, Subscription } from '../port.ts';
import { UnitGate, warnOfSinkError } from '../unit-gate.ts';
import type { SinkErrorReport } from '../unit-gate.ts';
import { MemoryEpoch } from './memory-epoch.ts';

export interface MemoryBusOptions {
  /** Default: a process warning. */
  readonly onSinkError?: SinkErrorReport;
}

/**
 * The media plane of one process: what a publisher writes is in its readers' hands when `write` returns, the same objects, uncopied.
 */
export class MemoryBus implements MediaBus {
  readonly #epochs = new Map<string, MemoryEpoch>();
  readonly #removals = new Set<NodeJS.Timeout>();
  readonly #report: SinkErrorReport;
  #closed = false;

  constructor(options: MemoryBusOptions = {}) {
    this.#report = options.onSinkError ?? warnOfSinkError;
  }

  get connected(): boolean {
    return !this.#closed;
  }

  async publish(state: EpochState, window: BusWindow, events: PublicationEvents): Promise<Publication> {
    this.#assertOpen();
    const key = epochKey(state.path, state.epoch);
    if (this.#epochs.has(key)) throw new BusError('EPOCH_EXISTS', `epoch ${state.epoch} of ${state.path} exists: take a new number`);
    const epoch = new MemoryEpoch(state, window, {
      ended: () => this.#removeLater(key, epoch),
      removed: () => events.onRemoved?.(),
    });
    this.#epochs.set(key, epoch);
    return epoch;
  }

  async subscribe(path: string, epochNumber: number, start: BusStart, sink: BusSink): Promise<Subscription> {
    this.#assertOpen();
    const epoch = this.#epochs.get(epochKey(path, epochNumber));
    if (epoch === undefined) {
      throw new BusError('EPOCH_NOT_FOUND', `nothing is known of epoch ${epochNumber} of ${path}: ask control for the current one`);
    }
    const gate = new UnitGate(sink, path, this.#report);
    epoch.attach(gate, start);
    return { waitingMessages: 0, close: async () => epoch.detach(gate) };
  }

  async tail(path: string, epochNumber: number): Promise<EpochTail | undefined> {
    return this.#epochs.get(epochKey(path, epochNumber))?.tail;
  }

  async remove(path: string, epochNumber: number): Promise<void> {
    const key = epochKey(path, epochNumber);
    const epoch = this.#epochs.get(key);
    this.#epochs.delete(key);
    epoch?.remove();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#removals) clearTimeout(timer);
    this.#removals.clear();
    const epochs = [...this.#epochs.values()];
    this.#epochs.clear();
    for (const epoch of epochs) epoch.finish('the bus was closed');
  }

  #removeLater(key: string, epoch: MemoryEpoch): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#removals.delete(timer);
      if (this.#epochs.get(key) === epoch) this.#epochs.delete(key);
    }, ENDED_EPOCH_KEPT_MS);
    timer.unref();
    this.#removals.add(timer);
  }

  #assertOpen(): void {
    if (this.#closed) throw new BusError('BUS_CLOSED', 'the media bus was closed');
  }
}

function epochKey(path: string, epoch: number): string {
  return `${epoch} ${path}`;
}
