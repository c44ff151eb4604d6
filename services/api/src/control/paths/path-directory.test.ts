import { expect, test } from 'vitest';
import { PathDirectory } from './path-directory.ts';
import type { PathWorld } from './path-directory.ts';
import { CAMERA, POLICY } from './path-rig.cases.ts';
import type { Publisher } from './path-state.ts';

const PUBLISHER: Publisher = {
  epoch: 1,
  instance: 'gateway',
  sessionId: 'p',
  sourceType: 'rtspSession',
  query: '',
  trackLabels: ['H264'],
  tracks: [],
};

/** Records what is done, and runs timers by hand. */
class World implements PathWorld {
  readonly done: string[] = [];
  readonly lines: string[] = [];
  readonly changes: string[] = [];
  nowMs = 0;
  private ids = 0;
  private timers: { atMs: number; callback: () => void }[] = [];
  readonly clock = {
    nowMs: () => this.nowMs,
    after: (delayMs: number, callback: () => void) => {
      const timer = { atMs: this.nowMs + delayMs, callback };
      this.timers.push(timer);
      return () => void (this.timers = this.timers.filter((other) => other !== timer));
    },
  };

  advance(ms: number): void {
    this.nowMs += ms;
    for (const timer of this.timers.filter(({ atMs }) => atMs <= this.nowMs)) {
      this.timers = this.timers.filter((other) => other !== timer);
      timer.callback();
    }
  }

  freshId(): string {
    return `id-${++this.ids}`;
  }

  callSource(path: string): void {
    this.done.push(`call ${path}`);
  }

  startSource(path: string): void {
    this.done.push(`start ${path}`);
  }

  stopSource(path: string, _id: string, _instance: string, reason: string): void {
    this.done.push(`stop ${path}: ${reason}`);
  }

  available(path: string): void {
    this.done.push(`available ${path}`);
  }

  changed(path: string, state: unknown): void {
    this.changes.push(`${path} ${state === undefined ? 'gone' : 'there'}`);
  }

  unavailable(path: string): void {
    this.done.push(`unavailable ${path}`);
  }

  kickPublisher(path: string): void {
    this.done.push(`kick ${path}`);
  }

  removeEpoch(path: string): void {
    this.done.push(`remove ${path}`);
  }

  log(_level: string, path: string, message: string): void {
    this.lines.push(`${path}: ${message}`);
  }

  logSource(path: string, component: string, message: string): void {
    this.lines.push(`${path} [${component}] ${message}`);
  }
}

test('a path that nobody publishes answers, and is forgotten', async () => {
  const directory = new PathDirectory(new World());
  expect(await directory.describe('cam', POLICY, 'r', '')).toMatchObject({ kind: 'error', code: 'NO_STREAM' });
  expect(directory.state('cam')).toBeUndefined();
});

test('one timer serves all paths, in order of their deadlines', async () => {
  const world = new World();
  const directory = new PathDirectory(world);
  const onDemand = { ...POLICY, source: 'static', feeds: [CAMERA], sourceOnDemand: true } as const;
  const first = directory.describe('a', { ...onDemand, startTimeoutMs: 2_000 }, 'ra', '');
  const second = directory.describe('b', { ...onDemand, startTimeoutMs: 1_000 }, 'rb', '');
  world.advance(1_000);
  expect(await second).toMatchObject({ code: 'SOURCE_TIMED_OUT' });
  expect(world.done).toEqual(['start a', 'start b']);
  world.advance(1_000);
  expect(await first).toMatchObject({ code: 'SOURCE_TIMED_OUT' });
  expect([...directory.states()]).toEqual([]);
});

test('ready of a publisher that has lost its path is refused', async () => {
  const world = new World();
  const directory = new PathDirectory(world);
  expect(await directory.publish('cam', POLICY, 'r', PUBLISHER)).toEqual({ kind: 'published', epoch: 1 });
  expect(() => directory.ready('cam', 9, [])).toThrow("another publisher has taken the path 'cam'");
  directory.ready('cam', 1, []);
  expect(world.done).toEqual(['available cam']);
});

test('stepping down refuses what is on hold, and ends no stream', async () => {
  const world = new World();
  const directory = new PathDirectory(world);
  const waiting = directory.describe('a', { ...POLICY, source: 'static', feeds: [CAMERA], sourceOnDemand: true }, 'r', '');
  directory.forgetAll('another replica leads');
  expect(await waiting).toEqual({ kind: 'error', code: 'NOT_LEADER', message: 'another replica leads' });
  expect(world.done).toEqual(['start a']);
});

test('a path that a gateway tells of starts no second source', () => {
  const world = new World();
  const directory = new PathDirectory(world);
  const policy = { ...POLICY, source: 'static', feeds: [CAMERA], permanent: true } as const;
  directory.restore('cam', policy, { type: 'restorePublisher', publisher: { ...PUBLISHER, readySinceMs: 0 }, standby: false });
  directory.tell('cam', { type: 'configure', policy });
  expect(world.done).toEqual([]);
  expect(directory.state('cam')?.feeds).toEqual([{ phase: 'running', sourceId: 'p', instance: 'gateway', sinceMs: 0 }]);
});

test('a path of which only readers are told starts its source when the configuration names it', () => {
  const world = new World();
  const directory = new PathDirectory(world);
  const policy = { ...POLICY, source: 'static', feeds: [CAMERA], permanent: true } as const;
  directory.restore('cam', policy, {
    type: 'restoreReader',
    reader: { instance: 'gateway', sessionId: 'r', type: 'rtspSession', query: '' },
    epoch: 4,
  });
  expect(world.done).toEqual([]);
  directory.tell('cam', { type: 'configure', policy });
  expect(world.done).toEqual(['start cam']);
});

test('asking again lets go of the request before', async () => {
  const directory = new PathDirectory(new World());
  const policy = { ...POLICY, source: 'static', feeds: [CAMERA], sourceOnDemand: true } as const;
  const first = directory.describe('a', policy, 'r', '');
  const second = directory.describe('a', policy, 'r', '');
  expect(await first).toMatchObject({ code: 'TERMINATED' });
  directory.close('a', 'path is closing');
  expect(await second).toMatchObject({ code: 'TERMINATED', message: 'terminated' });
});

test('the life of a path in the log', async () => {
  const world = new World();
  const directory = new PathDirectory(world);
  await directory.describe('cam', POLICY, 'r', '');
  directory.ensure('own', { ...POLICY, source: 'static', feeds: [CAMERA], permanent: true });
  directory.close('own', 'path is closing');
  directory.close('own', 'path is closing');
  expect(world.lines).toEqual([
    'cam: created',
    'cam: destroyed: not in use',
    'own: created',
    'own [RTSP source] started',
    'own [RTSP source] stopped: path is closing',
    'own: destroyed: path is closing',
  ]);
});

test('a deadline that is given up wakes the timer for nothing, and the next is kept', async () => {
  const world = new World();
  const directory = new PathDirectory(world);
  const onDemand = { ...POLICY, source: 'static', feeds: [CAMERA], sourceOnDemand: true } as const;
  const first = directory.describe('a', { ...onDemand, startTimeoutMs: 1_000 }, 'ra', '');
  const second = directory.describe('b', { ...onDemand, startTimeoutMs: 2_000 }, 'rb', '');
  directory.close('a', 'path is closing');
  await first;
  world.advance(1_000);
  world.advance(1_000);
  expect(await second).toMatchObject({ code: 'SOURCE_TIMED_OUT' });
});
