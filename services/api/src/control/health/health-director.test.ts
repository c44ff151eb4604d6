import type { TrackHealth } from '@mediamesh/contracts';
import type { ControlPlane, Gateway } from '@mediamesh/gateway';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlRig } from '../control-rig.cases.ts';
import type { ControlEvent } from '../events/control-event.ts';
import { video } from './health.cases.ts';

const WATCHED = { paths: { cam: { healthAlerts: { maxSilence: '1s' } }, all_others: null } };

let rig: ControlRig;
let plane: ControlPlane;
let gateway: Gateway;
let alerts: ControlEvent[];
/** By path. */
let health: Record<string, TrackHealth>;

beforeEach(async () => {
  alerts = [];
  health = { cam: video() };
  rig = await ControlRig.open(WATCHED);
  lead(7);
  gateway = await rig.gateway('g1');
  plane = rig.plane('g1');
});
afterEach(() => rig.close());

function lead(term: number): void {
  rig.control.events.listen((event) => {
    if (event.kind.startsWith('alert.')) alerts.push(event);
  });
  rig.control.lead(term);
}

async function publish(path: string): Promise<void> {
  const publisher = { path, sessionId: path, sourceType: 'rtspSession', query: '', trackLabels: [] };
  const { epoch } = await plane.publish({ ...publisher, user: '' });
  gateway.held.addPublisher({
    ...publisher,
    epoch,
    ready: true,
    inboundBytes: 0,
    framesInError: 0,
    tracks: () => [],
    health: () => [health[path]!],
    standsBy: false,
    waits: false,
    call: () => {},
    requestKeyFrame: () => {},
    supersede: () => {},
  });
  await plane.ready(path, epoch, path, []);
}

async function leave(path: string): Promise<void> {
  gateway.held.remove(path);
  await plane.leave(path, path, 'EOF');
}

/** With a look each. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    rig.announce('g1');
    await rig.settled();
    rig.clock.advance(1_000);
    await rig.settled();
  }
}

const told = (): readonly unknown[] => alerts.map(({ kind, path, data }) => [kind, path, data['alert']]);
const logged = (): readonly string[] => rig.lines('alert ').map((line) => line.replace(/^(\w+) .*(alert )/, '$1 $2'));

test('a stream that falls silent, and returns: an event and a line each', async () => {
  await publish('cam');
  await pass(5);
  health['cam'] = video({ silenceMs: 4_000 });
  await pass(10);
  expect(rig.control.health.alertsOf('cam')).toEqual(['maxSilence']);
  health['cam'] = video();
  await pass(10);
  expect(alerts.map(({ kind, path, data }) => [kind, path, data])).toEqual([
    ['alert.raised', 'cam', { alert: 'maxSilence', value: 4_000, limit: 1_000, message: 'nothing has come for 4 s, the limit is 1 s' }],
    ['alert.cleared', 'cam', { alert: 'maxSilence', message: 'healthy again' }],
  ]);
  expect(logged()).toEqual([
    'warn alert maxSilence: nothing has come for 4 s, the limit is 1 s',
    'info alert maxSilence is over: healthy again',
  ]);
  expect(rig.control.health.alertsOf('cam')).toEqual([]);
});

test('paths without limits are not asked about', async () => {
  health['other'] = video({ silenceMs: 90_000 });
  await publish('other');
  await pass(5);
  expect(told()).toEqual([]);
});

describe('a raised alert', () => {
  beforeEach(async () => {
    health['cam'] = video({ silenceMs: 4_000 });
    await publish('cam');
    await pass(4);
    expect(told()).toEqual([['alert.raised', 'cam', 'maxSilence']]);
    alerts = [];
  });

  test('ends with the stream', async () => {
    await leave('cam');
    await pass(1);
    expect(alerts.map(({ data }) => data)).toEqual([{ alert: 'maxSilence', message: 'the stream has ended' }]);
  });

  test('ends when the path has no limits any more', async () => {
    rig.reconfigure({ paths: { cam: null, all_others: null } });
    await pass(1);
    expect(alerts.map(({ data }) => data)).toEqual([{ alert: 'maxSilence', message: 'no limit any more' }]);
  });

  test('stays for a publisher that takes over', async () => {
    gateway.held.remove('cam');
    await publish('cam');
    await pass(5);
    expect(told()).toEqual([]);
    expect(rig.control.health.alertsOf('cam')).toEqual(['maxSilence']);
  });

  test('stays while its gateway says nothing of the stream', async () => {
    gateway.held.remove('cam');
    await pass(10);
    expect(rig.control.health.alertsOf('cam')).toEqual(['maxSilence']);
  });

  describe('is known to the next leader', () => {
    beforeEach(async () => {
      rig.control.stepDown('another leads');
      expect(rig.control.health.alertsOf('cam')).toEqual([]);
      rig.control.lead(8);
      await gateway.tellAll();
    });

    test('who does not raise it again, and clears it once', async () => {
      await pass(5);
      expect(told()).toEqual([]);
      expect(rig.control.health.alertsOf('cam')).toEqual(['maxSilence']);
      health['cam'] = video();
      await pass(10);
      expect(told()).toEqual([['alert.cleared', 'cam', 'maxSilence']]);
    });

    test('who clears it when the stream has ended meanwhile', async () => {
      await leave('cam');
      await pass(3);
      expect(alerts.map(({ data }) => data)).toEqual([{ alert: 'maxSilence', message: 'the stream has ended' }]);
    });
  });

  test('that is cleared is not known to the next leader', async () => {
    health['cam'] = video();
    await pass(10);
    alerts = [];
    rig.control.stepDown('another leads');
    rig.control.lead(8);
    await gateway.tellAll();
    await pass(5);
    expect(told()).toEqual([]);
    expect(rig.control.health.alertsOf('cam')).toEqual([]);
  });
});
