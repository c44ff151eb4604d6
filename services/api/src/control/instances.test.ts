import { expect, test } from 'vitest';
import { INSTANCE_SILENCE_MS, Instances } from './instances.ts';

const says = (instance: string, startedMs = 1) => ({ instance, service: 'rtsp', startedMs, sessionsRevision: 0, draining: false });

test('an instance is new once, until it was silent', () => {
  const instances = new Instances();
  expect(instances.heard(says('a'), 0)).toBe('new');
  expect(instances.heard(says('a'), 1_000)).toBe('known');
  expect(instances.takeSilent(1_000 + INSTANCE_SILENCE_MS - 1)).toEqual([]);
  expect(instances.takeSilent(1_000 + INSTANCE_SILENCE_MS).map(({ instance }) => instance)).toEqual(['a']);
  expect(instances.ids()).toEqual([]);
  expect(instances.heard(says('a'), 9_000)).toBe('new');
});

test('silence while nobody could be heard does not count', () => {
  const instances = new Instances();
  instances.heard(says('a'), 0);
  instances.excuseAll(10_000);
  expect(instances.takeSilent(10_000 + INSTANCE_SILENCE_MS - 1)).toEqual([]);
  expect(instances.takeSilent(10_000 + INSTANCE_SILENCE_MS)).toHaveLength(1);
});

test('another one under the same name', () => {
  const instances = new Instances();
  instances.heard(says('a', 1), 0);
  expect(instances.heard(says('a', 2), 1_000)).toBe('restarted');
  expect(instances.heard(says('a', 2), 2_000)).toBe('known');
});
