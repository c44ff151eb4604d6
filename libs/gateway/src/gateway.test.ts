import type { SessionKind, TrackHealth } from '@mediamesh/contracts';
import {
  ControlError,
  healthList,
  pathUnavailable,
  sessionKick,
  sessionSuperseded,
  sessionsList,
  sourceStart,
  sourceStop,
} from '@mediamesh/contracts';
import { InProcessWire } from '@mediamesh/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PAGE_SIZE } from './gateway.ts';
import type { HeldPublisher, HeldReader } from './held.ts';
import { Sessions } from './sessions.ts';
import type { GatewaySession } from './sessions.ts';
import { waitForImmediate } from './stream.cases.ts';
import { TestControl } from './testing/test-control.ts';
import { TestGateway } from './testing/test-gateway.ts';

const DEADLINE_MS = 5_000;

let control: TestControl;
let side: TestGateway;
let superseded: string[];
let keyFramesWanted: string[];

const HEALTH: TrackHealth = {
  codec: 'H264',
  kind: 'video',
  bitrateBps: 1_000,
  frameRate: 25,
  keyFrameIntervalMs: null,
  bFrames: false,
  clockDriftPpm: null,
  silenceMs: 40,
};

function publisher(sessionId: string, more: Partial<HeldPublisher> = {}): HeldPublisher {
  return {
    path: `path-${sessionId}`,
    epoch: 5,
    sessionId,
    sourceType: 'rtspSession',
    query: '',
    trackLabels: ['H264'],
    ready: true,
    standsBy: false,
    waits: false,
    inboundBytes: 100,
    framesInError: 1,
    tracks: () => [{ codec: 'H264', codecProps: null }],
    requestKeyFrame: () => keyFramesWanted.push(sessionId),
    health: () => [HEALTH],
    call: () => {},
    supersede: (reason) => superseded.push(`${sessionId}: ${reason}`),
    ...more,
  };
}

function reader(sessionId: string): HeldReader {
  return { path: 'cam', epoch: 5, sessionId, type: 'rtspSession', supersede: (reason) => superseded.push(`${sessionId}: ${reason}`) };
}

function session(id: string, kind: SessionKind, kicked: string[] = []): GatewaySession {
  return { id, kind, row: () => ({ id, created: '' }), kick: (reason) => kicked.push(`${id}: ${reason}`) };
}

beforeEach(async () => {
  const wire = new InProcessWire();
  control = await TestControl.open(wire);
  side = await TestGateway.open(wire);
  superseded = [];
  keyFramesWanted = [];
});

afterEach(async () => {
  await side.close();
  await control.close();
});

describe('lists', () => {
  const list = (page: number, kinds: SessionKind[], paths = false): ReturnType<typeof side.gateway.list> =>
    side.gateway.list({ kinds, paths, page });

  test.each([0, 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE])('%i sessions, page by page', (count) => {
    for (let i = 0; i < count; i++) side.gateway.sessions.add(session(`s${i}`, 'rtspSession'));
    side.gateway.sessions.add(session('other', 'rtspConn'));
    const ids: string[] = [];
    for (let page = 0, more = true; more; page++) {
      const reply = list(page, ['rtspSession']);
      expect(reply.sessions.length).toBeLessThanOrEqual(PAGE_SIZE);
      ids.push(...reply.sessions.map(({ row }) => row.id));
      more = reply.more;
    }
    expect(ids).toEqual(Array.from({ length: count }, (_, i) => `s${i}`));
  });

  test('paths are paged beside them', () => {
    for (let i = 0; i < PAGE_SIZE + 2; i++) side.gateway.held.addPublisher(publisher(`p${i}`));
    const first = list(0, [], true);
    expect([first.paths.length, first.more]).toEqual([PAGE_SIZE, true]);
    const second = list(1, [], true);
    expect(second.paths.map(({ name }) => name)).toEqual([`path-p${PAGE_SIZE}`, `path-p${PAGE_SIZE + 1}`]);
    expect(second.more).toBe(false);
  });

  test('counters of what is published and read here', () => {
    const { held, outbound } = side.gateway;
    held.addPublisher(publisher('p1', { path: 'cam' }));
    held.addPublisher(publisher('p2', { path: 'soon', ready: false }));
    outbound.of('cam', { epoch: 5 }).bytes = 70;
    outbound.of('elsewhere', { epoch: 6 }).bytes = 30;
    expect(list(0, [], true).paths).toEqual([
      {
        name: 'cam',
        epoch: 5,
        inboundBytes: 100,
        outboundBytes: 70,
        inboundFramesInError: 1,
        tracks: [{ codec: 'H264', codecProps: null }],
        health: [HEALTH],
      },
      { name: 'elsewhere', epoch: 6, inboundBytes: 0, outboundBytes: 30, inboundFramesInError: 0 },
    ]);
    expect(list(0, []).paths).toEqual([]);
  });

  test('the health of what is published here, of those that are asked for', async () => {
    const { held, instance } = side.gateway;
    held.addPublisher(publisher('p1', { path: 'cam' }));
    held.addPublisher(publisher('p2', { path: 'soon', ready: false }));
    held.addPublisher(publisher('p3', { path: 'other' }));
    const request = { paths: ['cam', 'soon', 'elsewhere'] };
    const { streams } = await control.client.request(healthList, request, { instance, deadlineMs: DEADLINE_MS });
    expect(streams).toEqual([{ path: 'cam', epoch: 5, tracks: [HEALTH] }]);
  });

  test('a page of the longest rows fits a message', async () => {
    const long = 'é'.repeat(1_024);
    for (let i = 0; i < PAGE_SIZE; i++) {
      const row = { id: `s${i}`, created: '', path: long, query: long, userAgent: long };
      side.gateway.sessions.add({ ...session(`s${i}`, 'rtspSession'), row: () => row });
    }
    const { replies } = await control.client.gather(
      sessionsList,
      { kinds: ['rtspSession'], paths: false, page: 0 },
      { deadlineMs: DEADLINE_MS, expect: [side.gateway.instance] },
    );
    expect(replies[0]!.reply.sessions.length).toBe(PAGE_SIZE);
  });
});

