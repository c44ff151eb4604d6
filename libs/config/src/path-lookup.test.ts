import { describe, expect, test } from 'vitest';
import { parseConfigText } from './config-file.ts';
import { findPathConfig, resolveForwardUrl, resolveSourceUrl } from './path-lookup.ts';
import { isPatternPath, pathNameProblem } from './path-name.ts';
import { resolveConfig } from './resolve.ts';

function configWith(...keys: string[]) {
  return resolveConfig(parseConfigText(`paths:\n${keys.map((key) => `  ${JSON.stringify(key)}:\n`).join('')}`)).config;
}

describe('names', () => {
  test.each(['a', 'a/b/c', 'a.b', '..a', 'a..b', 'a...', '_-.', 'Z9', '__proto__', 'a//b'])('%s is valid', (name) => {
    expect(pathNameProblem(name)).toBeUndefined();
  });

  test.each([
    ['', 'cannot be empty'],
    ['/a', "can't begin with a slash"],
    ['a/', "can't end with a slash"],
    ['/', "can't begin with a slash"],
    ['a b', 'can contain only alphanumeric characters, underscore, dot, minus, slash'],
    ['ä', 'can contain only alphanumeric characters, underscore, dot, minus, slash'],
    ['a%2e', 'can contain only alphanumeric characters, underscore, dot, minus, slash'],
    ['a\n', 'can contain only alphanumeric characters, underscore, dot, minus, slash'],
    ['a\0', 'can contain only alphanumeric characters, underscore, dot, minus, slash'],
    ['..', "can't contain dot path segments"],
    ['.', "can't contain dot path segments"],
    ['a/../b', "can't contain dot path segments"],
    ['a/./b', "can't contain dot path segments"],
    ['../a', "can't contain dot path segments"],
    ['a/..', "can't contain dot path segments"],
  ])('%j is not', (name, problem) => {
    expect(pathNameProblem(name)).toBe(problem);
  });

  test.each([
    ['all', true],
    ['all_others', true],
    ['~^a', true],
    ['a~', false],
    ['all_other', false],
  ])('%s stands for many: %s', (key, expected) => {
    expect(isPatternPath(key)).toBe(expected);
  });
});

describe('lookup', () => {
  test.each<[string[], string, string | undefined, string[]]>([
    [['cam', '~^c', 'all_others'], 'cam', 'cam', []],
    [['cam', '~^c', 'all_others'], 'cam2', '~^c', []],
    [['cam', '~^c', 'all_others'], 'x', 'all_others', []],
    [['all', '~^c'], 'cam', '~^c', []],
    [['all_others', '~z'], 'az', '~z', []],
    [['~b', '~a'], 'ab', '~a', []],
    [['~^.*$', '~a'], 'a', '~^.*$', []],
    [['~am$'], 'cam', '~am$', []],
    [['~^cam_([0-9]+)(x)?_(.*)$'], 'cam_12_a', '~^cam_([0-9]+)(x)?_(.*)$', ['12', '', 'a']],
    [['~(?i)^CAM$'], 'cam', '~(?i)^CAM$', []],
    [['~^all_others$', '~^all$', 'all_others'], 'all', '~^all$', []],
    [['all_others'], 'all_others', 'all_others', []],
    [['cam'], 'cam2', undefined, []],
    [[], 'cam', undefined, []],
  ])('of %j, %s uses %s', (keys, name, confName, captures) => {
    const result = findPathConfig(configWith(...keys), name);
    if (confName === undefined) {
      expect(result).toEqual({ found: false, reason: 'notConfigured', error: `path '${name}' is not configured` });
    } else {
      expect(result).toMatchObject({ found: true, match: { confName, captures, path: { name: confName } } });
    }
  });

  test('a name that is not valid is only found by its own key', () => {
    const config = configWith('~^.*$', '~^a b$');
    expect(findPathConfig(config, 'a b')).toEqual({
      found: false,
      reason: 'invalidName',
      error: 'invalid path name: can contain only alphanumeric characters, underscore, dot, minus, slash (a b)',
    });
    expect(findPathConfig(config, '')).toMatchObject({ error: 'invalid path name: cannot be empty ()' });
    expect(findPathConfig(config, '~^a b$')).toMatchObject({ found: true, match: { confName: '~^a b$' } });
  });

  test('names of members of objects are ordinary names', () => {
    expect(findPathConfig(configWith('cam'), 'constructor')).toMatchObject({ found: false });
    expect(findPathConfig(configWith('__proto__'), '__proto__')).toMatchObject({ found: true });
  });

  test('an expression takes linear time', () => {
    const config = configWith('~^(a+)+$');
    expect(findPathConfig(config, `${'a'.repeat(5000)}b`)).toMatchObject({ found: false });
  });
});

describe('URLs', () => {
  test.each<[string, string[], string, string]>([
    ['rtsp://h/$G1', ['x'], '', 'rtsp://h/x'],
    ['rtsp://h/$G1/$G2?$MTX_QUERY', ['x', 'y'], 'a=b', 'rtsp://h/x/y?a=b'],
    ['rtsp://h/$G10$G1', ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'ten'], '', 'rtsp://h/ten1'],
    ['rtsp://h/$G2', ['x'], '', 'rtsp://h/$G2'],
    ['rtsp://h:$G1/', ['554'], '', 'rtsp://h:554/'],
    ['rtsp://h/?$MTX_QUERY', [], '$G1$&$$', 'rtsp://h/?$G1$&$$'],
    ['rtsp://h/', [], 'q', 'rtsp://h/'],
  ])('%s with %j and %j', (source, captures, query, url) => {
    expect(resolveSourceUrl(source, captures, query)).toBe(url);
  });

  test('of a destination', () => {
    expect(resolveForwardUrl('rtmp://h/$MTX_PATH/$G1', 'a/b', ['x'])).toBe('rtmp://h/a/b/x');
  });
});
