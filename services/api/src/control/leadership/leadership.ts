import { RENEW_INTERVAL_MS, SURE_FOR_MS, leaseStep } from './lease.ts';
import type { LeaseEvent, LeaseState, LeaseStore } from './lease.ts';

/** A store that did not answer is asked again soon: another replica may have the lease half a second after it is not sure any more. */
const RETRY_MS = 250;

export interface LeadershipOptions {
  readonly store: LeaseStore;
  readonly holder: string;
  readonly nowMs: () => number;
  lead(revision: number): Promise<void>;
  stepDown(why: string): Promise<void>;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

/** Takes the lease when it is free, and keeps it: one replica of the control service leads. */
export class Leadership {
  private readonly options: LeadershipOptions;
  private state: LeaseState = { phase: 'standby' };
  private running: Promise<void> | undefined;
  private wake: () => void = () => {};
  private stopped = false;
  private away = false;

  constructor(options: LeadershipOptions) {
    this.options = options;
  }

  get leads(): boolean {
    return this.state.phase === 'leading';
  }

  start(): void {
    this.running = this.run();
  }

  /** Gives the lease back. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
    const { state, options } = this;
    if (state.phase !== 'leading') return;
    this.state = { phase: 'standby' };
    await options.stepDown('ending');
    await options.store.release(state.revision).catch(() => undefined); // it ends by itself
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.apply(await this.ask());
      if (this.stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(this.away ? RETRY_MS : RENEW_INTERVAL_MS, this.sureForMs()));
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  private async ask(): Promise<LeaseEvent> {
    const { store, holder, nowMs, log } = this.options;
    const askedMs = nowMs();
    try {
      const event: LeaseEvent =
        this.state.phase === 'leading'
          ? { type: 'renewed', revision: await this.whileSure(store.renew(holder, this.state.revision)), askedMs }
          : { type: 'taken', revision: await store.take(holder), askedMs };
      if (this.away) log('info', 'the store of the lease is there again');
      this.away = false;
      return event;
    } catch (error) {
      if (!this.away) log('warn', `the store of the lease does not answer: ${messageOf(error)}`);
      this.away = true;
      return { type: 'storeAway' };
    }
  }

  /** How long it may still act as leader; without end while it stands by. */
  private sureForMs(): number {
    if (this.state.phase !== 'leading') return Number.POSITIVE_INFINITY;
    return Math.max(0, this.state.renewedMs + SURE_FOR_MS - this.options.nowMs());
  }

  /** A leader does not wait for an answer longer than it is one. */
  private async whileSure<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('no answer for as long as the lease is sure')), this.sureForMs());
    });
    answer.catch(() => undefined);
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async apply(event: LeaseEvent): Promise<void> {
    const { state, effect } = leaseStep(this.state, event, this.options.nowMs());
    this.state = state;
    try {
      if (effect === 'lead' && state.phase === 'leading') await this.options.lead(state.revision);
      else if (effect === 'stepDown') {
        await this.options.stepDown(event.type === 'storeAway' ? 'the lease could not be renewed' : 'another replica has the lease');
      }
    } catch (error) {
      // The broker is away in that very moment. The lease goes on to be kept, or lost.
      this.options.log('warn', `${effect === 'lead' ? 'to lead' : 'to step down'} took no effect everywhere: ${messageOf(error)}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
