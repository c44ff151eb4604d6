import { expect, test } from 'vitest';
import { INSTANCE_SILENCE_MS, Instances } from './instances.ts';

const says = (instance: string) => ({ instance, service: 'rtsp', sessionsRevision: 0, draining: false });

test('an instance is new once, until it was silent', () => {
  const instances = new Instances();
  expect(instances.heard(says('a'), 0)).toBe(true);
  expect(instances.heard(says('a'), 1_000)).toBe(false);
  expect(instances.takeSilent(1_000 + INSTANCE_SILENCE_MS - 1)).toEqual([]);
  expect(instances.takeSilent(1_000 + INSTANCE_SILENCE_MS).map(({ instance }) => instance)).toEqual(['a']);
  expect(instances.ids()).toEqual([]);
  expect(instances.heard(says('a'), 9_000)).toBe(true);
});

test('silence while nobody could be heard does not count', () => {
  const instances = new Instances();
  instances.heard(says('a'), 0);
  instances.excuseAll(10_000);
  expect(instances.takeSilent(10_000 + INSTANCE_SILENCE_MS - 1)).toEqual([]);
  expect(instances.takeSilent(10_000 + INSTANCE_SILENCE_MS)).toHaveLength(1);
});
