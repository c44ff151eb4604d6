import { describe, expect, test } from 'vitest';
import { compareDocuments } from './compare-documents.ts';
import { parseConfigText } from './config-file.ts';
import { nodeFromJson } from './config-node.ts';
import type { JsonValue } from './config-node.ts';
import { applyMergePatch, documentPatch } from './document-patch.ts';
import { EMPTY_DOCUMENT, decodeDocument } from './document.ts';
import type { ConfigDocument } from './document.ts';
import { marshalDocument, marshalRedacted } from './marshal.ts';
import { mergeDocuments } from './merge-documents.ts';
import { GLOBAL_KEYS, PATH_KEYS, defaultGlobalConfig, defaultPathConfig } from './schema/schema.ts';

const SECRETS = `
authInternalUsers: [{user: admin, pass: topsecret, permissions: [{action: api}]}]
databaseURL: postgres://u:topsecret@h/d
paths: {a: {publishPass: topsecret}}
`;

describe('patches of documents', () => {
  test.each([
    ['nothing', '', '', undefined],
    ['the same, said differently', 'readTimeout: 60s', 'readTimeout: 1m', undefined],
    ['a key that is set', '', 'readTimeout: 5s', { readTimeout: '5s' }],
    ['a key that is not set any more', 'readTimeout: 5s', '', { readTimeout: null }],
    [
      'an object',
      'paths: {a: {healthAlerts: {minBitrate: 1000, maxSilence: 5s}}}',
      'paths: {a: {healthAlerts: {maxSilence: 6s}}}',
      { paths: { a: { healthAlerts: { minBitrate: null, maxSilence: '6s' } } } },
    ],
    ['a list', 'rtspTransports: [tcp, udp]', 'rtspTransports: []', { rtspTransports: [] }],
    ['a default', 'pathDefaults: {record: yes}', 'pathDefaults: {maxReaders: 2}', { pathDefaults: { maxReaders: 2, record: null } }],
    ['a path without keys', '', 'paths: {a: }', { paths: { a: {} } }],
    ['a path that is gone', 'paths: {a: {maxReaders: 1}, b: }', 'paths: {b: }', { paths: { a: null } }],
    [
      'keys of a path',
      'paths: {a: {maxReaders: 1, record: yes}}',
      'paths: {a: {record: no}}',
      { paths: { a: { maxReaders: null, record: false } } },
    ],
    ['a path with a name of JavaScript', '', 'paths: {__proto__: {maxReaders: 1}}', JSON.parse('{"paths":{"__proto__":{"maxReaders":1}}}')],
    ['secrets', '', SECRETS, expect.objectContaining({ databaseURL: 'postgres://u:topsecret@h/d' })],
  ] as const)('%s', (_, before, after, patch) => {
    const [old, young] = [parseConfigText(before), parseConfigText(after)];
    const made = documentPatch(old, young);
    expect(made).toEqual(patch);
    const stored = JSON.parse(JSON.stringify(made ?? {})) as JsonValue;
    const applied = applyMergePatch(JSON.parse(JSON.stringify(marshalDocument(old))) as JsonValue, stored);
    expect(decodeDocument(nodeFromJson(applied))).toEqual(young);
  });

  /** Null in a patch is what is taken away. */
  const isCarried = (value: unknown): boolean =>
    Array.isArray(value) || (typeof value === 'object' ? value !== null && Object.values(value).every(isCarried) : value !== undefined);

  test('a merge patch can carry every key: no value is null, nor has one in it', () => {
    for (const [keys, values] of [[GLOBAL_KEYS, defaultGlobalConfig()] as const, [PATH_KEYS, defaultPathConfig()] as const]) {
      for (const [name, key] of Object.entries(keys)) {
        const encoded = key.type.encode((values as unknown as Record<string, unknown>)[name] ?? key.type.zero, 'file') as JsonValue;
        expect([name, isCarried(encoded)]).toEqual([name, true]);
      }
    }
  });

  // RFC 7396, appendix A.
  test.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s with %s is %s', (target, patch, result) => {
    expect(applyMergePatch(JSON.parse(target) as JsonValue, JSON.parse(patch) as JsonValue)).toEqual(JSON.parse(result));
  });
});

