import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('testdata/program.ts', import.meta.url));

interface Run {
  readonly child: ChildProcessByStdio<null, Readable, null>;
  readonly output: () => string;
  readonly code: Promise<number | null>;
}

function run(behaviour: string): Run {
  const args = ['--conditions=@mediamesh/source', '--disable-warning=ExperimentalWarning', PROGRAM, behaviour];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text, code: once(child, 'close').then(([code]) => code as number | null) };
}

/** The messages without their time and level. */
function messages(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\S+ \S+ /u, ''));
}

async function whenReady({ output }: Run): Promise<void> {
  await expect.poll(output, { timeout: 10_000, interval: 10 }).toContain('ready');
}

describe.concurrent('runService', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s closes everything in reverse order and ends with 0', async (signal) => {
    const program = run('plain');
    await whenReady(program);
    program.child.kill(signal);
    expect(await program.code).toBe(0);
    expect(messages(program.output())).toEqual([
      'INF ready',
      'INF shutting down gracefully',
      'INF closed server, draining true',
      'INF closed database',
    ]);
  });

  test('a program can end itself', async () => {
    const program = run('ends-itself');
    expect(await program.code).toBe(0);
    expect(messages(program.output())).toContain('INF closed database');
  });

  test('what cannot be closed is logged, the rest is closed', async () => {
    const program = run('close-fails');
    await whenReady(program);
    program.child.kill('SIGTERM');
    expect(await program.code).toBe(0);
    expect(program.output()).toContain("ERR 'server' could not be closed: Error: cannot close\n");
    expect(messages(program.output()).at(-1)).toBe('INF closed database');
  });

  test('a second signal ends it at once', async () => {
    const program = run('close-hangs');
    await whenReady(program);
    program.child.kill('SIGTERM');
    await expect.poll(program.output, { timeout: 10_000, interval: 10 }).toContain('closed server');
    program.child.kill('SIGINT');
    expect(await program.code).toBe(1);
    expect(messages(program.output()).at(-1)).toBe('WAR ending at once, at the second signal');
  });

  test('what does not close in time is named', async () => {
    const program = run('close-late');
    await whenReady(program);
    program.child.kill('SIGTERM');
    expect(await program.code).toBe(1);
    expect(messages(program.output()).at(-1)).toBe("ERR 'server' did not close within 0.5 seconds");
  });

  test('a signal during the start ends it', async () => {
    const program = run('start-hangs');
    await whenReady(program);
    program.child.kill('SIGINT');
    expect(await program.code).toBe(0);
    expect(messages(program.output()).slice(1)).toEqual([
      'INF shutting down gracefully',
      'INF closed server, draining true',
      'INF closed database',
    ]);
  });

  test('a failed start says why, closes what is open, and ends with 1', async () => {
    const program = run('start-fails');
    expect(await program.code).toBe(1);
    expect(messages(program.output())).toEqual(['ERR port 8554 is taken', 'INF closed server, draining true', 'INF closed database']);
  });

  test.each([
    ['uncaught', 'SyntaxError: '],
    ['rejection', 'Error: nobody cares'],
  ])('an error that nobody caught (%s) is logged with its stack, and ends it with 1', async (behaviour, text) => {
    const program = run(behaviour);
    expect(await program.code).toBe(1);
    expect(program.output()).toContain(`ERR uncaught error, the process ends: ${text}`);
    expect(program.output()).toContain('testdata/program.ts');
  });

  test('no line is lost at the end, through a pipe that is read slowly', async () => {
    const program = run('chatty');
    program.child.stdout.pause();
    // The pipe fills, and the program ends while it waits for us.
    setImmediate(() => program.child.stdout.resume());
    expect(await program.code).toBe(3);
    expect(messages(program.output())).toEqual(Array.from({ length: 20_000 }, (_, i) => `INF line ${i}`));
  });
});
