import type { BusUnit } from '@mediamesh/media';
import { expect, test } from 'vitest';
import type { BusStart } from './port.ts';
import { writeAll } from './testing/bus-rig.ts';
import type { BusRig } from './testing/bus-rig.ts';
import { AUDIO_ONLY } from './testing/synthetic-epoch.ts';
import { waitFor } from './testing/wait-for.ts';

/** What is kept, and where readers that come late start in it. */
export function windowContract(rig: BusRig): void {
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
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    const last = writeAll(publication, [source.key(), source.delta(), source.audio(), source.key(), source.audio(), source.delta()]);
    await rig.settled(source, last);
    const sink = await rig.read(source, start);
    writeAll(publication, [source.delta(), source.key()]);
    await waitFor('the last unit', () => sink.last === 7);
    expect(sink.events).toEqual(expected);
  });

  test('subscribing is over when what was kept has been delivered', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    await rig.settled(source, writeAll(publication, [source.key(), ...Array.from({ length: 300 }, () => source.delta())]));
    const sink = await rig.read(source, { at: 'lastKey' });
    expect(sink.last).toBe(300);
  });

  test('before the first key unit there is nothing to wait for at windowStart, and lastKey waits', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source);
    await rig.settled(source, writeAll(publication, [source.audio(), source.delta()]));
    const whole = await rig.read(source, { at: 'windowStart' });
    const lastKey = await rig.read(source, { at: 'lastKey' });
    writeAll(publication, [source.audio(), source.key(), source.delta()]);
    await waitFor('the last unit', () => whole.last === 4 && lastKey.last === 4);
    expect(whole.numbers).toEqual([0, 1, 2, 3, 4]);
    expect(lastKey.numbers).toEqual([3, 4]);
  });

  test('a path with audio alone starts at segments, and goes on at any unit', async () => {
    const source = rig.newEpoch(AUDIO_ONLY);
    const publication = await rig.publish(source);
    await rig.settled(source, writeAll(publication, [source.key(), source.audioDelta(), source.key(), source.audioDelta()]));
    const sink = await rig.read(source, { at: 'lastKey' });
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
    const source = rig.newEpoch();
    const publication = await rig.publish(source, { durationMs, sizeBytes: 1_000_000 });
    const units: BusUnit[] = [];
    for (let run = 0; run < 6; run += 1) units.push(source.key(), source.delta());
    await rig.settled(source, writeAll(publication, units));
    await rig.expectWindowStart(source, first);
  });

  test('the window holds whole runs within its size', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source, { durationMs: 10_000, sizeBytes: 90_000 });
    const units: BusUnit[] = [];
    for (let run = 0; run < 6; run += 1) units.push(source.key(20_000), source.delta(20_000));
    await rig.settled(source, writeAll(publication, units));
    await rig.expectWindowStart(source, 8);
  });

  test('a run longer than the window is kept up to its last key unit', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source, { durationMs: 100, sizeBytes: 1_000_000 });
    const units = [source.key(), source.key(), ...Array.from({ length: 20 }, () => source.delta())];
    await rig.settled(source, writeAll(publication, units));
    await rig.expectWindowStart(source, 1);
    const sink = await rig.read(source, { at: 'lastKey' });
    await waitFor('the last unit', () => sink.last === 21);
    expect(sink.numbers[0]).toBe(1);
  });

  test('a run larger than the window is not kept: readers wait for the next key unit', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source, { durationMs: 10_000, sizeBytes: 20_000 });
    const live = await rig.read(source, { at: 'live' });
    writeAll(publication, [source.key(6000), source.delta(6000), source.delta(6000)]);
    await rig.expectWindowStart(source, 0);
    for (let number = 3; number < 11; number += 1) {
      publication.write(source.delta(6000));
      await waitFor(`unit ${number}`, () => live.last === number);
      expect((await rig.bus.reader.tail(source.path, source.epoch))?.last.number).toBe(number);
    }
    const sinks = [await rig.read(source, { at: 'lastKey' }), await rig.read(source, { at: 'windowStart' })];
    const late = await rig.read(source, { at: 'live' });
    writeAll(publication, [source.delta(), source.key(), source.delta()]);
    for (const sink of [...sinks, late, live]) await waitFor('the last unit', () => sink.last === 13);
    for (const sink of sinks) expect(sink.events).toEqual(['state 0', 'unit 12', 'unit 13']);
    expect(late.numbers).toEqual([11, 12, 13]);
    expect(live.numbers).toEqual(Array.from({ length: 14 }, (_, n) => n));
  });

  test('a start at a unit that is gone counts the loss', async () => {
    const source = rig.newEpoch();
    const publication = await rig.publish(source, { durationMs: 100, sizeBytes: 1_000_000 });
    const units: BusUnit[] = [];
    for (let run = 0; run < 4; run += 1) units.push(source.key(), source.delta(), source.delta());
    await rig.settled(source, writeAll(publication, units));
    await rig.expectWindowStart(source, 9);
    const sink = await rig.read(source, { at: 'unit', number: 2 });
    await waitFor('the last unit', () => sink.last === 11);
    expect(sink.events).toEqual(['state 0', 'gap 7', 'unit 9', 'unit 10', 'unit 11']);
  });
}
