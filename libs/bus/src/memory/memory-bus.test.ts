import { describe, expect, test } from 'vitest';
import { mediaBusContract } from '../media-bus.contract.ts';
import { RecordedSink } from '../testing/recorded-sink.ts';
import { SyntheticEpoch } from '../testing/synthetic-epoch.ts';
import { MemoryBus } from './memory-bus.ts';

const WINDOW = { durationMs: 1000, sizeBytes: 1_000_000 };
const EVENTS = { onDropping: () => undefined };

mediaBusContract('MemoryBus', async () => {
  const bus = new MemoryBus({ onSinkError: () => undefined });
  return { publisher: bus, reader: bus, close: () => bus.close() };
});

describe('MemoryBus', () => {
  test("readers have the publisher's own objects when write returns", async () => {
    const bus = new MemoryBus();
    const source = new SyntheticEpoch('cam', 1);
    const publication = await bus.publish(source.state, WINDOW, EVENTS);
    const sink = new RecordedSink();
    await bus.subscribe('cam', 1, { at: 'live' }, sink);
    const unit = source.key();
    publication.write(unit);
    expect(sink.units[0]).toBe(unit);
    expect(sink.states[0]).toBe(source.state);
    const late = new RecordedSink();
    await bus.subscribe('cam', 1, { at: 'lastKey' }, late);
    expect(late.units[0]).toBe(unit);
    await bus.close();
  });

  test('what a sink throws is reported with its path', async () => {
    const reports: string[] = [];
    const bus = new MemoryBus({ onSinkError: (path, error) => reports.push(`${path}: ${String(error)}`) });
    const source = new SyntheticEpoch('cam', 1);
    const publication = await bus.publish(source.state, WINDOW, EVENTS);
    const fail = (): never => {
      throw new Error('broken');
    };
    await bus.subscribe('cam', 1, { at: 'live' }, { state: fail, unit: fail, gap: fail, end: fail });
    publication.write(source.key());
    await publication.end('bye');
    expect(reports).toEqual(['cam: Error: broken', 'cam: Error: broken', 'cam: Error: broken']);
    await bus.close();
  });

  test('a reader that closes within its own callback gets nothing more, and the others all', async () => {
    const bus = new MemoryBus();
    const source = new SyntheticEpoch('cam', 1);
    const publication = await bus.publish(source.state, WINDOW, EVENTS);
    const [quitter, other] = [new RecordedSink(), new RecordedSink()];
    const subscription = await bus.subscribe('cam', 1, { at: 'live' }, quitter);
    const take = quitter.unit.bind(quitter);
    quitter.unit = (unit) => {
      take(unit);
      void subscription.close();
    };
    await bus.subscribe('cam', 1, { at: 'live' }, other);
    for (const unit of [source.key(), source.delta(), source.delta()]) publication.write(unit);
    expect(quitter.numbers).toEqual([0]);
    expect(other.numbers).toEqual([0, 1, 2]);
    await bus.close();
  });
});
