import { afterEach, describe, expect, test } from 'vitest';
import type { ControlError } from '@mediamesh/contracts';
import type { ControlPlane } from '@mediamesh/gateway';
import { ControlRig, access, turnsUntil } from './control-rig.cases.ts';
import { INSTANCE_SILENCE_MS } from './instances.ts';
import { SOURCE_RETRY_MS } from './paths/path-machine.ts';
import { REBUILD_DEADLINE_MS } from './rebuild.ts';

const ANYONE = { paths: { all_others: null } };
const PULLED = { paths: { pulled: { source: 'rtsp://127.0.0.1:9/x' } } };
const ON_DEMAND = { paths: { pulled: { source: 'rtsp://127.0.0.1:9/x', sourceOnDemand: true } } };

let rig: ControlRig;
const here = new AbortController().signal;

afterEach(() => rig.close());

async function open(config: object = ANYONE): Promise<ControlPlane> {
  rig = await ControlRig.open(config);
  rig.control.lead(7);
  return rig.plane('g1');
}

async function publish(plane: ControlPlane, sessionId: string, labels = ['H264'], path = 'cam'): Promise<number> {
  const request = { path, sessionId, sourceType: 'rtspSession', query: '', user: '', trackLabels: labels };
  const { epoch } = await plane.publish(request);
  await plane.ready(path, epoch, sessionId, [{ codec: 'H264', codecProps: null }]);
  return epoch;
}

const read = (plane: ControlPlane, id: string, path = 'cam', signal = here): ReturnType<ControlPlane['read']> =>
  plane.read(access(path), { type: 'rtspSession', id }, signal);
const held = (sessionId: string, more: object = {}): Parameters<ControlPlane['snapshot']>[0]['publishers'][number] => ({
  path: 'cam',
  epoch: 3,
  sessionId,
  sourceType: 'rtspSession',
  query: '',
  ready: true,
  trackLabels: ['H264'],
  tracks: [],
  ...more,
});

test('a source that no gateway of this version pulls is said to be one', async () => {
  await open({ paths: { far: { source: 'srt://127.0.0.1:9' }, near: { source: 'whep://127.0.0.1:9/x/whep' } } });
  await rig.settled();
  expect(rig.lines('not there yet')).toEqual([
    'warn [path far] [SRT source] sources of this kind are not there yet, the path stays without a stream',
  ]);
});

describe('access', () => {
  test.each([
    ['../x', 'INVALID_PATH_NAME'],
    ['elsewhere', 'PATH_NOT_CONFIGURED'],
  ])('%s: %s', async (path, code) => {
    const plane = await open({ paths: { cam: null } });
    await expect(plane.authorize(access(path))).rejects.toMatchObject({ code });
    await expect(plane.describe(access(path), here)).rejects.toMatchObject({ code });
    await expect(read(plane, 'r1', path)).rejects.toMatchObject({ code });
    await expect(publish(plane, 's1', [], path)).rejects.toMatchObject({ code });
  });

  test('a grant says who, and what the path is', async () => {
    const plane = await open();
    const grant = await plane.authorize(access('cam', { credentials: { user: 'me', pass: 'x', token: '' } }));
    expect(grant).toMatchObject({ user: 'me', settings: { confName: 'all_others', gopCache: 'off' } });
  });

  test('wrong credentials are refused with the pause that their answer takes', async () => {
    const users = [{ user: 'me', pass: 'secret', ips: [], permissions: [{ action: 'read' }] }];
    const plane = await open({ ...ANYONE, authInternalUsers: users });
    const wrong = plane.describe(access('cam', { credentials: { user: 'me', pass: 'x', token: '' } }), here);
    const refusal = await wrong.catch((error: unknown) => error as ControlError);
    expect(refusal).toMatchObject({ code: 'NOT_AUTHENTICATED', askCredentials: false });
    expect((refusal as ControlError).pauseMs).toBeGreaterThan(0);
    await expect(plane.describe(access('cam', { credentials: { user: 'me', pass: 'secret', token: '' } }), here)).rejects.toMatchObject({
      code: 'NO_STREAM',
    });
    await expect(plane.describe(access('cam', { canAsk: true }), here)).rejects.toMatchObject({ askCredentials: true });
  });

  test('publishing with a grant of another configuration is refused', async () => {
    const plane = await open({ paths: { cam: null } });
    const { settings } = await plane.authorize(access('cam', { action: 'publish' }));
    rig.reconfigure({ paths: { cam: { maxReaders: 3 } } });
    const request = { path: 'cam', sessionId: 's1', sourceType: 'rtspSession', query: '', user: '', trackLabels: [] };
    await expect(plane.publish({ ...request, fingerprint: settings.fingerprint })).rejects.toMatchObject({
      code: 'CONFIGURATION_CHANGED',
      message: 'configuration has changed',
    });
  });
});

