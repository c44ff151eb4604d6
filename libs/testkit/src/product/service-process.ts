import type { LineLog } from '../process/line-log.ts';
import { Program } from '../process/program.ts';

export interface ServiceOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: LineLog;
  /** It is ready when it has said all of this, on standard output or error. */
  readonly ready: readonly RegExp[];
}

/** Longer than any scenario. */
const LIFETIME_MS = 1_800_000;
const START_DEADLINE_MS = 20_000;
/** A service has 5 s to close. */
const END_DEADLINE_MS = 8_000;

/** A process of the product that tests start, end and start again. */
export class ServiceProcess {
  readonly name: string;
  private readonly options: ServiceOptions;
  private current: Program | undefined;

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.options = options;
  }

  /** The process that runs now, or ran last. */
  get program(): Program {
    if (this.current === undefined) throw new Error(`${this.name} was not started`);
    return this.current;
  }

  /** `ready`: what it says when it starts again in other circumstances, as a replica that does not lead at once. */
  async start(ready = this.options.ready): Promise<void> {
    const { name, command, args, cwd, env, log } = this.options;
    const program = new Program({ name, command, args, cwd, env, lifetimeMs: LIFETIME_MS, sharedLog: log });
    this.current = program;
    const ended = program.ended.then(() => Promise.reject(new Error(`${name} ended:\n${program.stdout.tail()}\n${program.stderr.tail()}`)));
    const said = ready.map((pattern) =>
      Promise.any([program.stdout, program.stderr].map((lines) => lines.waitForLine(pattern, { deadlineMs: START_DEADLINE_MS }))),
    );
    try {
      await Promise.race([Promise.all(said), ended]);
    } catch (error) {
      await program.close();
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  /** As a crash: nothing is said to anybody. */
  async kill(): Promise<void> {
    await this.current?.close();
  }

  /** In order, by a signal. */
  async stop(): Promise<void> {
    this.program.signal('SIGTERM');
    await this.program.waitForEnd(END_DEADLINE_MS);
  }

  close(): Promise<void> {
    return this.kill();
  }
}
