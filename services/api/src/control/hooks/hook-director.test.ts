import type { ControlPlane } from '@mediamesh/gateway';
import { afterEach, describe, expect, test } from 'vitest';
import { ControlRig, access, turnsUntil } from '../control-rig.cases.ts';
import { INSTANCE_SILENCE_MS } from '../instances.ts';
import type { TestRunner } from '../testing/test-runner.ts';

const HOOKED = {
  runOnConnect: 'a',
  runOnConnectRestart: true,
  paths: { cam: { runOnInit: 'a', runOnRead: 'a', runOnUnread: 'b', runOnDemand: 'c', runOnAvailable: 'd' } },
};
const here = new AbortController().signal;

let rig: ControlRig;

afterEach(() => rig.close());

async function open(config: object = HOOKED): Promise<ControlPlane> {
  rig = await ControlRig.open(config);
  rig.announce('g1');
  return rig.plane('g1');
}

async function runner(name: string): Promise<TestRunner> {
  const made = await rig.runner(name);
  rig.announce(name, { service: 'hooks' });
  await rig.settled();
  return made;
}

/** It leads, and knows what runs. */
async function lead(term: number, ...planes: ControlPlane[]): Promise<void> {
  rig.control.lead(term);
  for (const plane of planes) await plane.snapshot({ service: 'any', page: 0, last: true, publishers: [], readers: [] });
  await rig.settled();
}

async function publish(plane: ControlPlane, sessionId: string): Promise<void> {
  const { epoch } = await plane.publish({ path: 'cam', sessionId, sourceType: 'rtspSession', query: '', user: '', trackLabels: ['H264'] });
  await plane.ready('cam', epoch, sessionId, [{ codec: 'H264', codecProps: null }]);
}

const running = (of: TestRunner): string[] => [...of.running.keys()].sort();

describe('what runs follows from what happens', () => {
  test('a path, its stream and its readers', async () => {
    const plane = await open();
    const hooks = await runner('h1');
    await lead(7, plane, hooks.plane);
    await turnsUntil(() => hooks.running.has('init cam '));
    const reading = plane.read(access('cam', { query: 'a=b' }), { type: 'rtspSession', id: 'r1' }, here);
    await turnsUntil(() => hooks.running.has('demand cam '));
    expect(hooks.running.get('demand cam ')?.environment).toMatchObject({ MTX_PATH: 'cam', MTX_QUERY: 'a%3Db', RTSP_PORT: '8554' });
    await publish(plane, 'p1');
    await reading;
    await turnsUntil(() => hooks.running.size === 4);
    expect(running(hooks)).toEqual([expect.stringMatching(/^available cam \d+$/), 'demand cam ', 'init cam ', 'read cam r1']);
    await plane.leave('cam', 'r1', 'torn down');
    await turnsUntil(() => !hooks.running.has('read cam r1'));
    for (let second = 0; second < 10; second++) {
      rig.announce('g1');
      rig.announce('h1', { service: 'hooks' });
      await rig.settled();
      rig.clock.advance(1_000);
    }
    await turnsUntil(() => !hooks.running.has('demand cam '));
    expect(hooks.told).toContain('stop demand cam : not needed by anyone');
    await plane.leave('cam', 'p1', 'EOF');
    await turnsUntil(() => hooks.running.size === 1);
    rig.reconfigure({ paths: { other: null } });
    await turnsUntil(() => hooks.running.size === 0);
  });

  test('a connection', async () => {
    const plane = await open();
    const hooks = await runner('h1');
    await lead(7, plane, hooks.plane);
    const { hooks: director } = rig.control;
    director.connectionOpened({ instance: plane.instance, type: 'rtspConn', id: 'c1', components: ['RTSP', 'conn 1.2.3.4:5'] });
    await turnsUntil(() => hooks.running.has('connect c1'));
    expect(hooks.running.get('connect c1')).toEqual({
      hookId: 'connect c1',
      owner: { instance: plane.instance },
      during: { hook: 'runOnConnect', command: 'a', restart: true },
      after: { hook: 'runOnDisconnect', command: '', restart: false },
      environment: { RTSP_PORT: '8554', MTX_CONN_TYPE: 'rtspConn', MTX_CONN_ID: 'c1' },
      components: ['RTSP', 'conn 1.2.3.4:5'],
    });
    director.connectionClosed('c1');
    await turnsUntil(() => !hooks.running.has('connect c1'));
  });

  test('a connection that is opened before the leader knows what runs', async () => {
    const plane = await open();
    const hooks = await runner('h1');
    const { hooks: director } = rig.control;
    const connection = (id: string) => ({ instance: plane.instance, type: 'rtspConn', id, components: [] });
    rig.control.lead(7);
    for (const id of ['c1', 'c2', 'c1']) director.connectionOpened(connection(id));
    director.connectionClosed('c2');
    for (const each of [plane, hooks.plane]) await each.snapshot({ service: 'any', page: 0, last: true, publishers: [], readers: [] });
    await turnsUntil(() => hooks.running.has('connect c1'));
    director.connectionOpened(connection('c1'));
    await rig.settled();
    expect(hooks.told.filter((line) => line.includes('connect'))).toEqual(['start connect c1']);
  });

  test('a connection ends with its gateway', async () => {
    const plane = await open();
    const hooks = await runner('h1');
    await lead(7, plane, hooks.plane);
    rig.control.hooks.connectionOpened({ instance: plane.instance, type: 'rtspConn', id: 'c1', components: [] });
    await turnsUntil(() => hooks.running.has('connect c1'));
    rig.clock.advance(INSTANCE_SILENCE_MS - 1);
    rig.announce('h1', { service: 'hooks' });
    await rig.settled();
    rig.clock.advance(1_000);
    await turnsUntil(() => !hooks.running.has('connect c1'));
  });
});

