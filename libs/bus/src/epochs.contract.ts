import { endOfUnits } from '@mediamesh/media';
import { expect, test } from 'vitest';
import { BusError, EPOCH_REMOVED } from './port.ts';
import { NO_EVENTS, ROOMY, writeAll } from './testing/bus-rig.ts';
import type { BusRig } from './testing/bus-rig.ts';
import { RecordedSink } from './testing/recorded-sink.ts';
import { SyntheticEpoch } from './testing/synthetic-epoch.ts';
import { waitFor } from './testing/wait-for.ts';

/** Epochs begin, end, are looked at and removed. */
export function epochsContract(rig: BusRig): void {
  test('what has ended can still be read, and its end follows', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    writeAll(publication, [source.key(), source.delta()]);
    await publication.end('publisher left');
    const whole = await rig.read(source, { at: 'windowStart' });
    const live = await rig.read(source, { at: 'live' });
    await waitFor('both ends', () => whole.ended !== undefined && live.ended !== undefined);
    expect(whole.events).toEqual(['state 0', 'unit 0', 'unit 1', 'end publisher left']);
    expect(live.events).toEqual(['state 0', 'end publisher left']);
  });

  test('what is written after the end, or out of order, is dropped and counted', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    const sink = await rig.read(source, { at: 'live' });
    const [first, second] = [source.key(), source.delta()];
    writeAll(publication, [first, second, first, second]);
    expect(publication.unitsDropped).toBe(2);
    await publication.end('bye');
    publication.write(source.delta());
    publication.describe(source.revise());
    expect(publication.unitsDropped).toBe(3);
    await waitFor('the end', () => sink.ended !== undefined);
    expect(sink.events).toEqual(['state 0', 'unit 0', 'unit 1', 'end bye']);
  });

  test('the tail is the newest state, the last unit and when it was written', async () => {
    const source = rig.newEpoch();
    expect(await rig.bus.reader.tail(source.path, source.epoch)).toBeUndefined();
    const startedUs = Date.now() * 1000;
    const publication = await rig.publish(source);
    expect(await rig.bus.reader.tail(source.path, source.epoch)).toBeUndefined();
    writeAll(publication, [source.key(), source.delta()]);
    publication.describe(source.revise());
    const last = source.key(900_000);
    publication.write(last);
    await rig.settled(source, last);
    for (const ended of [false, true]) {
      if (ended) await publication.end('bye');
      const tail = await rig.bus.reader.tail(source.path, source.epoch);
      expect(tail?.state).toEqual(source.state);
      expect(tail?.last).toEqual(last);
      expect(tail?.segmentStart).toEqual(last.segmentStart);
      expect(tail?.endUs).toBe(endOfUnits([last], source.state.description));
      expect(tail?.writtenUs).toBeGreaterThan(startedUs - 1_000_000);
      expect(tail?.writtenUs).toBeLessThan(Date.now() * 1000 + 1_000_000);
    }
  });

  test('the tail has the record of the last segment, however far in it the stream is', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    writeAll(publication, [source.key(), source.delta()]);
    const start = source.key();
    const { segmentStart: _, ...inside } = source.key();
    await rig.settled(source, writeAll(publication, [start, inside, source.delta()]));
    expect((await rig.bus.reader.tail(source.path, source.epoch))?.segmentStart).toEqual(start.segmentStart);
  });

  test('removing an epoch ends its readers and its publisher; again is harmless', async () => {
    const source = rig.newEpoch();
    let removals = 0;
    const publication = await rig.publish(source, ROOMY, { ...NO_EVENTS, onRemoved: () => (removals += 1) });
    const sink = await rig.read(source, { at: 'live' });
    writeAll(publication, [source.key()]);
    await waitFor('the unit', () => sink.last === 0);
    await rig.bus.reader.remove(source.path, source.epoch);
    await rig.bus.reader.remove(source.path, source.epoch);
    await waitFor('the end', () => sink.ended !== undefined);
    expect(sink.events).toEqual(['state 0', 'unit 0', `end ${EPOCH_REMOVED}`]);
    expect(await rig.bus.reader.tail(source.path, source.epoch)).toBeUndefined();
    await rig.expectNotFound(source);
    await waitFor('the publisher to know', () => {
      publication.write(source.key());
      return publication.unitsDropped > 0;
    });
    expect(removals).toBe(1);
    await publication.end('its own end comes late');
    expect(removals).toBe(1);
    await rig.expectNotFound(source);
  });

  test('an epoch that never was is not found, and one that is there cannot be published twice', async () => {
    const source = rig.newEpoch();
    await rig.expectNotFound(source);
    await rig.bus.reader.remove(source.path, source.epoch);
    await rig.publish(source);
    await expect(rig.publish(source)).rejects.toMatchObject({ name: 'BusError', code: 'EPOCH_EXISTS' });
    await rig.expectNotFound(new SyntheticEpoch(source.path, source.epoch + 1));
    await rig.expectNotFound(new SyntheticEpoch(`${source.path}/x`, source.epoch));
  });

  test('a closed bus takes nothing more, and ends its readers', async () => {
    const own = await rig.openAnother();
    const source = rig.newEpoch();
    await own.publisher.publish(source.state, ROOMY, NO_EVENTS);
    const sink = new RecordedSink();
    await own.reader.subscribe(source.path, source.epoch, { at: 'live' }, sink);
    expect(own.reader.connected).toBe(true);
    await own.reader.close();
    expect(own.reader.connected).toBe(false);
    expect(sink.events).toEqual(['state 0', 'end the bus was closed']);
    const again = own.reader.subscribe(source.path, source.epoch, { at: 'live' }, new RecordedSink());
    await expect(again).rejects.toThrow(BusError);
    await expect(own.reader.publish(rig.newEpoch().state, ROOMY, NO_EVENTS)).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    await own.close();
  });
}