describe('what a leader is told', () => {
  const told = (): { publishers: string[]; readers: string[]; last: boolean }[] =>
    control.script.snapshots.map(({ publishers, readers, last }) => ({
      publishers: publishers.map(({ sessionId }) => sessionId),
      readers: readers.map(({ sessionId }) => sessionId),
      last,
    }));

  test('nothing is told too', async () => {
    await side.gateway.tellAll();
    expect(told()).toEqual([{ publishers: [], readers: [], last: true }]);
  });

  test('everything, page by page', async () => {
    for (let i = 0; i < PAGE_SIZE + 1; i++) side.gateway.held.addReader(reader(`r${i}`));
    side.gateway.held.addPublisher(publisher('p1'));
    await side.gateway.tellAll();
    expect(told().map(({ publishers, readers, last }) => [publishers.length, readers.length, last])).toEqual([
      [1, PAGE_SIZE, false],
      [0, 1, true],
    ]);
    expect(control.script.snapshots[0]!.publishers[0]).toMatchObject({
      path: 'path-p1',
      epoch: 5,
      ready: true,
      trackLabels: ['H264'],
      tracks: [{ codec: 'H264' }],
    });
  });

  test('not who has left while the pages before were told', async () => {
    for (let i = 0; i < PAGE_SIZE + 2; i++) side.gateway.held.addReader(reader(`r${i}`));
    control.script.snapshot = () => {
      side.gateway.held.remove(`r${PAGE_SIZE}`);
      return { term: 1, refused: [] };
    };
    await side.gateway.tellAll();
    expect(told()[1]).toEqual({ publishers: [], readers: [`r${PAGE_SIZE + 1}`], last: true });
  });

  test('what it refuses is closed', async () => {
    side.gateway.held.addReader(reader('r1'));
    side.gateway.held.addPublisher(publisher('p1'));
    control.script.snapshot = () => ({ term: 1, refused: ['p1', 'stranger'] });
    await side.gateway.tellAll();
    expect(superseded).toEqual(['p1: the path has another publisher']);
  });

  test('is told again with the next announcement when it has not heard', async () => {
    control.script.snapshot = () => {
      throw new ControlError('INTERNAL', 'not now');
    };
    await expect(side.gateway.tellAll()).rejects.toThrow('not now');
    control.script.snapshot = () => ({ term: 1, refused: [] });
    side.gateway.drain(); // announces
    await waitForImmediate(() => told().length === 2);
    side.gateway.drain();
    await waitForImmediate(() => control.script.heard.length === 2);
    expect(told().length).toBe(2);
  });

  test('two hellos at once tell it twice, one after the other', async () => {
    await Promise.all([side.gateway.tellAll(), side.gateway.tellAll()]);
    expect(told().length).toBeGreaterThanOrEqual(1);
    expect(told().at(-1)!.last).toBe(true);
  });
});

