import { decodeDocument, nodeFromJson, resolveConfig } from '@mediamesh/config';
import { describe, expect, test } from 'vitest';
import { policyOf } from '../control/paths/path-policy.ts';
import { initialPathState } from '../control/paths/path-state.ts';
import type { PathState, Publisher } from '../control/paths/path-state.ts';
import { pathObjectOf } from './path-object-of.ts';

const { config } = resolveConfig(
  decodeDocument(
    nodeFromJson({
      paths: {
        backed: { source: 'rtsp://h/a', sourceBackups: ['http://h/b.m3u8', 'rtmp://h/c'] },
        slate: { alwaysAvailable: true, alwaysAvailableTracks: [{ codec: 'H264' }] },
      },
    }),
  ),
);

const rowOf = (name: string, more: Partial<PathState>) => {
  const { readySinceMs } = more.publisher ?? {};
  const since = readySinceMs === undefined ? {} : { availableSinceMs: readySinceMs };
  return pathObjectOf({ ...initialPathState(name, policyOf(config.paths.get(name)!)), ...since, ...more }, [], {
    control: { config, health: { alertsOf: () => [] } },
    wallMs: (clockMs) => clockMs,
  });
};
const publisher = (sessionId: string, more: Partial<Publisher> = {}): Publisher => ({
  epoch: 1,
  instance: 'rtsp-0',
  sessionId,
  sourceType: 'rtspSession',
  query: '',
  trackLabels: [],
  tracks: [],
  readySinceMs: 1_000,
  ...more,
});

describe('a path with a slate', () => {
  test('is available and not online while that plays', () => {
    expect(rowOf('slate', { publisher: publisher('x.slate', { sourceType: 'slate' }) })).toMatchObject({
      available: true,
      availableTime: '1970-01-01T00:00:01Z',
      online: false,
      onlineTime: null,
      source: null,
    });
  });

  test('is online since its publisher came', () => {
    expect(rowOf('slate', { publisher: publisher('p', { onlineSinceMs: 2_000 }) })).toMatchObject({
      availableTime: '1970-01-01T00:00:01Z',
      online: true,
      onlineTime: '1970-01-01T00:00:02Z',
      source: { type: 'rtspSession', id: 'p' },
    });
  });
});

test('sources with backups, and why they failed', () => {
  const feeds: PathState['feeds'] = [
    { phase: 'retrying', atMs: 5, lastError: 'EOF' },
    { phase: 'running', sourceId: 'x.1', instance: 'hls-0', sinceMs: 0 },
    { phase: 'running', sourceId: 'x.2', instance: 'rtmp-0', sinceMs: 0, standby: { sinceMs: 0, instance: 'rtmp-0' } },
  ];
  expect(rowOf('backed', { feeds, publisher: publisher('x.1', { onlineSinceMs: 1_000 }) }).sources).toEqual([
    { type: 'rtspSource', state: 'failed', error: 'EOF' },
    { type: 'hlsSource', state: 'active', error: '' },
    { type: 'rtmpSource', state: 'standby', error: '' },
  ]);
  expect(rowOf('slate', {})).not.toHaveProperty('sources');
});

test.each<readonly [string, PathState['feeds'][number], Partial<PathState>, string | null]>([
  ['one that is tried again', { phase: 'retrying', atMs: 5, lastError: 'EOF' }, {}, 'EOF'],
  ['one that is asked for nothing', { phase: 'idle', lastError: 'EOF' }, {}, null],
  ['one that was awaited in vain', { phase: 'idle', lastError: 'EOF' }, { onDemand: { phase: 'off', why: 'timed out' } }, 'EOF'],
  ['one whose stream is there', { phase: 'retrying', atMs: 5, lastError: 'EOF' }, { publisher: publisher('x.1') }, null],
])('why there is no stream, of %s', (_, feed, more, error) => {
  expect(rowOf('backed', { feeds: [feed, { phase: 'idle' }, { phase: 'idle' }], ...more }).sourceError).toBe(error);
});

test('between a publisher and the slate, the stream is there since its beginning', () => {
  const between = { availableSinceMs: 1_000, lastTracks: [{ codec: 'H264', codecProps: null }], graceUntilMs: 9_000 };
  expect(rowOf('slate', between)).toMatchObject({
    ready: true,
    readyTime: '1970-01-01T00:00:01Z',
    available: true,
    availableTime: '1970-01-01T00:00:01Z',
    online: false,
    source: null,
    tracks: ['H264'],
    tracks2: [{ codec: 'H264', codecProps: null }],
  });
});
