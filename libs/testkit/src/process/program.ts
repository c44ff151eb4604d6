import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { NetworkNamespace } from './network-namespace.ts';
import { LineLog } from './line-log.ts';
import { within } from '../wait-for.ts';

export interface ProgramOptions {
  /** For messages and as a prefix of its lines in a shared log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** It is killed after this, whatever happens: a forgotten program costs no more. */
  readonly lifetimeMs?: number;
  /** Its lines go here too. */
  readonly sharedLog?: LineLog;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const DEFAULT_LIFETIME_MS = 120_000;
const END_DEADLINE_MS = 8_000;
/** Ends a child when its parent dies, also when that is killed. Debian has it; elsewhere only the other guards work. */
const DEATH_SIGNAL = '/usr/bin/setpriv';
const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program that a test runs: its lines, its end; never longer than its lifetime, never longer than the test's process. */
export class Program {
  readonly name: string;
  readonly stdout = new LineLog();
  readonly stderr = new LineLog();
  readonly ended: Promise<ProgramEnd>;
  private readonly child: ChildProcess;
  private overran = false;

  constructor(options: ProgramOptions) {
    this.name = options.name;
    const wanted = NetworkNamespace.commandHere([options.command, ...options.args]);
    const [command, ...args] = existsSync(DEATH_SIGNAL) ? [DEATH_SIGNAL, '--pdeathsig', 'KILL', '--', ...wanted] : wanted;
    const env = { ...process.env, ...options.env };
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'], env, ...(options.cwd !== undefined && { cwd: options.cwd }) });
    this.child = child;
    running.add(child);
    this.collect(child.stdout, this.stdout, options);
    this.collect(child.stderr, this.stderr, options);
    const timer = setTimeout(() => {
      this.overran = true;
      child.kill('SIGKILL');
    }, options.lifetimeMs ?? DEFAULT_LIFETIME_MS);
    this.ended = new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer);
        running.delete(child);
      };
      child.once('error', (error) => {
        over();
        reject(new Error(`${this.name} did not start`, { cause: error }));
      });
      // 'close', not 'exit': all output has arrived by then.
      child.once('close', (code, signal) => {
        over();
        resolve({ code, signal });
      });
    });
    this.ended.catch(() => {});
  }

  private collect(stream: NodeJS.ReadableStream, log: LineLog, options: ProgramOptions): void {
    stream.on('data', log.writer());
    if (options.sharedLog !== undefined) stream.on('data', options.sharedLog.writer(`${options.name}: `));
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isRunning(): boolean {
    return running.has(this.child);
  }

  /** Memory that it holds now. */
  get residentBytes(): number {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
    if (kilobytes === undefined) throw new Error(`${this.name} does not run`);
    return Number(kilobytes) * 1024;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.child.kill(signal);
  }

  /** Waits for the end. Errors: it runs on, or was killed at the end of its lifetime; both with its last lines. */
  async waitForEnd(deadlineMs: number): Promise<ProgramEnd> {
    const end = await within(this.ended, { deadlineMs, what: `the end of ${this.name}` }).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; last lines:\n${this.lastLines}`, { cause: error });
    });
    if (this.overran) throw new Error(`${this.name} was killed at the end of its lifetime; last lines:\n${this.lastLines}`);
    return end;
  }

  /** Of its errors; of its output, when it said nothing there. */
  private get lastLines(): string {
    return this.stderr.lines.length > 0 ? this.stderr.tail() : this.stdout.tail();
  }

  /** Ends it: by `signal`, and by force if that does not help. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> {
    this.signal(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), END_DEADLINE_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    if (this.isRunning) await this.stop('SIGKILL');
  }
}