describe("control's events and requests", () => {
  test('hello of a leader: it is told; a changed revision is fetched; leaders of the past are not answered', async () => {
    control.hello(7, 3);
    await waitForImmediate(() => control.script.snapshots.length === 1 && side.protocol.done.length === 1);
    expect(side.protocol.done).toEqual(['reconfigure']);
    side.gateway.configRevision = 3;
    control.hello(6, 3);
    control.hello(8, 3);
    await waitForImmediate(() => control.script.snapshots.length === 2);
    expect(side.gateway.control.term).toBe(8);
    expect(side.protocol.done.length).toBe(1);
  });

  test('a higher epoch closes the publisher of a lower one', async () => {
    side.gateway.held.addPublisher(publisher('low', { path: 'cam', epoch: 5 }));
    side.gateway.held.addPublisher(publisher('own', { path: 'cam', epoch: 6 }));
    side.gateway.held.addPublisher(publisher('other', { path: 'other', epoch: 5 }));
    control.available('cam', 6);
    await waitForImmediate(() => side.protocol.done.length === 1);
    expect(superseded).toEqual(['low: closed by another publisher']);
    expect(side.protocol.done).toEqual(['available cam 6']);
  });

  test('the end of a path, a kick, a superseded session', async () => {
    const kicked: string[] = [];
    side.gateway.sessions.add(session('s1', 'rtspSession', kicked));
    side.gateway.held.addReader(reader('r1'));
    control.client.emit(pathUnavailable, { path: 'cam', epoch: 5, reason: 'EOF' });
    control.client.emit(sessionSuperseded, { path: 'cam', sessionId: 'r1', reason: 'closed by another publisher' });
    const options = { deadlineMs: DEADLINE_MS, expect: [side.gateway.instance] };
    const kick = async (kind: SessionKind): Promise<unknown> =>
      (await control.client.gather(sessionKick, { kind, id: 's1' }, options)).replies[0]!.reply;
    expect(await kick('rtspConn')).toEqual({ instance: side.gateway.instance, found: false });
    expect(await kick('rtspSession')).toEqual({ instance: side.gateway.instance, found: true });
    expect(kicked).toEqual(['s1: kicked out by API request']);
    expect(side.protocol.done).toEqual(['unavailable cam 5: EOF']);
    expect(superseded).toEqual(['r1: closed by another publisher']);
  });

  test('who wants a key frame is heard by the publisher of the path, once for many', async () => {
    side.gateway.held.addPublisher(publisher('own', { path: 'cam' }));
    side.gateway.held.addPublisher(publisher('other', { path: 'other' }));
    for (let i = 0; i < 3; i++) side.gateway.keyFrames.want('cam');
    control.available('cam', 6); // behind them
    await waitForImmediate(() => side.protocol.done.length === 1);
    expect(keyFramesWanted).toEqual(['own']);
  });

  test('sources start and stop; none start while the instance is draining', async () => {
    const order = { sourceId: 'a', path: 'cam', sourceType: 'rtspSource', url: 'rtsp://x', onDemand: false, options: {} };
    const start = (): Promise<{ instance: string }> =>
      control.client.request(sourceStart, order, { service: 'rtsp', deadlineMs: DEADLINE_MS });
    expect(await start()).toEqual({ instance: side.gateway.instance });
    const { instance } = side.gateway;
    await control.client.request(sourceStop, { sourceId: 'a', reason: 'timed out' }, { instance, deadlineMs: DEADLINE_MS });
    side.gateway.drain();
    await expect(start()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(side.protocol.done).toEqual(['start cam a', 'stop a: timed out']);
    side.gateway.sourceStopped('a', 'cam', 'EOF');
    await waitForImmediate(() => control.script.heard.includes('source cam a stopped: EOF'));
    expect(control.script.heard).toContain(`announce ${instance} 0 0 draining`);
  });
});

describe('Held', () => {
  test('its revision grows with every change, and with nothing else', () => {
    const { held } = side.gateway;
    held.addPublisher(publisher('p1'));
    held.addReader(reader('r1'));
    expect(held.revision).toBe(2);
    held.remove('nobody');
    held.remove('p1');
    held.remove('p1');
    held.remove('r1');
    expect([held.revision, held.publishers.size, held.readers.size]).toEqual([4, 0, 0]);
  });
});

describe('Sessions', () => {
  test('are found by kind and id, listed in the order of their creation, and kicked', () => {
    const sessions = new Sessions();
    const kicked: string[] = [];
    for (const id of ['c', 'a', 'b']) sessions.add(session(id, id === 'a' ? 'rtspConn' : 'rtspSession', kicked));
    expect(sessions.get('rtspConn', 'a')!.id).toBe('a');
    expect(sessions.get('rtspSession', 'a')).toBeUndefined();
    const ids = (offset: number, limit: number): string[] => sessions.list(new Set(['rtspSession']), offset, limit).map(({ id }) => id);
    expect([ids(0, 9), ids(1, 9), ids(0, 1), ids(2, 1)]).toEqual([['c', 'b'], ['b'], ['c'], []]);
    sessions.remove('c');
    sessions.kickAll('terminated');
    expect([sessions.size, kicked]).toEqual([2, ['a: terminated', 'b: terminated']]);
  });
});
