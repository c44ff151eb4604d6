import { expect, test } from 'vitest';
import { EventFeed, MAX_KEPT_EVENTS } from './event-feed.ts';

const draft = (path: string) => ({ kind: 'path.unavailable', path, data: {} }) as const;

function feed(): EventFeed {
  const made = new EventFeed({ now: () => '2026-01-01T00:00:00.000Z' });
  made.begin(7, []);
  return made;
}

test('events have ids that grow within a term', () => {
  const events = feed();
  const heard: string[] = [];
  const stop = events.listen(({ id, path }) => heard.push(`${id} ${path}`));
  events.publish(draft('a'));
  events.publish(draft('b'));
  stop();
  events.publish(draft('c'));
  expect(heard).toEqual(['7-1 a', '7-2 b']);
});

test('who comes back gets what was missed', () => {
  const events = feed();
  for (const path of ['a', 'b', 'c']) events.publish(draft(path));
  const missed = (id: string): readonly string[] | undefined => events.after(id)?.map(({ path }) => path);
  expect(missed('7-1')).toEqual(['b', 'c']);
  expect(missed('7-3')).toEqual([]);
  expect(missed('7-0')).toEqual(['a', 'b', 'c']);
  for (const unknown of ['7-4', '6-1', 'x', '', '7-', '7-1-1']) expect(missed(unknown)).toBeUndefined();
});

test('not more are kept than is allowed', () => {
  const events = feed();
  const count = 3 * MAX_KEPT_EVENTS;
  for (let i = 1; i <= count; i++) events.publish(draft(String(i)));
  expect(events.after('7-1')).toBeUndefined();
  expect(events.after(`7-${count - MAX_KEPT_EVENTS}`)).toHaveLength(MAX_KEPT_EVENTS);
});

test('nothing is told while another replica leads, and a new term begins anew', () => {
  const events = feed();
  const heard: string[] = [];
  events.listen(({ id }) => heard.push(id));
  events.publish(draft('a'));
  events.stepDown();
  events.publish(draft('b'));
  events.begin(9, []);
  events.publish(draft('c'));
  expect(heard).toEqual(['7-1', '9-1']);
  expect(events.after('7-1')).toBeUndefined();
});
