import { ControlError } from '@mediamesh/contracts';
import type { AccessRequest } from '@mediamesh/contracts';
import { InProcessWire } from '@mediamesh/platform';
import { waitForImmediate } from './stream.cases.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControlPlane } from './control-plane.ts';
import { SETTINGS, TestControl } from './testing/test-control.ts';
import type { ControlScript } from './testing/test-control.ts';
import { TestGateway } from './testing/test-gateway.ts';

const ACCESS: AccessRequest = {
  action: 'read',
  path: 'cam',
  query: '',
  protocol: 'rtsp',
  id: null,
  ip: '127.0.0.1',
  userAgent: '',
  credentials: { user: '', pass: '', token: '' },
  canAsk: false,
  digest: false,
  authorized: false,
};
const READER = { type: 'rtspSession', id: 'r1' } as const;
const never = (): Promise<never> => new Promise(() => {});

let control: TestControl;
let script: ControlScript;
let side: TestGateway;
let plane: ControlPlane;
let gone: AbortController;

beforeEach(async () => {
  const wire = new InProcessWire();
  control = await TestControl.open(wire);
  script = control.script;
  side = await TestGateway.open(wire);
  plane = side.gateway.control;
  gone = new AbortController();
});

afterEach(async () => {
  await side.close();
  await control.close();
});

describe('requests on hold', () => {
  test('are answered', async () => {
    script.epoch = 3;
    expect(await plane.read(ACCESS, READER, gone.signal)).toEqual({ epoch: 3, user: '', settings: SETTINGS });
    expect(await plane.describe(ACCESS, gone.signal)).toMatchObject({ kind: 'stream', epoch: 3 });
  });

  test('are asked again, with the same id, when another leader says hello', async () => {
    script.read = never;
    const reading = plane.read(ACCESS, READER, gone.signal);
    await waitForImmediate(() => script.heard.length === 1);
    script.read = () => ({ epoch: 9, user: '', settings: SETTINGS });
    expect(plane.hello(2)).toBe(true);
    expect((await reading).epoch).toBe(9);
    expect(script.heard).toEqual(['read cam r1', 'read cam r1']);
  });

  test('are not asked again when the same leader says hello', async () => {
    plane.hello(2);
    const { promise, resolve } = Promise.withResolvers<{ epoch: number; user: string; settings: typeof SETTINGS }>();
    script.read = () => promise;
    const reading = plane.read(ACCESS, READER, gone.signal);
    await waitForImmediate(() => script.heard.length === 1);
    expect(plane.hello(2)).toBe(true);
    expect(plane.hello(1)).toBe(false);
    resolve({ epoch: 4, user: '', settings: SETTINGS });
    expect((await reading).epoch).toBe(4);
    expect(script.heard).toEqual(['read cam r1']);
  });

  test('that a leader refuses as it steps down wait for the next', async () => {
    script.read = () => {
      throw new ControlError('NOT_LEADER', 'this replica leads no longer');
    };
    const reading = plane.read(ACCESS, READER, gone.signal);
    await waitForImmediate(() => script.heard.length === 1);
    script.read = () => ({ epoch: 9, user: '', settings: SETTINGS });
    plane.hello(2);
    expect((await reading).epoch).toBe(9);
  });

  test.each([
    ['while they wait', never],
    [
      'while no one leads',
      () => {
        throw new ControlError('NOT_LEADER', 'this replica leads no longer');
      },
    ],
  ])('end when the client is gone %s, and are not asked again', async (_, answer) => {
    script.read = answer;
    const reading = plane.read(ACCESS, READER, gone.signal);
    await waitForImmediate(() => script.heard.length === 1);
    gone.abort();
    await expect(reading).rejects.toBeInstanceOf(ControlError);
    plane.hello(2);
    await plane.config();
    expect(script.heard).toEqual(['read cam r1']);
  });

  test('are refused as control says', async () => {
    script.read = () => {
      throw new ControlError('MAX_READERS', 'maximum reader count reached');
    };
    await expect(plane.read(ACCESS, READER, gone.signal)).rejects.toMatchObject({ code: 'MAX_READERS' });
  });

  test('fail at once when nobody leads', async () => {
    await control.setLeading(false);
    await expect(plane.describe(ACCESS, gone.signal)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('leaves that control does not hear', () => {
  test('are said again, once', async () => {
    await control.setLeading(false);
    await plane.leave('cam', 'r1', 'EOF');
    await plane.repeatLeaves();
    await control.setLeading(true);
    await plane.repeatLeaves();
    await plane.repeatLeaves();
    expect(script.heard).toEqual(['leave cam r1: EOF']);
  });

  test('are not said again to a leader that came later: it knows what it is told', async () => {
    await control.setLeading(false);
    await plane.leave('cam', 'r1', 'EOF');
    plane.hello(2);
    await control.setLeading(true);
    await plane.repeatLeaves();
    expect(script.heard).toEqual([]);
  });

  test('are not said again when the session has come back', async () => {
    await control.setLeading(false);
    await plane.leave('cam', 'r1', 'paused');
    await plane.leave('cam', 's1', 'paused');
    await control.setLeading(true);
    await plane.read(ACCESS, READER, gone.signal);
    await plane.publish({ path: 'cam', sessionId: 's1', sourceType: 'rtspSession', query: '', user: '', trackLabels: [] });
    await plane.repeatLeaves();
    expect(script.heard).toEqual(['read cam r1', 'publish cam s1 []']);
  });
});