describe('runners', () => {
  test('one that comes late is given what waits', async () => {
    await lead(7, await open());
    const hooks = await runner('h1');
    await turnsUntil(() => hooks.running.has('init cam '));
  });

  test('another one takes over from one that is lost', async () => {
    const plane = await open();
    const first = await runner('h1');
    await lead(7, plane, first.plane);
    await turnsUntil(() => first.running.has('init cam '));
    const second = await runner('h2');
    rig.clock.advance(INSTANCE_SILENCE_MS - 1);
    rig.announce('g1');
    rig.announce('h2', { service: 'hooks' });
    await rig.settled();
    first.told.length = 0;
    rig.clock.advance(1_000);
    // Both still answer here: the queue gives it to either.
    await turnsUntil(() => [...first.told, ...second.told].includes('start init cam '));
  });
});

describe('another leader', () => {
  test('takes over what runs, and ends what is over', async () => {
    const plane = await open();
    const hooks = await runner('h1');
    await lead(7, plane, hooks.plane);
    rig.control.hooks.connectionOpened({ instance: plane.instance, type: 'rtspConn', id: 'c1', components: [] });
    rig.control.hooks.connectionOpened({ instance: 'rtsp-gone', type: 'rtspConn', id: 'c2', components: [] });
    const reading = plane.read(access('cam'), { type: 'rtspSession', id: 'r1' }, here);
    await publish(plane, 'p1');
    await reading;
    await turnsUntil(() => hooks.running.size === 6);
    rig.control.stepDown('test');
    hooks.told.length = 0;
    rig.control.lead(8);
    const readers = [{ path: 'cam', epoch: 1, sessionId: 'r1', type: 'rtspSession' as const }];
    await plane.snapshot({ service: 'rtsp', page: 0, last: true, publishers: [], readers });
    await hooks.plane.snapshot({ service: 'hooks', page: 0, last: true, publishers: [], readers: [] });
    await turnsUntil(() => hooks.told.length >= 2);
    await rig.settled();
    // Nothing is started twice; the publisher is gone, as is the gateway of a connection.
    expect(hooks.told.filter((line) => line.startsWith('start'))).toEqual([]);
    expect(running(hooks)).toEqual(expect.arrayContaining(['connect c1', 'init cam ']));
    expect(running(hooks)).not.toContain('connect c2');
    rig.control.hooks.connectionClosed('c1');
    await turnsUntil(() => !hooks.running.has('connect c1'));
  });
});