describe('a file that changed, and changes that were made to it as it was', () => {
  test.each([
    ['nothing changed in the file', 'readTimeout: 5s', 'readTimeout: 5s', 'readTimeout: 9s', 'readTimeout: 9s'],
    ['other keys stay', 'readTimeout: 5s', 'readTimeout: 5s\nrtmp: no', 'readTimeout: 9s', 'readTimeout: 9s\nrtmp: no'],
    ['the same key: the file wins', 'readTimeout: 5s', 'readTimeout: 7s', 'readTimeout: 9s', 'readTimeout: 7s'],
    ['a key that the file took back', 'readTimeout: 5s', '', 'readTimeout: 9s', ''],
    ['a key that both set', '', 'readTimeout: 7s', 'readTimeout: 9s', 'readTimeout: 7s'],
    [
      'defaults of paths',
      'pathDefaults: {record: yes}',
      'pathDefaults: {record: no}',
      'pathDefaults: {record: yes, maxReaders: 2}',
      'pathDefaults: {record: no, maxReaders: 2}',
    ],
    ['a path that was added stays', 'paths: {a: }', 'paths: {a: , b: }', 'paths: {a: , c: }', 'paths: {a: , b: , c: }'],
    [
      'a path that both added',
      '',
      'paths: {a: {maxReaders: 1}}',
      'paths: {a: {maxReaders: 2, record: yes}}',
      'paths: {a: {maxReaders: 1, record: yes}}',
    ],
    ['a path that was removed stays so', 'paths: {a: {maxReaders: 1}, b: }', 'paths: {a: {maxReaders: 1}}', 'paths: {b: }', 'paths: {}'],
    [
      'a path that was removed, and changed by the file',
      'paths: {a: {maxReaders: 1}}',
      'paths: {a: {maxReaders: 2}}',
      'paths: {}',
      'paths: {a: {maxReaders: 2}}',
    ],
    [
      'a path that was changed, and removed by the file',
      'paths: {a: {maxReaders: 1}}',
      'paths: {}',
      'paths: {a: {maxReaders: 2}}',
      'paths: {}',
    ],
    [
      'a path that both changed',
      'paths: {a: {maxReaders: 1, record: no}}',
      'paths: {a: {maxReaders: 3, record: no}}',
      'paths: {a: {maxReaders: 2, record: yes}}',
      'paths: {a: {maxReaders: 3, record: yes}}',
    ],
    [
      'a path that was replaced',
      'paths: {a: {maxReaders: 1, record: yes}}',
      'paths: {a: {maxReaders: 1, record: no}}',
      'paths: {a: {source: publisher}}',
      'paths: {a: {source: publisher, record: no}}',
    ],
  ])('%s', (_, before, after, changed, merged) => {
    const [old, young, theirs, wanted] = [before, after, changed, merged].map(parseConfigText) as [
      ConfigDocument,
      ConfigDocument,
      ConfigDocument,
      ConfigDocument,
    ];
    expect(mergeDocuments({ before: old, after: young, changed: theirs })).toEqual(wanted);
  });
});

describe('comparison', () => {
  test('names what differs, in MediaMTX forms, null where nothing is set', () => {
    const before = parseConfigText('readTimeout: 0s\npathDefaults: {record: yes}\npaths: {a: {maxReaders: 1}, c: }');
    const after = parseConfigText('readTimeout: 1m\npaths: {a: {maxReaders: 2}, b: {record: no}}');
    expect(compareDocuments(before, after)).toEqual([
      { place: 'global', path: '', key: 'readTimeout', before: '', after: '1m0s' },
      { place: 'pathDefaults', path: '', key: 'record', before: true, after: null },
      { place: 'paths', path: 'a', key: 'maxReaders', before: 1, after: 2 },
      { place: 'paths', path: 'b', key: '', before: null, after: { record: false } },
      { place: 'paths', path: 'c', key: '', before: {}, after: null },
    ]);
    expect(compareDocuments(before, before)).toEqual([]);
  });

  test('shows no secret', () => {
    const document = parseConfigText(SECRETS);
    for (const shown of [compareDocuments(EMPTY_DOCUMENT, document), marshalRedacted(document)]) {
      expect(JSON.stringify(shown)).not.toContain('topsecret');
      expect(JSON.stringify(shown).match(/<redacted>/g)).toHaveLength(3);
    }
    expect(marshalDocument(document)['databaseURL']).toContain('topsecret');
  });
});