describe('a stream', () => {
  test('is reserved, ready, described, read, and gone', async () => {
    const plane = await open();
    const epoch = await publish(plane, 's1');
    expect(await plane.describe(access('cam'), here)).toMatchObject({ kind: 'stream', epoch });
    expect(await read(plane, 'r1')).toMatchObject({ epoch, user: '' });
    expect(rig.lines('stream is')).toEqual(['info [path cam] stream is available and online, 1 track (H264)']);
    await plane.leave('cam', 's1', 'torn down');
    await rig.settled();
    expect(rig.events).toEqual(['available cam', 'unavailable cam: torn down']);
    await expect(plane.describe(access('cam'), here)).rejects.toMatchObject({
      code: 'NO_STREAM',
      message: "no stream is available on path 'cam'",
    });
  });

  test('is taken over, by the same tracks without a gap', async () => {
    const plane = await open();
    const first = await publish(plane, 's1');
    const request = { path: 'cam', sessionId: 's2', sourceType: 'rtspSession', query: '', user: '', trackLabels: ['H264'] };
    const { epoch, continues } = await plane.publish(request);
    expect([epoch > first, continues]).toEqual([true, first]);
    await plane.ready('cam', epoch, 's2', []);
    await rig.settled();
    expect(rig.events).toEqual(['available cam', 'superseded s1: closed by another publisher', 'available cam']);
    await expect(plane.ready('cam', first, 's1', [])).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(rig.lines('existing')).toEqual(['info [path cam] closing existing publisher']);
  });

  test('is not taken over when the path says so', async () => {
    const plane = await open({ paths: { cam: { overridePublisher: false } } });
    await publish(plane, 's1');
    await expect(publish(plane, 's2')).rejects.toMatchObject({ code: 'ALREADY_PUBLISHING' });
  });
});

describe('instances', () => {
  test('one that is silent loses its sessions; another keeps its own', async () => {
    const plane = await open();
    await publish(plane, 's1');
    await publish(rig.plane('g2'), 's2', ['H264'], 'other');
    rig.announce('g1');
    rig.announce('g2');
    await rig.settled();
    rig.clock.advance(INSTANCE_SILENCE_MS - 500);
    rig.announce('g2');
    await rig.settled();
    rig.clock.advance(1_000);
    await rig.settled();
    expect(rig.events.slice(2)).toEqual(['unavailable cam: its gateway is gone']);
    expect(rig.lines('silent')).toEqual(['warn the gateway rtsp-g1 is silent: its sessions and sources are taken from it']);
  });

  test('a snapshot restores what it holds; what has no place is refused', async () => {
    const plane = await open({ paths: { cam: null } });
    const page = { service: 'rtsp', page: 0, last: true };
    const reply = await plane.snapshot({
      ...page,
      publishers: [held('s1'), held('s9', { path: 'elsewhere' })],
      readers: [
        { path: 'cam', epoch: 3, sessionId: 'r1', type: 'rtspSession' },
        { path: '..', epoch: 3, sessionId: 'r9', type: 'rtspSession' },
      ],
    });
    expect(reply).toEqual({ term: 7, refused: ['s9', 'r9'] });
    expect(await read(plane, 'r2')).toMatchObject({ epoch: 3 });
    expect([...rig.control.paths.state('cam')!.readers.keys()]).toEqual(['r1', 'r2']);
    await plane.snapshot({ ...page, publishers: [held('s0', { epoch: 2 })], readers: [] });
    await rig.settled();
    expect(rig.events).toEqual(['superseded s0: closed by another publisher']);
  });

  test('a new leader answers when all have told, or the time is over', async () => {
    rig = await ControlRig.open(ANYONE);
    rig.announce('g1');
    rig.announce('g2');
    await turnsUntil(() => rig.control.instances.ids().length === 2);
    rig.control.lead(8);
    const plane = rig.plane('g1');
    let answered = false;
    const reading = read(plane, 'r1').finally(() => (answered = true));
    await plane.snapshot({ service: 'rtsp', page: 0, last: true, publishers: [held('s1')], readers: [] });
    await rig.settled();
    expect(answered).toBe(false);
    rig.clock.advance(1_000);
    rig.announce('g1');
    await rig.settled();
    rig.clock.advance(REBUILD_DEADLINE_MS - 1_000);
    expect(await reading).toMatchObject({ epoch: 3 });
  });

  test('one that steps down refuses what waits, so that it is asked again', async () => {
    rig = await ControlRig.open(ANYONE);
    rig.announce('g1');
    await turnsUntil(() => rig.control.instances.ids().length === 1);
    rig.control.lead(8);
    const publishing = publish(rig.plane('g1'), 's1');
    await rig.settled();
    rig.control.stepDown('another replica leads');
    rig.clock.advance(REBUILD_DEADLINE_MS);
    await expect(publishing).rejects.toMatchObject({ code: 'NOT_LEADER' });
    expect([...rig.control.paths.states()]).toEqual([]);
  });
});

