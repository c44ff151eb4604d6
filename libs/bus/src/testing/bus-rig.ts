import type { BusUnit } from '@mediamesh/media';
import { expect } from 'vitest';
import type { BusStart, BusWindow, MediaBus, Publication, PublicationEvents } from '../port.ts';
import { RecordedSink } from './recorded-sink.ts';
import { SyntheticEpoch, VIDEO_AND_AUDIO } from './synthetic-epoch.ts';
import { waitFor } from './wait-for.ts';

/** Two ends of one media plane; the same object where there is no network in between. */
export interface BusUnderTest {
  readonly publisher: MediaBus;
  readonly reader: MediaBus;
  close(): Promise<void>;
}

export const ROOMY: BusWindow = { durationMs: 10_000, sizeBytes: 32 * 2 ** 20 };
export const NO_EVENTS: PublicationEvents = { onDropping: () => undefined };

/** A bus, and streams on paths that nobody else uses. */
export class BusRig {
  readonly openAnother: () => Promise<BusUnderTest>;
  private opened: BusUnderTest | undefined;
  private epochs = 0;

  constructor(open: () => Promise<BusUnderTest>) {
    this.openAnother = open;
  }

  get bus(): BusUnderTest {
    return this.opened!;
  }

  async open(): Promise<void> {
    this.opened = await this.openAnother();
  }

  async publish(source: SyntheticEpoch, window: BusWindow = ROOMY, events = NO_EVENTS): Promise<Publication> {
    return this.bus.publisher.publish(source.state, window, events);
  }

  async read(source: SyntheticEpoch, start: BusStart): Promise<RecordedSink> {
    const sink = new RecordedSink();
    await this.bus.reader.subscribe(source.path, source.epoch, start, sink);
    return sink;
  }

  newEpoch(description = VIDEO_AND_AUDIO): SyntheticEpoch {
    this.epochs += 1;
    return new SyntheticEpoch(`site-${this.epochs}/cam.0_a`, 2 ** 50 + this.epochs, description);
  }

  /** Until what was written has arrived at the bus: a reader from the window's start has it. */
  async settled(source: SyntheticEpoch, last: BusUnit): Promise<void> {
    const sink = await this.read(source, { at: 'unit', number: last.number });
    await waitFor(`unit ${last.number} on the bus`, () => sink.last >= last.number);
  }

  /** The window is trimmed a moment after what fills it is written. */
  async expectWindowStart(source: SyntheticEpoch, number: number): Promise<void> {
    let first = -1;
    // A broker forgets a while after the window has let go.
    const deadline = performance.now() + 10_000;
    while (first !== number && performance.now() < deadline) {
      const sink = new RecordedSink();
      const subscription = await this.bus.reader.subscribe(source.path, source.epoch, { at: 'windowStart' }, sink);
      await waitFor('a first unit', () => sink.units.length > 0);
      await subscription.close();
      first = sink.numbers[0] ?? -1;
    }
    expect(first).toBe(number);
  }

  async expectNotFound(source: SyntheticEpoch): Promise<void> {
    const attempt = this.bus.reader.subscribe(source.path, source.epoch, { at: 'live' }, new RecordedSink());
    await expect(attempt).rejects.toMatchObject({ name: 'BusError', code: 'EPOCH_NOT_FOUND' });
  }
}

export function writeAll(publication: Publication, units: readonly BusUnit[]): BusUnit {
  for (const unit of units) publication.write(unit);
  const last = units.at(-1);
  if (last === undefined) throw new Error('no units');
  return last;
}
