import { VERSION } from '@mediamesh/platform';
import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';

test.each([
  [[], undefined],
  [['other.yml'], 'other.yml'],
])('%j runs', (argv, configFile) => {
  expect(parseCommandLine(argv)).toEqual({ kind: 'run', configFile });
});

test.each([
  [['--help'], 'Usage: mediamesh', 0],
  [['-h', '--unknown'], 'Usage: mediamesh', 0],
  [['--version'], `v${VERSION}\n`, 0],
  [['a.yml', '--version'], `v${VERSION}\n`, 0],
  [['--check-version'], `v${VERSION}`, 0],
  [['--upgrade'], 'does not change itself', 1],
])('%j prints', (argv, text, exitCode) => {
  expect(parseCommandLine(argv)).toEqual({ kind: 'print', text: expect.stringContaining(text) as string, exitCode });
});

test.each([
  [['--config'], 'mediamesh: error: unknown flag --config\n'],
  [['-x'], 'mediamesh: error: unknown flag -x\n'],
  [['a.yml', 'b.yml'], 'mediamesh: error: unexpected argument b.yml\n'],
])('%j is refused', (argv, error) => {
  expect(parseCommandLine(argv)).toMatchObject({ kind: 'print', error, exitCode: 80 });
});