describe('a static source', () => {
  test('is started at a gateway; its failures are logged, and it is started again without a word', async () => {
    rig = await ControlRig.open(PULLED);
    const gateway = await rig.gateway('g1');
    await turnsUntil(() => rig.control.instances.has('rtsp-g1'));
    rig.control.lead(7);
    await gateway.tellAll();
    await turnsUntil(() => rig.orders.length === 1);
    await rig.settled();
    const [source] = rig.control.paths.state('pulled')!.feeds;
    const sourceId = source?.phase === 'running' ? source.sourceId : '';
    gateway.sourceStopped('stranger', 'pulled', 'not mine');
    gateway.sourceStopped(sourceId, 'pulled', 'connection refused');
    await turnsUntil(() => rig.lines('refused').length === 1);
    rig.clock.advance(SOURCE_RETRY_MS - INSTANCE_SILENCE_MS + 1);
    rig.announce('g1');
    await rig.settled();
    rig.clock.advance(INSTANCE_SILENCE_MS - 1);
    await turnsUntil(() => rig.orders.length === 2);
    rig.reconfigure({ paths: { all_others: null } });
    await rig.settled();
    expect(rig.orders).toEqual([
      'start pulled rtspSource rtsp://127.0.0.1:9/x',
      'start pulled rtspSource rtsp://127.0.0.1:9/x',
      'stop path is closing',
    ]);
    expect(rig.lines('[RTSP source]')).toEqual([
      'info [path pulled] [RTSP source] started',
      'error [path pulled] [RTSP source] connection refused',
      'info [path pulled] [RTSP source] stopped: path is closing',
    ]);
  });

  test('that runs follows another sourceSilenceTimeout at once', async () => {
    const backed = { source: 'rtsp://127.0.0.1:9/x', sourceBackups: ['rtsp://127.0.0.1:9/y'] };
    rig = await ControlRig.open({ paths: { pulled: { ...backed, sourceSilenceTimeout: '60s' } } });
    const gateway = await rig.gateway('g1');
    await turnsUntil(() => rig.control.instances.has('rtsp-g1'));
    rig.control.lead(7);
    await gateway.tellAll();
    const feeds = () => rig.control.paths.state('pulled')!.feeds;
    await turnsUntil(() => feeds().length === 2 && feeds().every(({ phase }) => phase === 'running'));
    const timeouts = () => feeds().map((feed) => (feed.phase === 'running' ? gateway.silenceTimeouts.of(feed.sourceId) : -1));
    expect(timeouts()).toEqual([60_000, 60_000]);
    rig.reconfigure({ paths: { pulled: { ...backed, sourceSilenceTimeout: '2s' } } });
    await turnsUntil(() => timeouts().every((timeoutMs) => timeoutMs === 2_000));
  });

  test('on demand: started by a reader, stopped when it times out', async () => {
    rig = await ControlRig.open(ON_DEMAND);
    await rig.gateway('g1');
    await turnsUntil(() => rig.control.instances.has('rtsp-g1'));
    rig.control.lead(7);
    rig.clock.advance(0);
    const plane = rig.plane('g1');
    await plane.snapshot({ service: 'rtsp', page: 0, last: true, publishers: [], readers: [] });
    const reading = read(plane, 'r1', 'pulled');
    await turnsUntil(() => rig.orders.length === 1);
    for (let second = 0; second < 10; second++) {
      rig.announce('g1');
      await rig.settled();
      rig.clock.advance(1_000);
    }
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_TIMED_OUT', message: "source of path 'pulled' has timed out" });
    await turnsUntil(() => rig.orders.length === 2);
    expect(rig.orders[1]).toBe('stop timed out');
    expect(rig.lines('[RTSP source]')).toEqual([
      'info [path pulled] [RTSP source] started on demand',
      'info [path pulled] [RTSP source] stopped: timed out',
    ]);
  });

  test('on demand: a reader that is gone while it waits is not there when the source is', async () => {
    const plane = await open(ON_DEMAND);
    const gone = new AbortController();
    const reading = read(plane, 'r1', 'pulled', gone.signal);
    await turnsUntil(() => rig.control.paths.state('pulled')?.waiters.length === 1);
    gone.abort();
    await expect(reading).rejects.toMatchObject({ code: 'TERMINATED' });
    await plane.leave('pulled', 'r1', 'EOF');
    expect(rig.control.paths.state('pulled')!.waiters).toEqual([]);
  });
});

describe('a changed configuration', () => {
  test('closes paths that it does not have any more, and that cannot take it; others go on', async () => {
    const paths = { gone: null, changed: null, same: null };
    const plane = await open({ paths });
    for (const path of Object.keys(paths)) await publish(plane, `s-${path}`, ['H264'], path);
    rig.reconfigure({ paths: { changed: { overridePublisher: false }, same: null } });
    await rig.settled();
    expect(rig.events.slice(3).sort()).toEqual([
      'superseded s-changed: path is closing',
      'superseded s-gone: path is closing',
      'unavailable changed: path is closing',
      'unavailable gone: path is closing',
    ]);
    expect(await read(plane, 'r1', 'same')).toMatchObject({ user: '' });
    expect([...rig.control.paths.states()].map(({ name }) => name).sort()).toEqual(['changed', 'same']);
  });

  test('changes what paths take while they live', async () => {
    const plane = await open({ paths: { cam: null } });
    await publish(plane, 's1');
    rig.reconfigure({ paths: { cam: { record: true } } });
    await rig.settled();
    expect(rig.events).toEqual(['available cam']);
  });
});
