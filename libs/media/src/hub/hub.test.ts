import { describe, expect, test } from 'vitest';
import type { BusUnit } from '../epoch.ts';
import { AUDIO, busUnit, epochState, GENERIC_VIDEO, QueueReader, SECOND_VIDEO, VIDEO } from '../testing.cases.ts';
import type { GopCacheMode } from './hub-reader.ts';
import { Hub } from './hub.ts';

const FRAME = 3000;

class Bench {
  prepared: number[] = [];
  next = 0;
  readonly hub: Hub<string>;
  prepareFails = false;
  readonly firstUnits: number[] = [];
  nowMs = 1000;
  readonly figures = {
    gaps: 0,
    unitsLost: 0,
    unitsSkipped: 0,
    nowMs: () => this.nowMs,
    firstUnit: (waitedMs: number) => void this.firstUnits.push(waitedMs),
  };

  constructor(gopCache: GopCacheMode = 'off') {
    this.hub = new Hub<string>({
      path: 'live/one',
      gopCache,
      limits: { maxQueuePackets: 10, maxQueueBytes: 1000 },
      figures: this.figures,
      prepare: (unit) => {
        if (this.prepareFails) throw new Error('cannot packetize');
        this.prepared.push(unit.number);
        return `frame ${unit.number}`;
      },
    });
    this.hub.state(epochState());
  }

  reader(options: { instantStart?: boolean; trackIds?: readonly number[] } = {}): QueueReader {
    const reader = new QueueReader();
    this.hub.attach(reader, { instantStart: false, ...options });
    return reader;
  }

  /** `K` a key frame of video, `v` a delta, `a` audio; K2 and v2 (as `L`, `w`) of the second video track. */
  play(pattern: string, over: Partial<BusUnit> = {}): void {
    for (const letter of pattern) {
      const number = this.next++;
      const trackId = letter === 'a' ? 2 : letter === 'L' || letter === 'w' ? 3 : 1;
      const time = number * FRAME;
      this.hub.unit(busUnit({ number, trackId, key: letter !== 'v' && letter !== 'w', ptsTicks: time, dtsTicks: time, ...over }));
    }
  }
}

describe('figures', () => {
  test('a reader waits for its first unit from its attachment on, with instant start not at all', () => {
    const bench = new Bench('burst');
    bench.play('Kv');
    bench.reader();
    bench.nowMs += 40;
    bench.play('v');
    expect(bench.firstUnits).toEqual([]); // it waits for a key frame
    bench.nowMs += 60;
    bench.play('Kv');
    expect(bench.firstUnits).toEqual([100]);
    bench.reader({ instantStart: true });
    bench.play('v');
    expect(bench.firstUnits).toEqual([100, 0]);
  });

  test('gaps, and the units in them', () => {
    const bench = new Bench();
    bench.hub.gap(3);
    bench.hub.gap(1);
    expect(bench.figures).toMatchObject({ gaps: 2, unitsLost: 4 });
  });
});

describe('Hub fan-out', () => {
  test('prepares a unit once for all readers, and not at all without one', () => {
    const bench = new Bench();
    bench.play('Kv');
    const one = bench.reader();
    const two = bench.reader();
    bench.play('Ka');
    expect(bench.prepared).toEqual([2, 3]);
    expect(one.frames).toEqual(['frame 2', 'frame 3']);
    expect(two.frames).toEqual(one.frames);
  });

  test('does not prepare when the gates of all readers are shut', () => {
    const bench = new Bench();
    const reader = bench.reader();
    reader.queuedPackets = 11;
    bench.play('Kv');
    expect(bench.prepared).toEqual([]);
    expect(bench.hub.unitsSkippedBy(reader)).toBe(2);
  });

  test('gives a reader only its tracks', () => {
    const bench = new Bench();
    const audio = bench.reader({ trackIds: [2] });
    const video = bench.reader({ trackIds: [1] });
    bench.play('Kava');
    expect(audio.numbers).toEqual([1, 3]);
    expect(video.numbers).toEqual([0, 2]);
  });

  test('a reader that throws is ended, the others are served', () => {
    const bench = new Bench();
    const bad = bench.reader();
    const good = bench.reader();
    bad.onWrite = () => {
      throw new Error('broken pipe');
    };
    bench.play('Kv');
    expect(bad.ends).toEqual(['broken pipe']);
    expect(bad.units).toEqual([]);
    expect(good.numbers).toEqual([0, 1]);
    expect(bench.hub.readerCount).toBe(1);
  });

  test('a reader that throws in end() disturbs nobody', () => {
    const bench = new Bench();
    const bad = bench.reader();
    const good = bench.reader();
    bad.end = () => {
      throw new Error('twice broken');
    };
    bench.hub.end('bye');
    expect(good.ends).toEqual(['bye']);
  });

  test('a unit that cannot be prepared is lost and counted', () => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.prepareFails = true;
    bench.play('K');
    bench.prepareFails = false;
    bench.play('v');
    expect(reader.numbers).toEqual([1]);
    expect(bench.hub.unitsInError).toBe(1);
    expect(String(bench.hub.lastError)).toContain('cannot packetize');
  });

  test('readers may come and go inside write', () => {
    const bench = new Bench('burst');
    const leaving = bench.reader();
    const other = bench.reader();
    const late = new QueueReader();
    let caughtUp: readonly number[] = [];
    leaving.onWrite = () => {
      bench.hub.detach(leaving);
      bench.hub.detach(other);
      caughtUp = bench.hub.attach(late, { instantStart: true }).units.map((unit) => unit.number);
    };
    bench.play('Kv');
    expect(leaving.numbers).toEqual([0]);
    expect(other.numbers).toEqual([]);
    expect([...caughtUp, ...late.numbers]).toEqual([0, 1]);
    expect(leaving.ends).toEqual([]);
  });

  test('attaching twice is refused, detaching twice is not', () => {
    const bench = new Bench();
    const reader = bench.reader();
    expect(() => bench.hub.attach(reader, { instantStart: false })).toThrow('already');
    bench.hub.detach(reader);
    bench.hub.detach(reader);
    expect(bench.hub.readerCount).toBe(0);
  });

  test('a reader that attaches before the first state is served after it', () => {
    const hub = new Hub<string>({ path: 'p', gopCache: 'off', limits: { maxQueuePackets: 1, maxQueueBytes: 1 }, prepare: () => 'f' });
    const reader = new QueueReader();
    expect(hub.attach(reader, { instantStart: true }).mode).toBe('none');
    hub.unit(busUnit());
    hub.state(epochState());
    hub.unit(busUnit({ number: 1 }));
    expect(reader.numbers).toEqual([1]);
  });
});

