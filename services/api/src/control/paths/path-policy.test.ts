import { decodeDocument, nodeFromJson, resolveConfig } from '@mediamesh/config';
import type { JsonObject, PathConfig } from '@mediamesh/config';
import { describe, expect, test } from 'vitest';
import { canTake, policyOf } from './path-policy.ts';

function path(name: string, keys: JsonObject = {}, defaults: JsonObject = {}): PathConfig {
  return resolveConfig(decodeDocument(nodeFromJson({ pathDefaults: defaults, paths: { [name]: keys } }))).config.paths.get(name)!;
}

describe('policyOf', () => {
  test.each([
    ['a path of publishers', path('cam'), { source: 'publisher', sourceOnDemand: false, feeds: [], permanent: true }],
    ['a pattern', path('~^cam'), { source: 'publisher', permanent: false }],
    ['all others', path('all_others'), { permanent: false }],
    [
      'a source',
      path('cam', { source: 'rtsp://h/x' }),
      { source: 'static', sourceOnDemand: false, feeds: [{ kind: 'source', component: 'RTSP source' }] },
    ],
    [
      'a source on demand',
      path('cam', { source: 'srt://h:1', sourceOnDemand: true, sourceOnDemandStartTimeout: '3s', sourceOnDemandCloseAfter: '4s' }),
      {
        source: 'static',
        sourceOnDemand: true,
        feeds: [{ kind: 'source', component: 'SRT source' }],
        startTimeoutMs: 3_000,
        closeAfterMs: 4_000,
      },
    ],
    [
      'a command on demand',
      path('cam', { runOnDemand: 'x', runOnDemandStartTimeout: '3s', runOnDemandCloseAfter: '4s' }),
      { source: 'publisher', commandOnDemand: true, startTimeoutMs: 3_000, closeAfterMs: 4_000 },
    ],
    ['a redirect', path('cam', { source: 'redirect', sourceRedirect: 'rtsp://o/x' }), { source: 'redirect', redirectTo: 'rtsp://o/x' }],
    ['limits', path('cam', { maxReaders: 5, overridePublisher: false }), { maxReaders: 5, overridePublisher: false }],
    [
      'limits of its stream',
      path('cam', { healthAlerts: { maxSilence: '3s' } }),
      { healthAlerts: expect.objectContaining({ maxSilence: 3_000 }) },
    ],
    [
      'what gateways need',
      path('cam', { gopCache: 'burst' }),
      { settings: expect.objectContaining({ confName: 'cam', gopCache: 'burst' }) },
    ],
  ])('%s', (_, config, policy) => {
    expect(policyOf(config)).toMatchObject(policy);
  });

  test('the fingerprint is that of the whole path, and of nothing else', () => {
    const fingerprint = (keys: JsonObject): string => policyOf(path('cam', keys)).settings.fingerprint;
    expect(fingerprint({})).toBe(fingerprint({}));
    expect(fingerprint({ maxReaders: 1 })).not.toBe(fingerprint({}));
    expect(fingerprint({ runOnInit: 'x' })).not.toBe(fingerprint({}));
  });
});

test.each([
  ['the same', {}, {}, true],
  ['what is recorded', {}, { record: true }, true],
  ['who may read', {}, { maxReaders: 1 }, false],
  ['where it comes from', {}, { source: 'rtsp://h/x' }, false],
])('a live path can take a change of %s: %s', (_, before, after, can) => {
  expect(canTake(path('cam', before), path('cam', after))).toBe(can);
  expect(canTake(path('~^c', before), path('cam', after))).toBe(can);
});
