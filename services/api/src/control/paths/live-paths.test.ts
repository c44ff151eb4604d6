import { expect, test } from 'vitest';
import { LIVE_PATHS_PAGE, livePaths } from './live-paths.ts';
import { policyOf } from './path-policy.ts';
import { initialPathState } from './path-state.ts';
import type { PathState } from './path-state.ts';
import { decodeDocument, nodeFromJson, resolveConfig } from '@mediamesh/config';

const { config } = resolveConfig(
  decodeDocument(nodeFromJson({ paths: { all_others: null, pulled: { source: 'rtsp://h/x', sourceOnDemand: true } } })),
);

function path(name: string, isReady = true): PathState {
  const policy = policyOf(config.paths.get(name) ?? config.paths.get('all_others')!);
  const publisher = { epoch: 5, instance: 'i', sessionId: 's', sourceType: 'rtspSession', query: '', trackLabels: [], tracks: [] };
  return { ...initialPathState(name, policy), publisher: isReady ? { ...publisher, readySinceMs: 1 } : publisher };
}

test('paths whose stream is there, by name', () => {
  expect(livePaths([path('b'), path('a'), path('reserved', false), path('pulled')], '')).toEqual({
    more: false,
    paths: [
      { path: 'a', epoch: 5, sourceOnDemand: false },
      { path: 'b', epoch: 5, sourceOnDemand: false },
      { path: 'pulled', epoch: 5, sourceOnDemand: true },
    ],
  });
});

test('come in pages', () => {
  const states = Array.from({ length: LIVE_PATHS_PAGE + 1 }, (_, index) => path(`p${String(index).padStart(5, '0')}`));
  const first = livePaths(states, '');
  expect(first).toMatchObject({ more: true });
  expect(first.paths).toHaveLength(LIVE_PATHS_PAGE);
  expect(livePaths(states, first.paths.at(-1)!.path)).toMatchObject({ more: false, paths: [{ path: 'p01000' }] });
});
