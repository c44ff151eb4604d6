import { describe, expect, test } from 'vitest';
import { parseConfigText } from '../config-file.ts';
import { resolveConfig } from '../resolve.ts';
import { GLOBAL_KEYS, PATH_KEYS, defaultGlobalConfig, defaultPathConfig } from '../schema/schema.ts';
import { generateDefaultFile } from './default-file.ts';
import { generateJsonSchema } from './json-schema.ts';
import { generateReferencePage } from './reference-page.ts';

function names(keys: typeof GLOBAL_KEYS, deprecated: boolean): string[] {
  return Object.entries(keys)
    .filter(([, key]) => (key.deprecated !== undefined) === deprecated)
    .map(([name]) => name);
}

describe('the shipped file', () => {
  const text = generateDefaultFile();
  const document = parseConfigText(text);
  const { config, warnings } = resolveConfig(document);

  test('has the defaults, apart from what is shipped otherwise', () => {
    const { pathDefaults, paths, ...global } = config;
    expect(global).toEqual({ ...defaultGlobalConfig(), api: true, apiAddress: '127.0.0.1:9997', stateDirectory: './state' });
    expect(pathDefaults).toEqual({ ...defaultPathConfig(), gopCache: 'catchUp' });
    expect([...paths.keys()]).toEqual(['all_others']);
    expect(warnings).toEqual([]);
  });

  test('lists every key that is not deprecated', () => {
    const listed = (indent: string) => text.split('\n').flatMap((line) => new RegExp(`^${indent}([a-zA-Z0-9]+):`).exec(line)?.[1] ?? []);
    expect(listed('')).toEqual([...names(GLOBAL_KEYS, false), 'pathDefaults', 'paths']);
    const pathDefaults = text.slice(text.indexOf('\npathDefaults:'), text.indexOf('\npaths:'));
    expect(pathDefaults.split('\n').flatMap((line) => /^ {2}([a-zA-Z0-9]+):/.exec(line)?.[1] ?? [])).toEqual(names(PATH_KEYS, false));
  });

  test('quotes what would be read as something else', () => {
    expect(text).toMatch(/^rtspEncryption: ["']no["']$/m);
    expect(text).toMatch(/^ {2}rpiCameraDenoise: ["']off["']$/m);
    expect(text).toMatch(/^ {2}rpiCameraH264Level: ["']4.1["']$/m);
  });
});

test('the reference page names every key', () => {
  const page = generateReferencePage();
  for (const name of [...Object.keys(GLOBAL_KEYS), ...Object.keys(PATH_KEYS)]) expect(page).toContain(`| \`${name}\``);
});

describe('the JSON Schema', () => {
  const schema = generateJsonSchema() as {
    properties: Record<string, { default?: unknown; description: string }>;
    $defs: { path: { properties: Record<string, { default?: unknown }> } };
  };

  test('has every key', () => {
    expect(Object.keys(schema.properties)).toEqual([...Object.keys(GLOBAL_KEYS), 'pathDefaults', 'paths']);
    expect(Object.keys(schema.$defs.path.properties)).toEqual(['name', ...Object.keys(PATH_KEYS)]);
  });

  test('its defaults are values that are read', () => {
    const yaml = Object.entries(schema.properties).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [`${name}: ${JSON.stringify(value)}\n`],
    );
    const { config } = resolveConfig(parseConfigText(yaml.join('')));
    const { pathDefaults: _, paths: __, ...global } = config;
    expect(global).toEqual(defaultGlobalConfig());
  });
});
