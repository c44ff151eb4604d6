import type { BusUnit } from '@mediamesh/media';
import { expect, test } from 'vitest';
import { writeAll } from './testing/bus-rig.ts';
import type { BusRig } from './testing/bus-rig.ts';
import { RecordedSink } from './testing/recorded-sink.ts';
import { waitFor } from './testing/wait-for.ts';

/** What is written reaches each reader as it was, or a gap says so. */
export function deliveryContract(rig: BusRig): void {
  test('a reader that is there first gets state, every unit as it was written, and end once', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    const sink = await rig.read(source, { at: 'live' });
    const units = [source.key(), source.delta(), source.audio(), source.delta(0), source.key(5), source.audio()];
    writeAll(publication, units);
    await publication.end('publisher left');
    await publication.end('again');
    await waitFor('the end', () => sink.ended !== undefined);
    expect(sink.events).toEqual(['state 0', ...units.map((unit) => `unit ${unit.number}`), 'end publisher left']);
    expect(sink.states[0]).toEqual(source.state);
    expect(sink.units).toEqual(units);
    expect(publication.unitsDropped).toBe(0);
  });

  test('key frames of a megabyte arrive whole and in order', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    const early = await rig.read(source, { at: 'live' });
    const units = [source.key(1_000_000), source.audio(), source.delta(400_000), source.key(300_000), source.delta()];
    await rig.settled(source, writeAll(publication, units));
    const late = await rig.read(source, { at: 'lastKey' });
    const delta = await rig.read(source, { at: 'unit', number: 2 });
    for (const sink of [early, late, delta]) await waitFor('the last unit', () => sink.last === 4);
    expect(early.units).toEqual(units);
    expect(late.units).toEqual(units.slice(3));
    expect(delta.units).toEqual(units.slice(2));
  });

  test('missing units become one gap, and nothing comes before the next key unit', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    const sink = await rig.read(source, { at: 'live' });
    writeAll(publication, [source.key(), source.delta()]);
    source.skip(3);
    writeAll(publication, [source.delta(), source.audio(), source.key(), source.delta()]);
    source.skip(1);
    writeAll(publication, [source.key()]);
    await waitFor('the last unit', () => sink.last === 10);
    expect(sink.events).toEqual(['state 0', 'unit 0', 'unit 1', 'gap 5', 'unit 7', 'unit 8', 'gap 1', 'unit 10']);
  });

  test('a burst of media that is longer than the window reaches a reader whole', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source, { durationMs: 100, sizeBytes: 10_000_000 });
    const sink = await rig.read(source, { at: 'live' });
    for (let round = 0; round < 3; round += 1) {
      const units: BusUnit[] = [];
      for (let run = 0; run < 6; run += 1) units.push(source.key(), ...Array.from({ length: 40 }, () => source.delta()));
      const last = writeAll(publication, units);
      await waitFor('the last unit', () => sink.last === last.number);
    }
    expect(sink.events.filter((event) => event.startsWith('gap'))).toEqual([]);
    expect(sink.numbers).toHaveLength(738);
  });

  test('a new revision comes before the units that need it, for those who are there and for those who come', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    const early = await rig.read(source, { at: 'live' });
    writeAll(publication, [source.key(), source.delta()]);
    publication.describe(source.revise());
    await rig.settled(source, writeAll(publication, [source.key(), source.delta()]));
    const whole = await rig.read(source, { at: 'windowStart' });
    const lastKey = await rig.read(source, { at: 'lastKey' });
    const live = await rig.read(source, { at: 'live' });
    writeAll(publication, [source.delta()]);
    for (const sink of [early, whole, lastKey, live]) await waitFor('the last unit', () => sink.last === 4);
    const everything = ['state 0', 'unit 0', 'unit 1', 'state 1', 'unit 2', 'unit 3', 'unit 4'];
    expect(early.events).toEqual(everything);
    expect(whole.events).toEqual(everything);
    expect(lastKey.events).toEqual(['state 1', 'unit 2', 'unit 3', 'unit 4']);
    expect(live.events).toEqual(['state 1', 'unit 4']);
  });

  test('two readers get the same, and one that leaves is not followed', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    const [a, b, leaving] = [await rig.read(source, { at: 'live' }), await rig.read(source, { at: 'live' }), new RecordedSink()];
    const subscription = await rig.bus.reader.subscribe(source.path, source.epoch, { at: 'live' }, leaving);
    writeAll(publication, [source.key(), source.delta()]);
    await waitFor('the first units', () => leaving.last === 1);
    await subscription.close();
    await subscription.close();
    writeAll(publication, [source.delta(), source.audio()]);
    await publication.end('bye');
    await waitFor('both ends', () => a.ended !== undefined && b.ended !== undefined);
    expect(a.events).toEqual(['state 0', 'unit 0', 'unit 1', 'unit 2', 'unit 3', 'end bye']);
    expect(b.events).toEqual(a.events);
    expect(leaving.events).toEqual(['state 0', 'unit 0', 'unit 1']);
  });

  test('a slow reader, and one that throws, cost the others nothing', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    const good = await rig.read(source, { at: 'live' });
    const slow = new RecordedSink();
    const slowUnit = slow.unit.bind(slow);
    slow.unit = (unit) => {
      const until = performance.now() + 2;
      while (performance.now() < until);
      slowUnit(unit);
    };
    const throwing = new RecordedSink();
    const throwingUnit = throwing.unit.bind(throwing);
    throwing.unit = (unit) => {
      throwingUnit(unit);
      throw new Error('this sink is broken');
    };
    await rig.bus.reader.subscribe(source.path, source.epoch, { at: 'live' }, throwing);
    await rig.bus.reader.subscribe(source.path, source.epoch, { at: 'live' }, slow);
    const units = [source.key()];
    for (let i = 0; i < 100; i += 1) units.push(source.delta(20_000));
    writeAll(publication, units);
    await publication.end('bye');
    const all = ['state 0', ...units.map((unit) => `unit ${unit.number}`), 'end bye'];
    for (const sink of [good, slow, throwing]) {
      await waitFor('the end', () => sink.ended !== undefined);
      expect(sink.events).toEqual(all);
    }
  });

  test('many paths at once stay apart', async () => {
    const sources = Array.from({ length: 20 }, () => rig.newEpoch());
    const publications = await Promise.all(sources.map((source) => rig.publish(source)));
    const sinks = await Promise.all(sources.map((source) => rig.read(source, { at: 'live' })));
    const written: BusUnit[][] = sources.map(() => []);
    for (let n = 0; n < 30; n += 1) {
      for (const [p, source] of sources.entries()) {
        const unit = n % 10 === 0 ? source.key(3000 + p) : source.delta(1000 + p);
        written[p]?.push(unit);
        publications[p]?.write(unit);
      }
    }
    await Promise.all(publications.map((publication) => publication.end('bye')));
    for (const [p, sink] of sinks.entries()) {
      await waitFor(`the end of path ${p}`, () => sink.ended !== undefined);
      expect(sink.units).toEqual(written[p]);
    }
  });
}
