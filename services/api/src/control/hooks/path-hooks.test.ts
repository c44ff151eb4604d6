import { decodeDocument, nodeFromJson, resolveConfig } from '@mediamesh/config';
import type { JsonObject } from '@mediamesh/config';
import { describe, expect, test } from 'vitest';
import { policyOf } from '../paths/path-policy.ts';
import { initialPathState } from '../paths/path-state.ts';
import type { PathState, Publisher, Reader } from '../paths/path-state.ts';
import { hasPathHooks, pathHooks } from './path-hooks.ts';

const PUBLISHER: Publisher = {
  epoch: 7,
  instance: 'rtsp-0',
  sessionId: 'p-1',
  sourceType: 'rtspSession',
  query: 'user=a&pass=b c',
  trackLabels: ['H264'],
  tracks: [],
  readySinceMs: 1,
};
const READER: Reader = { instance: 'hls-0', sessionId: 'r-1', type: 'hlsSession', query: '$(touch x)`id`\'"\n;é*' };

function hooksOf(keys: JsonObject, state: Partial<PathState> = {}, name = 'cam', entry = name): ReturnType<typeof pathHooks> {
  const { config } = resolveConfig(decodeDocument(nodeFromJson({ paths: { [entry]: keys } })));
  const path = config.paths.get(entry)!;
  const captures = name === entry ? [] : name.split('/');
  return pathHooks({ ...initialPathState(name, policyOf(path)), ...state }, { config: path, captures, rtspPort: '8554' });
}

const BASE = { MTX_PATH: 'cam', RTSP_PATH: 'cam', RTSP_PORT: '8554' };

describe('pathHooks', () => {
  test('runOnInit runs as long as the path is there', () => {
    expect([...hooksOf({ runOnInit: 'a', runOnInitRestart: true }).values()]).toEqual([
      {
        hookId: 'init cam ',
        owner: { path: 'cam' },
        during: { hook: 'runOnInit', command: 'a', restart: true },
        environment: BASE,
        components: ['path cam'],
      },
    ]);
  });

  test('runOnDemand runs while it is wanted, with the query of the first request', () => {
    const keys = { runOnDemand: 'a', runOnUnDemand: 'b' };
    expect(hooksOf(keys).size).toBe(0);
    const [hook] = hooksOf(keys, { onDemand: { phase: 'waitingReady', deadlineMs: 0 }, query: 'a=b' }).values();
    expect(hook).toMatchObject({
      during: { hook: 'runOnDemand', command: 'a' },
      after: { hook: 'runOnUnDemand', command: 'b' },
      environment: { ...BASE, MTX_QUERY: 'a%3Db' },
    });
  });

  test('runOnAvailable and runOnOnline run while there is a stream, once for each', () => {
    const keys = { runOnAvailable: 'a', runOnUnavailable: 'b', runOnOffline: 'c' };
    expect(hooksOf(keys).size).toBe(0);
    const { readySinceMs, ...reserved } = PUBLISHER;
    expect(readySinceMs).toBeDefined();
    expect(hooksOf(keys, { publisher: reserved }).size).toBe(0);
    const hooks = hooksOf(keys, { publisher: PUBLISHER });
    expect([...hooks.keys()]).toEqual(['available cam 7', 'online cam 7']);
    expect(hooks.get('available cam 7')).toMatchObject({
      during: { hook: 'runOnAvailable', command: 'a', restart: false },
      after: { hook: 'runOnUnavailable', command: 'b' },
      environment: { ...BASE, MTX_QUERY: 'user%3Da%26pass%3Db+c', MTX_SOURCE_TYPE: 'rtspSession', MTX_SOURCE_ID: 'p-1' },
    });
    expect(hooks.get('online cam 7')).toMatchObject({ during: { command: '' }, after: { hook: 'runOnOffline', command: 'c' } });
  });

  test('a static source has no id and no query', () => {
    const [hook] = hooksOf({ source: 'rtsp://h/x', runOnReady: 'a' }, { publisher: PUBLISHER }).values();
    expect(hook?.environment).toMatchObject({ MTX_QUERY: '', MTX_SOURCE_ID: '' });
  });

  test('runOnRead runs once for each reader; what a client sends is harmless in its environment', () => {
    const muxer: Reader = { ...READER, sessionId: 'm', type: 'hlsMuxer' };
    const readers = new Map([READER, muxer].map((reader) => [reader.sessionId, reader]));
    const hooks = hooksOf({ runOnRead: 'a' }, { readers });
    expect([...hooks.keys()]).toEqual(['read cam r-1']);
    expect(hooks.get('read cam r-1')?.environment).toEqual({
      ...BASE,
      MTX_QUERY: '%24%28touch+x%29%60id%60%27%22%0A%3B%C3%A9%2A',
      MTX_READER_TYPE: 'hlsSession',
      MTX_READER_ID: 'r-1',
    });
  });

  test('groups of a regular expression, which has no runOnInit', () => {
    const hooks = hooksOf({ runOnAvailable: 'a' }, { publisher: PUBLISHER }, 'eu/7', '~^([a-z]+)/([0-9]+)$');
    expect(hooks.get('available eu/7 7')?.environment).toMatchObject({ MTX_PATH: 'eu/7', G1: 'eu', G2: '7' });
  });
});

test.each<[JsonObject, boolean]>([
  [{}, false],
  [{ runOnUnread: 'a' }, true],
  [{ runOnInit: 'a' }, true],
  [{ runOnNotReady: 'a' }, true],
])('%j has hooks: %s', (keys, expected) => {
  const { config } = resolveConfig(decodeDocument(nodeFromJson({ paths: { cam: keys } })));
  expect(hasPathHooks(config.paths.get('cam')!)).toBe(expected);
});
