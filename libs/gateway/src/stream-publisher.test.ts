import { ControlError } from '@mediamesh/contracts';
import { InProcessWire } from '@mediamesh/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SUPERSEDED } from './path-feed.ts';
import { AUDIO, TextReader, VIDEO, TextMaker, waitForImmediate } from './stream.cases.ts';
import { StreamPublisher } from './stream-publisher.ts';
import type { PublisherOptions } from './stream-publisher.ts';
import { ReaderPaths } from './reader-paths.ts';
import { SETTINGS, TestControl } from './testing/test-control.ts';
import type { ControlScript } from './testing/test-control.ts';
import { TestGateway } from './testing/test-gateway.ts';

let wire: InProcessWire;
let control: TestControl;
let script: ControlScript;
let side: TestGateway;
let lost: string[];

function options(more: Partial<PublisherOptions> = {}): PublisherOptions {
  return {
    path: 'cam',
    sessionId: 's1',
    sourceType: 'rtspSession',
    query: 'a=b',
    user: 'me',
    fingerprint: 'f',
    tracks: [VIDEO],
    onLost: (reason) => lost.push(reason),
    ...more,
  };
}

const open = (more?: Partial<PublisherOptions>): Promise<StreamPublisher> => StreamPublisher.open(side.gateway, options(more));
const write = ({ ingest }: StreamPublisher, ptsTicks: number, key = true): void =>
  ingest.write({ trackId: 1, ptsTicks, dtsTicks: ptsTicks, key, payload: [Uint8Array.of(1)] }, Date.now() * 1000);
const onBus = async (epoch: number): Promise<boolean> =>
  side.bus.subscribe('cam', epoch, { at: 'live' }, { state: () => {}, unit: () => {}, gap: () => {}, end: () => {} }).then(
    (subscription) => subscription.close().then(() => true),
    () => false,
  );

beforeEach(async () => {
  wire = new InProcessWire();
  control = await TestControl.open(wire);
  script = control.script;
  side = await TestGateway.open(wire);
  lost = [];
});

afterEach(async () => {
  await side.close();
  await control.close();
});

describe('opening', () => {
  test('reserved, then on the bus, then ready', async () => {
    let wasOnBus = false;
    let heldAtReady = 0;
    script.ready = async ({ epoch }) => {
      wasOnBus = await onBus(epoch);
      heldAtReady = side.gateway.held.publishers.size;
      return {};
    };
    const publisher = await open();
    expect(script.heard).toEqual(['publish cam s1 [1 video H264 90000]', 'ready cam 1']);
    expect([wasOnBus, heldAtReady, publisher.ready, publisher.epoch]).toEqual([true, 1, true, 1]);
    expect(publisher.tracks()).toMatchObject([{ codec: 'H264' }]);
    expect(publisher.health()).toMatchObject([{ codec: 'H264', kind: 'video', frameRate: null }]);
  });

  test('a refusal leaves nothing, and asks nothing more', async () => {
    script.publish = () => {
      throw new ControlError('ALREADY_PUBLISHING', 'someone is already publishing');
    };
    await expect(open()).rejects.toMatchObject({ code: 'ALREADY_PUBLISHING' });
    expect(script.heard).toEqual(['publish cam s1 [1 video H264 90000]']);
    expect(side.gateway.held.publishers.size).toBe(0);
  });

  test('without an answer control may hold the path: it is left', async () => {
    script.publish = () => {
      throw new ControlError('TIMED_OUT', 'no answer');
    };
    await expect(open()).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(script.heard.at(-1)).toBe('leave cam s1: publishing failed');
  });

  test('a bus that refuses: the path is left', async () => {
    script.publish = () => ({ epoch: 7, settings: SETTINGS });
    await open({ sessionId: 's0' });
    await expect(open()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('epoch 7 of cam exists') });
    expect(script.heard.at(-1)).toBe('leave cam s1: publishing failed');
    expect([...side.gateway.held.publishers.keys()]).toEqual(['s0']);
  });

  test('a stream without tracks: the path is left', async () => {
    await expect(open({ tracks: [] })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(script.heard).toEqual(['publish cam s1 []', 'leave cam s1: publishing failed']);
  });

  test('refused when it is ready: taken off the bus, not held', async () => {
    script.ready = () => {
      throw new ControlError('STALE_EPOCH', 'another publisher has taken the path');
    };
    await expect(open()).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(side.gateway.held.publishers.size).toBe(0);
    expect(script.heard).toEqual([
      'publish cam s1 [1 video H264 90000]',
      'ready cam 1',
      'leave cam s1: another publisher has taken the path',
    ]);
    expect(await side.bus.tail('cam', 1)).toBeUndefined();
  });
});

describe('closing', () => {
  test('ends the stream for its readers, and tells control, once', async () => {
    const publisher = await open();
    const paths = new ReaderPaths<string, TextMaker>({
      bus: side.bus,
      counters: side.gateway.outbound,
      limits: { maxQueuePackets: 10, maxQueueBytes: 1_000 },
      makerOf: () => new TextMaker(),
      log: () => {},
    });
    const reader = new TextReader();
    (await paths.acquire('cam', 1, SETTINGS)).hub.attach(reader, { instantStart: false });
    await Promise.all([publisher.close('torn down'), publisher.close('again')]);
    expect(reader.ended).toBe('the stream has ended: torn down');
    expect(script.heard.filter((line) => line.startsWith('leave'))).toEqual(['leave cam s1: torn down']);
    expect(side.gateway.held.publishers.size).toBe(0);
  });

  test('never rejects, whatever fails', async () => {
    const publisher = await open();
    await control.setLeading(false);
    await side.bus.close();
    await expect(publisher.close('torn down')).resolves.toBeUndefined();
  });

  test('superseded: readers are told to wait, the session is told once', async () => {
    const ends: string[] = [];
    await open();
    await side.bus.subscribe('cam', 1, { at: 'live' }, { state: () => {}, unit: () => {}, gap: () => {}, end: (why) => ends.push(why) });
    side.gateway.held.supersede('s1', 'closed by another publisher');
    side.gateway.held.supersede('s1', 'closed by another publisher');
    expect(ends).toEqual([SUPERSEDED]);
    expect(lost).toEqual(['closed by another publisher']);
  });
});

