import { endOfUnits } from '@mediamesh/media';
import type { BusUnit } from '@mediamesh/media';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BusError, EPOCH_REMOVED } from './port.ts';
import type { BusStart, BusWindow, MediaBus, Publication, PublicationEvents } from './port.ts';
import { RecordedSink } from './testing/recorded-sink.ts';
import { AUDIO_ONLY, SyntheticEpoch, VIDEO_AND_AUDIO } from './testing/synthetic-epoch.ts';
import { waitFor } from './testing/wait-for.ts';

/** Two ends of one media plane; the same object where there is no network in between. */
export interface BusUnderTest {
  readonly publisher: MediaBus;
  readonly reader: MediaBus;
  close(): Promise<void>;
}

const ROOMY: BusWindow = { durationMs: 10_000, sizeBytes: 32 * 2 ** 20 };
const NO_EVENTS: PublicationEvents = { onDropping: () => undefined };

/** What holds for every MediaBus, whatever carries the media. */
export function mediaBusContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`${name} as a MediaBus`, () => {
    let bus: BusUnderTest;
    let epochs = 0;

    beforeAll(async () => {
      bus = await open();
    });
    afterAll(async () => {
      await bus.close();
    });

    async function publish(source: SyntheticEpoch, window: BusWindow = ROOMY, events = NO_EVENTS): Promise<Publication> {
      return bus.publisher.publish(source.state, window, events);
    }

    async function read(source: SyntheticEpoch, start: BusStart): Promise<RecordedSink> {
      const sink = new RecordedSink();
      await bus.reader.subscribe(source.path, source.epoch, start, sink);
      return sink;
    }

    function newEpoch(description = VIDEO_AND_AUDIO): SyntheticEpoch {
      epochs += 1;
      return new SyntheticEpoch(`site-${epochs}/cam.0_a`, 2 ** 50 + epochs, description);
    }

    /** Until what was written has arrived at the bus: a reader from the window's start has it. */
    async function settled(source: SyntheticEpoch, last: BusUnit): Promise<void> {
      const sink = await read(source, { at: 'unit', number: last.number });
      await waitFor(`unit ${last.number} on the bus`, () => sink.last >= last.number);
    }

    function writeAll(publication: Publication, units: readonly BusUnit[]): BusUnit {
      for (const unit of units) publication.write(unit);
      const last = units.at(-1);
      if (last === undefined) throw new Error('no units');
      return last;
    }

    test('a reader that is there first gets state, every unit as it was written, and end once', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      const sink = await read(source, { at: 'live' });
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

    // Units: 0 key, 1 delta, 2 audio, 3 key, 4 audio, 5 delta | 6 delta, 7 key come after the reader.
    test.each<[string, BusStart, readonly string[]]>([
      ['live', { at: 'live' }, ['state 0', 'unit 6', 'unit 7']],
      ['lastKey', { at: 'lastKey' }, ['state 0', 'unit 3', 'unit 4', 'unit 5', 'unit 6', 'unit 7']],
      ['windowStart', { at: 'windowStart' }, ['state 0', ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `unit ${n}`)]],
      ['a unit that is a delta', { at: 'unit', number: 4 }, ['state 0', 'unit 4', 'unit 5', 'unit 6', 'unit 7']],
      ['the first unit', { at: 'unit', number: 0 }, ['state 0', ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `unit ${n}`)]],
      ['the next unit', { at: 'unit', number: 6 }, ['state 0', 'unit 6', 'unit 7']],
      ['a unit to come', { at: 'unit', number: 7 }, ['state 0', 'unit 7']],
    ])('a late reader starts at %s', async (_name, start, expected) => {
      const source = newEpoch();
      const publication = await publish(source);
      const last = writeAll(publication, [source.key(), source.delta(), source.audio(), source.key(), source.audio(), source.delta()]);
      await settled(source, last);
      const sink = await read(source, start);
      writeAll(publication, [source.delta(), source.key()]);
      await waitFor('the last unit', () => sink.last === 7);
      expect(sink.events).toEqual(expected);
    });

    test('subscribing is over when what was kept has been delivered', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      await settled(source, writeAll(publication, [source.key(), ...Array.from({ length: 300 }, () => source.delta())]));
      const sink = await read(source, { at: 'lastKey' });
      expect(sink.last).toBe(300);
    });

    test('before the first key unit there is nothing to wait for at windowStart, and lastKey waits', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      await settled(source, writeAll(publication, [source.audio(), source.delta()]));
      const whole = await read(source, { at: 'windowStart' });
      const lastKey = await read(source, { at: 'lastKey' });
      writeAll(publication, [source.audio(), source.key(), source.delta()]);
      await waitFor('the last unit', () => whole.last === 4 && lastKey.last === 4);
      expect(whole.numbers).toEqual([0, 1, 2, 3, 4]);
      expect(lastKey.numbers).toEqual([3, 4]);
    });

    test('a path with audio alone starts at segments, and goes on at any unit', async () => {
      const source = newEpoch(AUDIO_ONLY);
      const publication = await publish(source);
      await settled(source, writeAll(publication, [source.key(), source.audioDelta(), source.key(), source.audioDelta()]));
      const sink = await read(source, { at: 'lastKey' });
      source.skip(2);
      writeAll(publication, [source.audioDelta(), source.audioDelta()]);
      await waitFor('the last unit', () => sink.last === 7);
      expect(sink.events).toEqual(['state 0', 'unit 2', 'unit 3', 'gap 2', 'unit 6', 'unit 7']);
    });

    // Runs of two frames last 80 ms: at the last unit, the runs that began with units 6 and 8 are 200 and 120 ms old.
    test.each([
      [200, 6],
      [199, 8],
    ])('the window holds whole runs within its duration of %d ms', async (durationMs, first) => {
      const source = newEpoch();
      const publication = await publish(source, { durationMs, sizeBytes: 1_000_000 });
      const units: BusUnit[] = [];
      for (let run = 0; run < 6; run += 1) units.push(source.key(), source.delta());
      await settled(source, writeAll(publication, units));
      await expectWindowStart(source, first);
    });

    test('the window holds whole runs within its size', async () => {
      const source = newEpoch();
      const publication = await publish(source, { durationMs: 10_000, sizeBytes: 90_000 });
      const units: BusUnit[] = [];
      for (let run = 0; run < 6; run += 1) units.push(source.key(20_000), source.delta(20_000));
      await settled(source, writeAll(publication, units));
      await expectWindowStart(source, 8);
    });

    test('a run longer than the window is kept up to its last key unit', async () => {
      const source = newEpoch();
      const publication = await publish(source, { durationMs: 100, sizeBytes: 1_000_000 });
      const units = [source.key(), source.key(), ...Array.from({ length: 20 }, () => source.delta())];
      await settled(source, writeAll(publication, units));
      await expectWindowStart(source, 1);
      const sink = await read(source, { at: 'lastKey' });
      await waitFor('the last unit', () => sink.last === 21);
      expect(sink.numbers[0]).toBe(1);
    });

    test('a run larger than the window is not kept: readers wait for the next key unit', async () => {
      const source = newEpoch();
      const publication = await publish(source, { durationMs: 10_000, sizeBytes: 20_000 });
      const live = await read(source, { at: 'live' });
      writeAll(publication, [source.key(6000), source.delta(6000), source.delta(6000)]);
      await expectWindowStart(source, 0);
      for (let number = 3; number < 11; number += 1) {
        publication.write(source.delta(6000));
        await waitFor(`unit ${number}`, () => live.last === number);
        expect((await bus.reader.tail(source.path, source.epoch))?.last.number).toBe(number);
      }
      const sinks = [await read(source, { at: 'lastKey' }), await read(source, { at: 'windowStart' })];
      const late = await read(source, { at: 'live' });
      writeAll(publication, [source.delta(), source.key(), source.delta()]);
      for (const sink of [...sinks, late, live]) await waitFor('the last unit', () => sink.last === 13);
      for (const sink of sinks) expect(sink.events).toEqual(['state 0', 'unit 12', 'unit 13']);
      expect(late.numbers).toEqual([11, 12, 13]);
      expect(live.numbers).toEqual(Array.from({ length: 14 }, (_, n) => n));
    });

    /** The window is trimmed a moment after what fills it is written. */
    async function expectWindowStart(source: SyntheticEpoch, number: number): Promise<void> {
      let first = -1;
      // A broker forgets a while after the window has let go.
      const deadline = performance.now() + 10_000;
      while (first !== number && performance.now() < deadline) {
        const sink = new RecordedSink();
        const subscription = await bus.reader.subscribe(source.path, source.epoch, { at: 'windowStart' }, sink);
        await waitFor('a first unit', () => sink.units.length > 0);
        await subscription.close();
        first = sink.numbers[0] ?? -1;
      }
      expect(first).toBe(number);
    }

    test('key frames of a megabyte arrive whole and in order', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      const early = await read(source, { at: 'live' });
      const units = [source.key(1_000_000), source.audio(), source.delta(400_000), source.key(300_000), source.delta()];
      await settled(source, writeAll(publication, units));
      const late = await read(source, { at: 'lastKey' });
      const delta = await read(source, { at: 'unit', number: 2 });
      for (const sink of [early, late, delta]) await waitFor('the last unit', () => sink.last === 4);
      expect(early.units).toEqual(units);
      expect(late.units).toEqual(units.slice(3));
      expect(delta.units).toEqual(units.slice(2));
    });

    test('missing units become one gap, and nothing comes before the next key unit', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      const sink = await read(source, { at: 'live' });
      writeAll(publication, [source.key(), source.delta()]);
      source.skip(3);
      writeAll(publication, [source.delta(), source.audio(), source.key(), source.delta()]);
      source.skip(1);
      writeAll(publication, [source.key()]);
      await waitFor('the last unit', () => sink.last === 10);
      expect(sink.events).toEqual(['state 0', 'unit 0', 'unit 1', 'gap 5', 'unit 7', 'unit 8', 'gap 1', 'unit 10']);
    });

    test('a burst of media that is longer than the window reaches a reader whole', async () => {
      const source = newEpoch();
      const publication = await publish(source, { durationMs: 100, sizeBytes: 10_000_000 });
      const sink = await read(source, { at: 'live' });
      for (let round = 0; round < 3; round += 1) {
        const units: BusUnit[] = [];
        for (let run = 0; run < 6; run += 1) units.push(source.key(), ...Array.from({ length: 40 }, () => source.delta()));
        const last = writeAll(publication, units);
        await waitFor('the last unit', () => sink.last === last.number);
      }
      expect(sink.events.filter((event) => event.startsWith('gap'))).toEqual([]);
      expect(sink.numbers).toHaveLength(738);
    });

    test('a start at a unit that is gone counts the loss', async () => {
      const source = newEpoch();
      const publication = await publish(source, { durationMs: 100, sizeBytes: 1_000_000 });
      const units: BusUnit[] = [];
      for (let run = 0; run < 4; run += 1) units.push(source.key(), source.delta(), source.delta());
      await settled(source, writeAll(publication, units));
      await expectWindowStart(source, 9);
      const sink = await read(source, { at: 'unit', number: 2 });
      await waitFor('the last unit', () => sink.last === 11);
      expect(sink.events).toEqual(['state 0', 'gap 7', 'unit 9', 'unit 10', 'unit 11']);
    });

    test('a new revision comes before the units that need it, for those who are there and for those who come', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      const early = await read(source, { at: 'live' });
      writeAll(publication, [source.key(), source.delta()]);
      publication.describe(source.revise());
      await settled(source, writeAll(publication, [source.key(), source.delta()]));
      const whole = await read(source, { at: 'windowStart' });
      const lastKey = await read(source, { at: 'lastKey' });
      const live = await read(source, { at: 'live' });
      writeAll(publication, [source.delta()]);
      for (const sink of [early, whole, lastKey, live]) await waitFor('the last unit', () => sink.last === 4);
      const everything = ['state 0', 'unit 0', 'unit 1', 'state 1', 'unit 2', 'unit 3', 'unit 4'];
      expect(early.events).toEqual(everything);
      expect(whole.events).toEqual(everything);
      expect(lastKey.events).toEqual(['state 1', 'unit 2', 'unit 3', 'unit 4']);
      expect(live.events).toEqual(['state 1', 'unit 4']);
    });

    test('two readers get the same, and one that leaves is not followed', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      const [a, b, leaving] = [await read(source, { at: 'live' }), await read(source, { at: 'live' }), new RecordedSink()];
      const subscription = await bus.reader.subscribe(source.path, source.epoch, { at: 'live' }, leaving);
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
      const source = newEpoch();
      const publication = await publish(source);
      const good = await read(source, { at: 'live' });
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
      await bus.reader.subscribe(source.path, source.epoch, { at: 'live' }, throwing);
      await bus.reader.subscribe(source.path, source.epoch, { at: 'live' }, slow);
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
      const sources = Array.from({ length: 20 }, () => newEpoch());
      const publications = await Promise.all(sources.map((source) => publish(source)));
      const sinks = await Promise.all(sources.map((source) => read(source, { at: 'live' })));
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

    test('what has ended can still be read, and its end follows', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      writeAll(publication, [source.key(), source.delta()]);
      await publication.end('publisher left');
      const whole = await read(source, { at: 'windowStart' });
      const live = await read(source, { at: 'live' });
      await waitFor('both ends', () => whole.ended !== undefined && live.ended !== undefined);
      expect(whole.events).toEqual(['state 0', 'unit 0', 'unit 1', 'end publisher left']);
      expect(live.events).toEqual(['state 0', 'end publisher left']);
    });

    test('what is written after the end, or out of order, is dropped and counted', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      const sink = await read(source, { at: 'live' });
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
      const source = newEpoch();
      expect(await bus.reader.tail(source.path, source.epoch)).toBeUndefined();
      const startedUs = Date.now() * 1000;
      const publication = await publish(source);
      expect(await bus.reader.tail(source.path, source.epoch)).toBeUndefined();
      writeAll(publication, [source.key(), source.delta()]);
      publication.describe(source.revise());
      const last = source.key(900_000);
      publication.write(last);
      await settled(source, last);
      for (const ended of [false, true]) {
        if (ended) await publication.end('bye');
        const tail = await bus.reader.tail(source.path, source.epoch);
        expect(tail?.state).toEqual(source.state);
        expect(tail?.last).toEqual(last);
        expect(tail?.segmentStart).toEqual(last.segmentStart);
        expect(tail?.endUs).toBe(endOfUnits([last], source.state.description));
        expect(tail?.writtenUs).toBeGreaterThan(startedUs - 1_000_000);
        expect(tail?.writtenUs).toBeLessThan(Date.now() * 1000 + 1_000_000);
      }
    });

    test('the tail has the record of the last segment, however far in it the stream is', async () => {
      const source = newEpoch();
      const publication = await publish(source);
      writeAll(publication, [source.key(), source.delta()]);
      const start = source.key();
      const { segmentStart: _, ...inside } = source.key();
      await settled(source, writeAll(publication, [start, inside, source.delta()]));
      expect((await bus.reader.tail(source.path, source.epoch))?.segmentStart).toEqual(start.segmentStart);
    });

    test('removing an epoch ends its readers and its publisher; again is harmless', async () => {
      const source = newEpoch();
      let removals = 0;
      const publication = await publish(source, ROOMY, { ...NO_EVENTS, onRemoved: () => (removals += 1) });
      const sink = await read(source, { at: 'live' });
      writeAll(publication, [source.key()]);
      await waitFor('the unit', () => sink.last === 0);
      await bus.reader.remove(source.path, source.epoch);
      await bus.reader.remove(source.path, source.epoch);
      await waitFor('the end', () => sink.ended !== undefined);
      expect(sink.events).toEqual(['state 0', 'unit 0', `end ${EPOCH_REMOVED}`]);
      expect(await bus.reader.tail(source.path, source.epoch)).toBeUndefined();
      await expectNotFound(source);
      await waitFor('the publisher to know', () => {
        publication.write(source.key());
        return publication.unitsDropped > 0;
      });
      expect(removals).toBe(1);
      await publication.end('its own end comes late');
      expect(removals).toBe(1);
      await expectNotFound(source);
    });

    async function expectNotFound(source: SyntheticEpoch): Promise<void> {
      const attempt = bus.reader.subscribe(source.path, source.epoch, { at: 'live' }, new RecordedSink());
      await expect(attempt).rejects.toMatchObject({ name: 'BusError', code: 'EPOCH_NOT_FOUND' });
    }

    test('an epoch that never was is not found, and one that is there cannot be published twice', async () => {
      const source = newEpoch();
      await expectNotFound(source);
      await bus.reader.remove(source.path, source.epoch);
      await publish(source);
      await expect(publish(source)).rejects.toMatchObject({ name: 'BusError', code: 'EPOCH_EXISTS' });
      await expectNotFound(new SyntheticEpoch(source.path, source.epoch + 1));
      await expectNotFound(new SyntheticEpoch(`${source.path}/x`, source.epoch));
    });

    test('a closed bus takes nothing more, and ends its readers', async () => {
      const own = await open();
      const source = newEpoch();
      await own.publisher.publish(source.state, ROOMY, NO_EVENTS);
      const sink = new RecordedSink();
      await own.reader.subscribe(source.path, source.epoch, { at: 'live' }, sink);
      expect(own.reader.connected).toBe(true);
      await own.reader.close();
      expect(own.reader.connected).toBe(false);
      expect(sink.events).toEqual(['state 0', 'end the bus was closed']);
      const again = own.reader.subscribe(source.path, source.epoch, { at: 'live' }, new RecordedSink());
      await expect(again).rejects.toThrow(BusError);
      await expect(own.reader.publish(newEpoch().state, ROOMY, NO_EVENTS)).rejects.toMatchObject({ code: 'BUS_CLOSED' });
      await own.close();
    });
  });
}