describe('Hub losses', () => {
  test('after a gap, deltas wait for their key; audio does not', () => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.play('Kv');
    bench.hub.gap(3);
    bench.play('vavKv');
    expect(reader.numbers).toEqual([0, 1, 3, 5, 6]);
    expect(bench.hub.unitsLost).toBe(3);
  });

  test('after a gap nobody starts from the cache before the next key', () => {
    const bench = new Bench('burst');
    bench.play('Kv');
    bench.hub.gap(1);
    bench.play('v');
    expect(bench.hub.attach(new QueueReader(), { instantStart: true })).toEqual({ mode: 'none', units: [] });
  });

  test('a slow reader skips to the next key at which its queue has drained; others notice nothing', () => {
    const bench = new Bench();
    const slow = bench.reader();
    const other = bench.reader();
    bench.play('Kv'); // 0 1
    slow.queuedPackets = 11;
    bench.play('va'); // 2 3
    slow.queuedPackets = 6;
    bench.play('vK'); // 4 5: not drained
    slow.queuedPackets = 5;
    bench.play('vaKva'); // 6 7 8 9 10
    expect(slow.numbers).toEqual([0, 1, 8, 9, 10]);
    expect(bench.hub.unitsSkippedBy(slow)).toBe(6);
    expect(other.numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(bench.hub.unitsSkippedBy(other)).toBe(0);
    expect(bench.figures.unitsSkipped).toBe(6);
  });

  test('limits: packets and bytes at the limit pass, one past it does not', () => {
    const bench = new Bench();
    const reader = bench.reader({ trackIds: [2] });
    const admitted: boolean[] = [];
    for (const [packets, bytes] of [
      [10, 1000],
      [11, 0],
      [0, 1001],
      [0, 0],
    ]) {
      reader.queuedPackets = packets!;
      reader.queuedBytes = bytes!;
      const before = reader.units.length;
      bench.play('a');
      admitted.push(reader.units.length > before);
    }
    expect(admitted).toEqual([true, false, false, true]);
  });

  test('an audio-only reader skips unit by unit', () => {
    const bench = new Bench();
    const reader = bench.reader({ trackIds: [2] });
    bench.play('a');
    reader.queuedBytes = 1001;
    bench.play('aa');
    reader.queuedBytes = 900;
    bench.play('a');
    expect(reader.numbers).toEqual([0, 3]);
    expect(bench.hub.unitsSkippedBy(reader)).toBe(2);
  });

  test('a codec that is not parsed has no keys to wait for', () => {
    const bench = new Bench('burst');
    bench.hub.state(epochState({ description: { tracks: [GENERIC_VIDEO, AUDIO], revision: 0 }, epoch: 6 }));
    const reader = bench.reader();
    bench.play('v', { epoch: 6 });
    bench.hub.gap(1);
    bench.play('v', { epoch: 6 });
    reader.queuedPackets = 11;
    bench.play('v', { epoch: 6 });
    reader.queuedPackets = 0;
    bench.play('v', { epoch: 6 });
    expect(reader.numbers).toEqual([0, 1, 3]);
    expect(bench.hub.attach(new QueueReader(), { instantStart: true }).mode).toBe('none');
  });

  test('after a skip, the second video track waits for a key of its own', () => {
    const bench = new Bench();
    bench.hub.state(epochState({ description: { tracks: [VIDEO, AUDIO, SECOND_VIDEO], revision: 1 }, epoch: 6 }));
    const reader = bench.reader();
    bench.play('KL', { epoch: 6 });
    reader.queuedPackets = 11;
    bench.play('w', { epoch: 6 });
    reader.queuedPackets = 0;
    bench.play('KwLw', { epoch: 6 });
    expect(reader.numbers).toEqual([0, 1, 3, 5, 6]);
  });
});

