import { describe, expect, test } from 'vitest';
import { MAX_CONFIG_DEPTH, nodeFromJson } from './config-node.ts';
import type { ConfigNode } from './config-node.ts';
import { MAX_CONFIG_TEXT_CHARACTERS, parseYaml } from './yaml-source.ts';

/** The plain value of nodes; maps become lists of pairs, so that order and odd keys are seen. */
function plain(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return { map: node.entries.map((entry) => [entry.key, plain(entry.value)]) };
}

function map(...entries: [string, unknown][]): unknown {
  return { map: entries };
}

describe('values', () => {
  test.each<[string, unknown]>([
    ['', map()],
    ['# only a comment\n', map()],
    ['---\n', null],
    ['a: 1', map(['a', 1])],
    ['a: 1.5', map(['a', 1.5])],
    ['a: 0x10', map(['a', 16])],
    ['a: -3', map(['a', -3])],
    ['a: text', map(['a', 'text'])],
    ['a:', map(['a', null])],
    ['a: ~', map(['a', null])],
    ['a: null', map(['a', null])],
    ['a: [1, b]', map(['a', [1, 'b']])],
    ['a:\n- b: c\n', map(['a', [map(['b', 'c'])]])],
    ['{"a": {"b": [true]}}', map(['a', map(['b', [true]])])],
    ['1: a', map(['1', 'a'])],
    ['0x10: a', map(['16', 'a'])],
    ['~^cam: a', map(['~^cam', 'a'])],
    ['"": a', map(['', 'a'])],
    ['__proto__: 1\nconstructor: 2', map(['__proto__', 1], ['constructor', 2])],
    ['a: :8554', map(['a', ':8554'])],
    ['a: &x [1]\nb: *x', map(['a', [1]], ['b', [1]])],
    ['a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3', map(['a', map(['b', 1], ['c', 2])], ['d', map(['c', 3], ['b', 1])])],
    ['a: &x {b: 1}\nd:\n  <<: [*x, {c: 2}]', map(['a', map(['b', 1])], ['d', map(['b', 1], ['c', 2])])],
    ['a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x', map(['a', 1], ['b', [1]], ['c', 2], ['d', [1]], ['e', 2])],
    ['&x k: 1\na: *x', map(['k', 1], ['a', 'k'])],
    ['a: &x b\n*x : 1', map(['a', 'b'], ['b', 1])],
    ['a: |\n  v=0\n  o=-\n', map(['a', 'v=0\no=-\n'])],
    ['\u{feff}a: 1', map(['a', 1])],
    ['a: 1\r\nb: 2\r\n', map(['a', 1], ['b', 2])],
  ])('%j', (text, value) => {
    expect(plain(parseYaml(text))).toEqual(value);
  });

  test.each(['yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'])('%s is true where it is not quoted', (word) => {
    expect(plain(parseYaml(`a: ${word}\nb: "${word}"\nc: '${word}'\nd: [${word}]`))).toEqual(
      map(['a', true], ['b', word], ['c', word], ['d', [true]]),
    );
  });

  test.each(['no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'])('%s is false where it is not quoted', (word) => {
    expect(plain(parseYaml(`a: ${word}\nb: "${word}"\n${word}: 1`))).toEqual(map(['a', false], ['b', word], ['false', 1]));
  });

  test.each(['y', 'n', 'yEs', 'oN', 'yes please'])('%s stays a text', (word) => {
    expect(plain(parseYaml(`a: ${word}`))).toEqual(map(['a', word]));
  });

  test('lines are counted from 1', () => {
    const node = parseYaml('a: 1\n\n# comment\nb:\n  c: 2\n');
    expect(node).toMatchObject({
      entries: [
        { key: 'a', line: 1 },
        { key: 'b', line: 4, value: { entries: [{ key: 'c', line: 5, value: { line: 5 } }] } },
      ],
    });
  });
});

describe('refusals', () => {
  test.each<[string, string | RegExp]>([
    ['paths:\npaths:\n', '[2:1] mapping key "paths" already defined at [1:1]'],
    ['a:\n  b: 1\n  c: 2\n  b: 3', '[4:3] mapping key "b" already defined at [2:3]'],
    ['1: a\n"1": b', '[2:1] mapping key "1" already defined at [1:1]'],
    ['yes: a\non: b', '[2:1] mapping key "true" already defined at [1:1]'],
    ['a: 1\n---\nb: 2', 'invalid YAML'],
    ['a: [', /^invalid YAML: \[1:\d+\]/],
    ['a: "', /^invalid YAML: \[1:\d+\]/],
    ['a: 1\n b: 2', /^invalid YAML: \[\d:\d+\]/],
    ['\ta: 1', /^invalid YAML/],
    ['a: *x', 'invalid YAML: unknown anchor "x" (line 1)'],
    ['a: *x\nb: &x 1', 'invalid YAML: unknown anchor "x" (line 1)'],
    ['a: .inf', 'json: unsupported value: Infinity (line 1)'],
    ['a: .nan', 'json: unsupported value: NaN (line 1)'],
    ['? [a]\n: b', 'invalid YAML: keys must be scalars (line 1)'],
    ['<<: 1', 'invalid YAML: a merge key needs a map (line 1)'],
  ])('%j', (text, message) => {
    expect(() => parseYaml(text)).toThrow(message);
  });

  test('a text that is too large', () => {
    expect(() => parseYaml('#'.repeat(MAX_CONFIG_TEXT_CHARACTERS + 1))).toThrow('configuration is too large');
  });

  test('aliases of aliases are counted as what they stand for', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i++) bomb.push(`a${i}: &a${i} [${new Array<string>(10).fill(`*a${i - 1}`).join(', ')}]`);
    expect(() => parseYaml(bomb.join('\n'))).toThrow('configuration has more than 1000000 values');
  });

  test('an alias inside of its own anchor', () => {
    expect(() => parseYaml('a: &x [*x]')).toThrow('unknown anchor "x"');
  });

  test('depth: at the limit and one past it', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(() => parseYaml(nested(MAX_CONFIG_DEPTH + 1))).not.toThrow();
    expect(() => parseYaml(nested(MAX_CONFIG_DEPTH + 2))).toThrow('configuration is nested deeper than 32 levels');
    expect(() => nodeFromJson(JSON.parse(nested(MAX_CONFIG_DEPTH + 2)))).toThrow('configuration is nested deeper than 32 levels');
  });

  test.each(['[', '{', '- ', '? ', 'a: [{'])('%j ten thousand times', (text) => {
    expect(() => parseYaml(text.repeat(10_000))).toThrow(/^invalid YAML: .*nested too deep/);
  });
});

test('values that JSON does not have are refused', () => {
  expect(() => nodeFromJson(undefined)).toThrow('json: unsupported value: undefined');
  expect(() => nodeFromJson([Number.NaN])).toThrow('json: unsupported value: NaN');
  expect(() => nodeFromJson(1n)).toThrow('json: unsupported value: 1');
});
