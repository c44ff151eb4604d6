import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { expandArguments, splitCommand } from './command-line.ts';

/** Pause before a command with a restart flag runs again. Contract 4.3. */
const RESTART_PAUSE_MS = 5_000;
/** A command that does not end by SIGINT is killed after this. */
const KILL_AFTER_MS = 3_000;
/** Children that outlive the command are looked for so often. */
const GROUP_CHECK_MS = 50;
/** Of what a command prints, a line that is longer is cut in lines of the log. */
const MAX_LINE_CHARACTERS = 4_096;

export interface HookCommand {
  readonly command: string;
  readonly restart: boolean;
  /** Beside the variables of this process. */
  readonly environment: Readonly<Record<string, string>>;
  /** It could not be started, or will be started again. */
  exited(why: string): void;
  /** A line that it printed. */
  printed(line: string): void;
  /** Told of its process group while that is there. */
  readonly guard: { ready(): void; watch(group: number): void; forget(group: number): void };
}

/**
 * A command that runs as long as something lasts: a process group of its own, without a shell.
 * It begins when it is made. `stop` ends the group with SIGINT; what the command leaves behind (children in the background
 * of a shell do not hear SIGINT) gets SIGTERM; after 3 s what is left is killed.
 */
export class HookProcess {
  /** Resolves when nothing runs any more, and nothing will. */
  readonly ended: Promise<void>;
  private readonly options: HookCommand;
  private readonly end: () => void;
  private child: ChildProcess | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private stopTimer: NodeJS.Timeout | undefined;
  private killAtMs = 0;
  private stopping = false;

  constructor(options: HookCommand) {
    this.options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.end = resolve;
    this.run();
  }

  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    clearTimeout(this.restartTimer);
    if (this.child === undefined) return this.end();
    const group = this.child.pid;
    if (group === undefined) return; // it could not be started, and says so next
    signalGroup(group, 'SIGINT');
    this.killAtMs = performance.now() + KILL_AFTER_MS;
    this.stopTimer = setTimeout(() => signalGroup(group, 'SIGKILL'), KILL_AFTER_MS);
  }

  private run(): void {
    let child: ChildProcess;
    try {
      child = this.spawn();
    } catch (error) {
      return this.exited(error instanceof Error ? error.message : String(error));
    }
    this.child = child;
    if (child.pid !== undefined) this.options.guard.watch(child.pid);
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) followLines(output, (line) => this.options.printed(line));
    }
    child.once('error', (error) => this.exited(error.message));
    child.once('exit', (code, signal) => this.exited(signal === null ? `command exited with code ${code}` : `signal: ${signal}`, true));
  }

  private spawn(): ChildProcess {
    const { command, environment } = this.options;
    const variables: Readonly<Record<string, string | undefined>> = { ...process.env, ...environment };
    const [file, ...words] = expandArguments(splitCommand(command), (name) => variables[name]);
    this.options.guard.ready();
    return spawn(file!, words, { detached: true, env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  private exited(why: string, hasRun = false): void {
    const group = this.child?.pid;
    this.child = undefined;
    clearTimeout(this.stopTimer);
    if (this.stopping) return this.endGroup(group);
    const { restart } = this.options;
    if (group !== undefined) this.options.guard.forget(group);
    if (restart || !hasRun) this.options.exited(why);
    if (restart) this.restartTimer = setTimeout(() => this.run(), RESTART_PAUSE_MS);
    else this.end();
  }

  /** What the command has left behind ends too. */
  private endGroup(group: number | undefined): void {
    if (group === undefined) return this.end();
    const ended = (): void => {
      this.options.guard.forget(group);
      this.end();
    };
    if (!signalGroup(group, 'SIGTERM')) return ended();
    const check = (): void => {
      const killed = performance.now() >= this.killAtMs;
      if (!signalGroup(group, killed ? 'SIGKILL' : 0) || killed) ended();
      else setTimeout(check, GROUP_CHECK_MS);
    };
    check();
  }
}

/** False when nobody of the group is there any more. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** Progress that is written over itself (`\r`) counts as lines too. */
function followLines(output: NodeJS.ReadableStream, line: (text: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const give = (text: string): void => {
    if (text.trim() !== '') line(text);
  };
  output.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split(/[\r\n]+/);
    rest = lines.pop()!;
    lines.forEach(give);
    for (; rest.length > MAX_LINE_CHARACTERS; rest = rest.substring(MAX_LINE_CHARACTERS)) give(rest.substring(0, MAX_LINE_CHARACTERS));
  });
  output.on('end', () => give(rest));
}