describe('Hub instant start', () => {
  test.each<[GopCacheMode, boolean, string, number[]]>([
    ['off', true, 'none', []],
    ['burst', false, 'none', []],
    ['burst', true, 'burst', [2, 3, 4, 5]],
    ['catchUp', true, 'catchUp', [2, 3, 5]],
  ])('gopCache %s, instantStart %s', (gopCache, instantStart, mode, numbers) => {
    const bench = new Bench(gopCache);
    bench.play('KvKvav');
    const reader = new QueueReader();
    const catchUp = bench.hub.attach(reader, { instantStart });
    expect(catchUp.mode).toBe(mode);
    expect(catchUp.units.map((unit) => unit.number)).toEqual(numbers);
    bench.play('v');
    expect(reader.numbers).toEqual([6]);
  });

  test('burst keeps times, catchUp ends at the live edge', () => {
    const times = (gopCache: GopCacheMode): number[] => {
      const bench = new Bench(gopCache);
      bench.play('Kvv');
      return bench.hub.attach(new QueueReader(), { instantStart: true }).units.map((unit) => unit.dtsTicks);
    };
    expect(times('burst')).toEqual([0, 3000, 6000]);
    expect(times('catchUp')).toEqual([5820, 5910, 6000]);
  });

  test('a reader without the leading track', () => {
    const bench = new Bench('burst');
    bench.play('Kav');
    expect(bench.hub.attach(new QueueReader(), { instantStart: true, trackIds: [2] })).toEqual({ mode: 'none', units: [] });
  });

  test('nothing before the first key unit', () => {
    const bench = new Bench('burst');
    bench.play('vav');
    expect(bench.hub.attach(new QueueReader(), { instantStart: true }).units).toEqual([]);
  });

  test('a track that the catch-up leaves without a key waits for one', () => {
    const bench = new Bench('catchUp');
    bench.hub.state(epochState({ description: { tracks: [VIDEO, AUDIO, SECOND_VIDEO], revision: 1 }, epoch: 6 }));
    bench.play('KLvw', { epoch: 6 });
    const reader = new QueueReader();
    bench.hub.attach(reader, { instantStart: true });
    bench.play('vwaLw', { epoch: 6 });
    expect(reader.numbers).toEqual([4, 6, 7, 8]);
  });
});

describe('Hub epochs', () => {
  test('a new revision is described once', () => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.hub.state(epochState());
    const next = epochState({ description: { tracks: [VIDEO, AUDIO], revision: 1 } });
    bench.hub.state(next);
    bench.hub.state(next);
    expect(reader.states).toEqual([next]);
    expect(bench.hub.epochState).toBe(next);
  });

  test('lower epochs are dropped', () => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.hub.state(epochState({ epoch: 4, description: { tracks: [AUDIO], revision: 9 } }));
    bench.play('K', { epoch: 4 });
    expect(reader.units).toEqual([]);
    expect(reader.ends).toEqual([]);
  });

  test('a matching successor is spliced at its first key; readers stay', () => {
    const bench = new Bench('burst');
    const reader = bench.reader();
    bench.play('Kv');
    const next = epochState({ epoch: 6, continues: 5 });
    bench.hub.state(next);
    bench.play('v', { epoch: 5 });
    bench.play('vaK', { epoch: 6 });
    expect(reader.ends).toEqual([]);
    expect(reader.states).toEqual([next]);
    expect(reader.numbers).toEqual([0, 1, 4, 5]);
    expect(bench.hub.attach(new QueueReader(), { instantStart: true }).units.map((unit) => unit.number)).toEqual([5]);
  });

  test.each([
    ['does not continue', epochState({ epoch: 6 })],
    ['continues another epoch', epochState({ epoch: 6, continues: 4 })],
    ['has other tracks', epochState({ epoch: 6, continues: 5, description: { tracks: [VIDEO], revision: 0 } })],
  ])('a successor that %s ends the readers', (_, next) => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.hub.state(next);
    expect(reader.ends).toHaveLength(1);
    expect(bench.hub.readerCount).toBe(0);
    const later = bench.reader();
    bench.play('K', { epoch: 6 });
    expect(later.numbers).toEqual([0]);
  });

  test("an old subscription's end changes nothing after the splice; the current one's does", () => {
    const bench = new Bench();
    const reader = bench.reader();
    const old = bench.hub.sink(5);
    const current = bench.hub.sink(6);
    current.state(epochState({ epoch: 6, continues: 5 }));
    bench.play('K', { epoch: 6 });
    old.gap(7);
    old.end('the publisher left');
    bench.play('v', { epoch: 6 });
    expect(reader.numbers).toEqual([0, 1]);
    current.end('bye');
    current.end('again');
    expect(reader.ends).toEqual(['bye']);
  });
});
