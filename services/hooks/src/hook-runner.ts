import type { HookOrder } from '@mediamesh/contracts';
import type { Logger } from '@mediamesh/platform';
import { HookProcess } from './hook-process.ts';
import { OrphanGuard } from './orphan-guard.ts';

type Command = HookOrder['during'];

interface Running {
  readonly order: HookOrder;
  readonly process: HookProcess | undefined;
}

/**
 * Users' commands on this machine: those that run while something lasts, and those that are launched when it is over.
 * Contract 4.3; its log lines carry the prefixes of who the command is for.
 */
export class HookRunner {
  private readonly logger: Logger;
  private readonly running = new Map<string, Running>();
  /** All that runs, also commands whose occasion is over. */
  private readonly processes = new Set<HookProcess>();
  private readonly guard = new OrphanGuard();

  constructor(logger: Logger) {
    this.logger = logger;
  }

  get orders(): readonly HookOrder[] {
    return [...this.running.values()].map(({ order }) => order);
  }

  start(order: HookOrder): void {
    if (this.running.has(order.hookId)) return;
    const { during } = order;
    const process = during.command === '' ? undefined : this.run(order, during);
    if (process !== undefined) this.log(order, `${during.hook} command started`);
    this.running.set(order.hookId, { order, process });
  }

  /** `reason`: '' when the line in the log has none. */
  stop(hookId: string, reason: string): void {
    const running = this.running.get(hookId);
    if (running === undefined) return;
    this.running.delete(hookId);
    const { order, process } = running;
    if (process !== undefined) {
      process.stop();
      this.log(order, `${order.during.hook} command stopped${reason === '' ? '' : `: ${reason}`}`);
    }
    const { after } = order;
    if (after === undefined || after.command === '') return;
    this.log(order, `${after.hook} command launched`);
    this.run(order, after);
  }

  /** Ends everything, in order: what runs while something lasts, then what that launched has time to end by itself. */
  async close(): Promise<void> {
    for (const hookId of [...this.running.keys()]) this.stop(hookId, '');
    if (this.processes.size > 0) this.logger.info('waiting for running hooks');
    await Promise.all([...this.processes].map(({ ended }) => ended));
    this.guard.close();
  }

  private run(order: HookOrder, { hook, command, restart }: Command): HookProcess {
    const process = new HookProcess({
      command,
      restart,
      environment: order.environment,
      guard: this.guard,
      exited: (why) => this.log(order, `${hook} command exited: ${why}`),
      printed: (line) => this.log(order, `${hook}: ${line}`),
    });
    this.processes.add(process);
    void process.ended.then(() => this.processes.delete(process));
    return process;
  }

  private log({ components }: HookOrder, message: string): void {
    components.reduce((logger, component) => logger.child(component), this.logger).info(message);
  }
}
