import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HookOrder } from '@mediamesh/contracts';
import { Logging, MemorySink } from '@mediamesh/platform';
import { waitFor } from '@mediamesh/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HookRunner } from './hook-runner.ts';

let folder: string;
let runner: HookRunner;
let sink: MemorySink;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hooks-'));
  sink = new MemorySink();
  runner = new HookRunner(new Logging({ level: 'debug', sinks: [sink] }).logger);
});

afterEach(async () => {
  await runner.close();
  rmSync(folder, { recursive: true });
});

const until = (condition: () => boolean): Promise<unknown> => waitFor(condition, { deadlineMs: 20_000, what: lines().join('|') });
const lines = (): readonly string[] => sink.entries.map(({ message }) => message);
const logged = (line: string): Promise<unknown> => until(() => lines().includes(line));
const file = (name: string): string => join(folder, name);

function order(during: string, more: { after?: string; restart?: boolean; environment?: Record<string, string> } = {}): HookOrder {
  return {
    hookId: `hook ${during}`,
    owner: { path: 'cam' },
    during: { hook: 'runOnRead', command: during, restart: more.restart ?? false },
    after: { hook: 'runOnUnread', command: more.after ?? '', restart: false },
    environment: { DIR: folder, ...more.environment },
    components: ['path cam'],
  };
}

test('a command runs until its occasion is over, then the other one is launched', async () => {
  const hook = order(`sh -c 'trap "echo interrupted; exit" INT; echo began; while :; do sleep 0.05; done'`, {
    after: `sh -c 'echo "$MTX_PATH" > "$DIR/after"'`,
    environment: { MTX_PATH: 'cam/1' },
  });
  runner.start(hook);
  runner.start(hook); // once
  await logged('[path cam] runOnRead: began');
  expect(runner.orders).toEqual([hook]);
  runner.stop(hook.hookId, 'not needed by anyone');
  await until(() => existsSync(file('after')) && readFileSync(file('after'), 'utf8') === 'cam/1\n');
  await logged('[path cam] runOnRead: interrupted');
  await runner.close();
  expect(lines().filter((line) => !line.includes(': began') && !line.includes('waiting'))).toEqual([
    '[path cam] runOnRead command started',
    '[path cam] runOnRead command stopped: not needed by anyone',
    '[path cam] runOnUnread command launched',
    '[path cam] runOnRead: interrupted',
  ]);
});

test('its children end with it', async () => {
  const hook = order(`sh -c 'sleep 600 & echo child $!; wait'`);
  runner.start(hook);
  await until(() => lines().some((line) => line.includes('child')));
  const pid = Number(/child (\d+)/.exec(lines().join('\n'))?.[1]);
  runner.stop(hook.hookId, '');
  await runner.close();
  await until(() => !isAlive(pid));
});

test('one that does not hear SIGINT is killed', async () => {
  const hook = order(`sh -c 'trap "" INT; echo deaf; while :; do sleep 0.05; done'`);
  runner.start(hook);
  await logged('[path cam] runOnRead: deaf');
  await runner.close();
  expect(lines()).toContain('waiting for running hooks');
});

test.each([
  ['mediamesh-no-such-program', 'ENOENT'],
  [`sh 'not closed`, 'a single quote is not closed'],
])('%s is said to have failed', async (command, why) => {
  runner.start(order(command));
  await until(() => lines().some((line) => line.startsWith('[path cam] runOnRead command exited: ') && line.includes(why)));
});

test('one with a restart flag says how it ended', async () => {
  runner.start(order(`sh -c 'exit 3'`, { restart: true }));
  await logged('[path cam] runOnRead command exited: command exited with code 3');
});

test('one without ends in silence', async () => {
  const hook = order(`sh -c 'exit 3'`, { after: `sh -c 'echo over'` });
  runner.start(hook);
  runner.stop(hook.hookId, '');
  await logged('[path cam] runOnUnread: over');
  expect(lines().some((line) => line.includes('exited'))).toBe(false);
});

const HOSTILE = '$(touch "$DIR/ran") `touch "$DIR/ran"` \'"; touch "$DIR/ran" #\n& touch "$DIR/ran"';

test.each([
  ['an argument', `sh -c 'printf %s "$1" > "$DIR/out"' name $HOSTILE`],
  ['the environment', `sh -c 'printf %s "$HOSTILE" > "$DIR/out"'`],
  ['quotes around it', `sh -c 'printf %s "$1" > "$DIR/out"' name "$HOSTILE"`],
])('what a client sent never runs: as %s', async (_, command) => {
  const hook = order(command, { environment: { HOSTILE } });
  runner.start(hook);
  await until(() => existsSync(file('out')) && readFileSync(file('out'), 'utf8') === HOSTILE);
  expect(existsSync(file('ran'))).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('commands end with a runner that is killed outright, what they have left in the background too', async () => {
  const script = new URL('testing/doomed-runner.ts', import.meta.url).pathname;
  // The child in the background hears no SIGINT, as in any shell.
  const command = `sh -c 'sleep 600 & echo $! > ${file('child')}; trap "echo > ${file('heard')}; exit" INT; while :; do sleep 0.05; done'`;
  const doomed = spawn(process.execPath, ['--conditions=@mediamesh/source', script, command]);
  await once(doomed.stdout, 'data'); // it says that the command is started
  const childPid = (): number => Number(existsSync(file('child')) ? readFileSync(file('child'), 'utf8') : '');
  await until(() => childPid() > 0 && isRunning(childPid()));
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  await until(() => existsSync(file('heard')));
  await until(() => !isRunning(childPid()));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