test('removed by control: the session is told', async () => {
  const publisher = await open();
  await side.bus.remove('cam', publisher.epoch);
  expect(lost).toEqual(['control took this gateway for dead, and removed the stream']);
  expect(side.gateway.held.publishers.size).toBe(0);
});

describe('continuing another epoch', () => {
  test('from its first key unit on; numbers and times go on after the tail', async () => {
    const first = await open();
    write(first, 900_000);
    write(first, 903_000);
    script.publish = () => ({ epoch: 2, continues: 1, settings: SETTINGS });
    const second = await open({ sessionId: 's2' });
    write(second, 5, false);
    expect([second.ready, second.waits]).toEqual([false, true]);
    write(second, 3_005);
    write(second, 6_005, false);
    await waitForImmediate(() => second.ready);
    expect(second.ingest.state).toMatchObject({ epoch: 2, continues: 1, firstUnit: 2 });
    const tail = await side.bus.tail('cam', 2);
    expect(tail!.last.number).toBe(3);
    expect(tail!.last.dtsTicks).toBeGreaterThan(906_000);
  });

  test('of which nothing is known starts a timeline', async () => {
    script.publish = () => ({ epoch: 2, continues: 1, settings: SETTINGS });
    const publisher = await open();
    write(publisher, 0);
    await waitForImmediate(() => publisher.ready);
    expect(publisher.ingest.state).toMatchObject({ epoch: 2, firstUnit: 0 });
    expect(publisher.ingest.state.continues).toBeUndefined();
  });

  test('what it continues is asked again with the first key unit', async () => {
    script.publish = () => ({ epoch: ++script.epoch, continues: 1, settings: SETTINGS });
    const publisher = await open();
    script.publish = () => ({ epoch: 7, settings: SETTINGS });
    write(publisher, 0);
    await waitForImmediate(() => publisher.ready);
    expect([publisher.epoch, publisher.ingest.state.continues]).toEqual([7, undefined]);
  });

  test('refused then, the session is told', async () => {
    script.publish = () => ({ epoch: 2, continues: 1, settings: SETTINGS });
    const publisher = await open();
    script.publish = () => {
      throw new ControlError('ALREADY_PUBLISHING', 'someone is already publishing');
    };
    write(publisher, 0);
    await waitForImmediate(() => lost.length === 1);
    expect(lost).toEqual(['someone is already publishing']);
    expect(side.gateway.held.publishers.size).toBe(0);
  });

  test('closed while it waits, it leaves nothing', async () => {
    script.publish = () => ({ epoch: 2, continues: 1, settings: SETTINGS });
    const publisher = await open();
    await publisher.close('torn down');
    write(publisher, 0);
    expect(script.heard.at(-1)).toBe('leave cam s1: torn down');
    expect(await side.bus.tail('cam', 2)).toBeUndefined();
  });
});

describe('one of several sources', () => {
  const STANDBY = { epoch: 0, standby: true, settings: SETTINGS };
  let turns: boolean[];
  const openSource = (): Promise<StreamPublisher> => open({ standsBy: true, onTurn: (hasTurn) => turns.push(hasTurn) });

  beforeEach(() => {
    turns = [];
  });

  test('stands by until it is called, then goes on at a key unit', async () => {
    script.publish = () => STANDBY;
    const source = await openSource();
    write(source, 0);
    expect(turns).toEqual([]);
    script.publish = () => ({ epoch: 3, settings: SETTINGS });
    side.gateway.held.publishers.get('s1')!.call();
    side.gateway.held.publishers.get('s1')!.call(); // said again until it publishes
    expect(turns).toEqual([true]);
    write(source, 3_000);
    await waitForImmediate(() => source.ready);
    expect((await side.bus.tail('cam', 3))!.last.number).toBe(0);
  });

  test('stands by again when another has the path; its readers wait for that one', async () => {
    const ends: string[] = [];
    const source = await openSource();
    await side.bus.subscribe('cam', 1, { at: 'live' }, { state: () => {}, unit: () => {}, gap: () => {}, end: (why) => ends.push(why) });
    script.publish = () => STANDBY;
    side.gateway.held.supersede('s1', 'closed by another publisher');
    await waitForImmediate(() => script.heard.length === 3);
    write(source, 0);
    expect([ends, lost, source.waits, turns]).toEqual([[SUPERSEDED], [], true, [true, false]]);
    expect(side.gateway.held.publishers.size).toBe(1);
  });

  test('is lost when control does not know it any more', async () => {
    await openSource();
    script.publish = () => {
      throw new ControlError('SOURCE_NOT_PUBLISHER', 'not yours');
    };
    side.gateway.held.supersede('s1', 'the path has another publisher');
    await waitForImmediate(() => lost.length === 1);
    expect(lost).toEqual(['not yours']);
    expect(side.gateway.held.publishers.size).toBe(0);
  });
});

test('other tracks of the same session publish again', async () => {
  await (await open()).close('paused');
  const again = await open({ tracks: [AUDIO] });
  expect(again.epoch).toBe(2);
  expect(script.heard).toEqual([
    'publish cam s1 [1 video H264 90000]',
    'ready cam 1',
    'leave cam s1: paused',
    'publish cam s1 [1 audio Opus 48000]',
    'ready cam 2',
  ]);
});
