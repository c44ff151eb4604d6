import { expect, test } from 'vitest';
import { CommandLineError, expandArguments, splitCommand } from './command-line.ts';

test.each([
  ['ffmpeg -i a.mp4', ['ffmpeg', '-i', 'a.mp4']],
  ['  a \t b\nc ', ['a', 'b', 'c']],
  [`echo 'a  b' "c  d"`, ['echo', 'a  b', 'c  d']],
  [`a'b'"c"d`, ['abcd']],
  [`'' ""`, ['', '']],
  [String.raw`a\ b \'c`, ['a b', "'c"]],
  [String.raw`"a\"b" "\$X" "\a"`, ['a"b', '$X', String.raw`\a`]],
  [String.raw`'a\b'`, [String.raw`a\b`]],
  ['a\\\nb', ['ab']],
  [`sh -c 'echo "$MTX_PATH"'`, ['sh', '-c', 'echo "$MTX_PATH"']],
])('%j is split', (text, words) => {
  expect(splitCommand(text)).toEqual(words);
});

test.each(["a 'b", 'a "b', String.raw`a "b\"`, 'a \\', '', '  '])('%j is refused', (text) => {
  expect(() => splitCommand(text)).toThrow(CommandLineError);
});

const VARIABLES: Record<string, string> = { MTX_PATH: 'cam', G1: 'one', MTX_QUERY: '$(touch x) `id` "\' \n$MTX_PATH', '1': 'never' };

test.each([
  ['$MTX_PATH', 'cam'],
  ['${MTX_PATH}', 'cam'],
  ['a/$MTX_PATH/b', 'a/cam/b'],
  ['$MTX_PATH_x', ''],
  ['${MTX_PATH}_x', 'cam_x'],
  ['$G1$G2', 'one'],
  ['${}', ''],
  ['${MTX_PATH', 'MTX_PATH'],
  ['5$', '5$'],
  ['$.', '$.'],
  ['$$', ''],
  // Once: what a client sent is not expanded again.
  ['$MTX_QUERY', VARIABLES['MTX_QUERY']],
])('%j is expanded', (word, expanded) => {
  expect(expandArguments(['echo', word], (name) => VARIABLES[name])).toEqual(['echo', expanded]);
});

test('a value with spaces and quotes stays one argument', () => {
  const words = splitCommand('program "$MTX_QUERY" $MTX_QUERY');
  expect(expandArguments(words, (name) => VARIABLES[name])).toEqual(['program', VARIABLES['MTX_QUERY'], VARIABLES['MTX_QUERY']]);
});

test.each([
  `sh -c 'echo $MTX_QUERY'`,
  `/bin/bash -lc 'echo $MTX_QUERY'`,
  `env A=1 sh -c 'echo $MTX_QUERY'`,
  `timeout 5 bash -e -c 'echo $MTX_QUERY'`,
  `busybox sh -c 'echo $MTX_QUERY'`,
])('the script of a shell keeps its variables: %s', (command) => {
  const words = splitCommand(command);
  expect(expandArguments(words, (name) => VARIABLES[name])).toEqual(words);
});

test('what follows the script of a shell is expanded', () => {
  const words = splitCommand(`sh -c 'echo "$1"' name $MTX_PATH`);
  expect(expandArguments(words, (name) => VARIABLES[name])).toEqual(['sh', '-c', 'echo "$1"', 'name', 'cam']);
});
