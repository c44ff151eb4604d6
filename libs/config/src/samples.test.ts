import { describe, expect, test } from 'vitest';
import { parseConfigText } from './config-file.ts';
import { marshalDocument } from './marshal.ts';
import { decodeDocument } from './document.ts';
import { nodeFromJson } from './config-node.ts';
import { resolveConfig } from './resolve.ts';
import { SAMPLES } from './samples.cases.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';

describe.each(Object.entries(SAMPLES))('%s', (_, yaml) => {
  test('loads without a warning', () => {
    expect(resolveConfig(parseConfigText(yaml)).warnings).toEqual([]);
  });

  test('is the same when it is stored and read again', () => {
    const document = parseConfigText(yaml);
    expect(decodeDocument(nodeFromJson(marshalDocument(document)))).toEqual(document);
  });
});

test('the samples set keys of every section', () => {
  const text = Object.values(SAMPLES).join('\n');
  for (const keys of [GLOBAL_KEYS, PATH_KEYS]) {
    const current = Object.keys(keys).filter((name) => keys[name]!.deprecated === undefined);
    expect(current.filter((name) => new RegExp(`\\b${name}:`, 'u').test(text)).length).toBeGreaterThan(30);
  }
});

test('every key is described', () => {
  for (const [name, key] of [...Object.entries(GLOBAL_KEYS), ...Object.entries(PATH_KEYS)]) {
    expect([name, key.about]).toEqual([name, expect.stringMatching(/^.{10,}[.):]?$/su)]);
  }
});
