import type { ControlPlane } from '@mediamesh/gateway';
import { afterEach, expect, test } from 'vitest';
import { ControlRig, turnsUntil } from '../control-rig.cases.ts';
import { INSTANCE_SILENCE_MS } from '../instances.ts';
import type { TestForwarder } from '../testing/test-forwarder.ts';

const A = { dest: 'rtmp://a/live/$MTX_PATH' };
const B = { dest: 'rtmp://b/live/$G1', destFingerprint: 'ff' };
const pushing = (...forward: object[]): object => ({ paths: { '~^cam(.*)$': { forward } } });

let rig: ControlRig;

afterEach(() => rig.close());

async function open(config: object): Promise<{ plane: ControlPlane; gateway: TestForwarder }> {
  rig = await ControlRig.open(config);
  const plane = rig.plane('g1');
  const gateway = await rig.forwarder('f1');
  rig.announce('f1', { service: 'rtmp' });
  await rig.settled();
  await lead(7, gateway.plane);
  return { plane, gateway };
}

async function lead(term: number, ...planes: ControlPlane[]): Promise<void> {
  rig.control.lead(term);
  for (const plane of planes) await plane.snapshot({ service: 'any', page: 0, last: true, publishers: [], readers: [] });
  await rig.settled();
}

async function publish(plane: ControlPlane): Promise<void> {
  const request = { path: 'cam7', sessionId: 'p1', sourceType: 'rtspSession', query: '', user: '', trackLabels: ['H264'] };
  const { epoch } = await plane.publish(request);
  await plane.ready('cam7', epoch, 'p1', [{ codec: 'H264', codecProps: null }]);
}

const urls = ({ running }: TestForwarder): string[] => [...running.values()].map(({ url }) => url).sort();

test('a stream is pushed to each destination, as long as it is there', async () => {
  const { plane, gateway } = await open(pushing(A, B));
  await publish(plane);
  await turnsUntil(() => gateway.running.size === 2);
  expect([...gateway.running.values()]).toMatchObject([
    { path: 'cam7', position: 1, dest: A.dest, url: 'rtmp://a/live/cam7', fingerprint: '', settings: { confName: '~^cam(.*)$' } },
    { path: 'cam7', position: 2, dest: B.dest, url: 'rtmp://b/live/7', fingerprint: 'ff' },
  ]);
  expect(rig.control.forwards.of('cam7').map(({ id }) => id)).toEqual([...gateway.running.keys()]);
  await plane.leave('cam7', 'p1', 'EOF');
  await turnsUntil(() => gateway.running.size === 0);
  expect(rig.control.forwards.of('cam7')).toEqual([]); // the path is gone
});

test('entries that stay keep their ids, whatever comes and goes beside them', async () => {
  const { plane, gateway } = await open(pushing(A));
  await publish(plane);
  await turnsUntil(() => gateway.running.size === 1);
  const [id] = gateway.running.keys();
  rig.reconfigure(pushing(B, A));
  await turnsUntil(() => gateway.running.size === 2);
  expect(rig.control.forwards.of('cam7').map(({ id: each, position }) => [each === id, position])).toEqual([
    [false, 1],
    [true, 2],
  ]);
  rig.reconfigure(pushing(B));
  await turnsUntil(() => gateway.running.size === 1);
  expect(urls(gateway)).toEqual(['rtmp://b/live/7']);
});

test('one whose gateway comes late, or is lost, is given to another', async () => {
  const { plane, gateway } = await open(pushing(A));
  await publish(plane);
  await turnsUntil(() => gateway.running.size === 1);
  rig.clock.advance(INSTANCE_SILENCE_MS - 1);
  await rig.settled();
  gateway.running.clear();
  rig.clock.advance(1_000); // f1 is silent
  await rig.settled();
  expect(gateway.running.size).toBe(0);
  rig.announce('f1', { service: 'rtmp' });
  await turnsUntil(() => gateway.running.size === 1);
});

test('another leader takes over what runs, and stops what is over', async () => {
  const { plane, gateway } = await open(pushing(A));
  await publish(plane);
  await turnsUntil(() => gateway.running.size === 1);
  const [id] = gateway.running.keys();
  const [order] = gateway.running.values();
  gateway.running.set('stale', { ...order!, forwardId: 'stale', path: 'camgone' });
  rig.control.stepDown('test');
  rig.control.lead(8);
  const held = { path: 'cam7', epoch: order!.epoch, sessionId: 'p1', sourceType: 'rtspSession', query: '', ready: true };
  await plane.snapshot({ service: 'rtsp', page: 0, last: true, publishers: [{ ...held, trackLabels: ['H264'], tracks: [] }], readers: [] });
  await gateway.plane.snapshot({ service: 'rtmp', page: 0, last: true, publishers: [], readers: [] });
  await turnsUntil(() => !gateway.running.has('stale'));
  await rig.settled();
  expect([...gateway.running.keys()]).toEqual([id]);
  expect(rig.control.forwards.of('cam7').map(({ id: each }) => each)).toEqual([id]);
});
