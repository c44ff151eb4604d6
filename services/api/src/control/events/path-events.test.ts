import { decodeDocument, nodeFromJson, resolveConfig } from '@mediamesh/config';
import { expect, test } from 'vitest';
import { policyOf } from '../paths/path-policy.ts';
import { initialPathState } from '../paths/path-state.ts';
import type { PathState, Publisher, Reader } from '../paths/path-state.ts';
import { pathEvents } from './path-events.ts';

const { config } = resolveConfig(decodeDocument(nodeFromJson({ paths: { all_others: null } })));
const EMPTY = initialPathState('cam', policyOf(config.paths.get('all_others')!));
const RESERVED: Publisher = {
  epoch: 1,
  instance: 'rtsp-0',
  sessionId: 'p1',
  sourceType: 'rtspSession',
  query: '',
  trackLabels: [],
  tracks: [{ codec: 'H264', codecProps: null }],
};
const READY: Publisher = { ...RESERVED, readySinceMs: 5 };
const SLATE: Publisher = { ...READY, sessionId: 's', sourceType: 'slate' };
const NEXT: Publisher = { ...READY, epoch: 2, sessionId: 'p2' };
const reader = (sessionId: string, type: Reader['type'] = 'rtspSession'): [string, Reader] => [
  sessionId,
  { instance: 'rtsp-0', sessionId, type, query: '' },
];
const state = (more: Partial<PathState>): PathState => ({ ...EMPTY, ...more });

const opened = (id: string, action = 'publish') => ['session.opened', { action, type: 'rtspSession', id }];
const closed = (id: string, action = 'publish') => ['session.closed', { action, type: 'rtspSession', id }];
const available = (id: string) => ['path.available', { sourceType: 'rtspSession', sourceId: id, tracks: ['H264'] }];

test.each<[string, PathState | undefined, PathState | undefined, unknown[]]>([
  ['a path that begins', undefined, EMPTY, []],
  ['a path that is reserved', EMPTY, state({ publisher: RESERVED }), []],
  ['a stream', state({ publisher: RESERVED }), state({ publisher: READY }), [opened('p1'), available('p1')]],
  ['its end', state({ publisher: READY }), EMPTY, [['path.unavailable', {}], closed('p1')]],
  ['the end of the path', state({ publisher: READY }), undefined, [['path.unavailable', {}], closed('p1')]],
  ['another publisher', state({ publisher: READY }), state({ publisher: NEXT }), [closed('p1'), opened('p2'), available('p2')]],
  ['a publisher that can return', state({ publisher: READY, availableSinceMs: 5 }), state({ availableSinceMs: 5 }), [closed('p1')]],
  ['one that does not', state({ availableSinceMs: 5 }), EMPTY, [['path.unavailable', {}]]],
  [
    'a slate',
    EMPTY,
    state({ publisher: SLATE, availableSinceMs: 5 }),
    [['path.available', { sourceType: 'slate', sourceId: 's', tracks: ['H264'] }]],
  ],
  ['the slate again', state({ availableSinceMs: 5 }), state({ publisher: SLATE, availableSinceMs: 5 }), []],
  ['a publisher after the slate', state({ publisher: SLATE }), state({ publisher: NEXT }), [opened('p2'), available('p2')]],
  ['the first source', EMPTY, state({ lastSource: 0 }), []],
  ['a backup', state({ lastSource: 0 }), state({ lastSource: 1 }), [['source.switched', { source: 1 }]]],
  ['nothing', state({ publisher: READY }), state({ publisher: { ...READY } }), []],
  ['a reader', EMPTY, state({ readers: new Map([reader('r1')]) }), [opened('r1', 'read')]],
  [
    'readers that change',
    state({ readers: new Map([reader('r1'), reader('r2')]) }),
    state({ readers: new Map([reader('r2'), reader('r3')]) }),
    [closed('r1', 'read'), opened('r3', 'read')],
  ],
  ['a muxer, which is not a client', EMPTY, state({ readers: new Map([reader('m', 'hlsMuxer')]) }), []],
])('%s', (_, before, after, expected) => {
  const events = pathEvents('cam', before, after);
  expect(events.map(({ kind, data }) => [kind, data])).toEqual(expected);
  expect(events.every(({ path }) => path === 'cam')).toBe(true);
});
