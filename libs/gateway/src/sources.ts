import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@mediamesh/contracts';
import type { sourceStart } from '@mediamesh/contracts';
import type { Logger } from '@mediamesh/platform';
import type { z } from 'zod';
import type { Gateway } from './gateway.ts';

const RETRY_MS = 1_000;

/** What control wants to be pulled. */
export type SourceOrder = z.output<typeof sourceStart.request>;

export interface SourceEnd {
  readonly reason: string;
  /** The path is not this source's any more, which is nobody's error. */
  readonly expected: boolean;
}

/** A server that is pulled from until it fails, or until it is stopped. */
export interface PulledSource {
  readonly path: string;
  /** Resolves when everything is closed. Errors: of the order, when it is malformed. */
  run(): Promise<SourceEnd>;
  /** Resolves when everything is closed; so does `run`. */
  stop(reason: string): Promise<void>;
}

export interface SourcesOptions<Settings> {
  readonly gateway: Gateway;
  readonly logger: Logger;
  /** `logger` says `[path p] [<component>] ...`. */
  readonly component: string;
  open(order: SourceOrder, settings: Settings, logger: Logger): PulledSource;
}

/** The sources of one protocol that control has given to this instance: one a path. Orders wait until the global configuration is there. */
export class Sources<Settings> {
  private settings: Settings | undefined;
  private readonly options: SourcesOptions<Settings>;
  private readonly waiting = new Map<string, SourceOrder>();
  private readonly running = new Map<string, PulledSource>();
  /** Told to stop: control knows of their end. */
  private readonly stopping = new WeakSet<PulledSource>();
  private readonly ended = new AbortController();

  constructor(options: SourcesOptions<Settings>) {
    this.options = options;
  }

  /** Sources that start from now on use these. */
  configure(settings: Settings): void {
    this.settings = settings;
    const orders = [...this.waiting.values()];
    this.waiting.clear();
    for (const order of orders) this.start(order);
  }

  /** Idempotent. Failures are told to control, which decides about another try. */
  start(order: SourceOrder): void {
    const { sourceId, path } = order;
    const { settings } = this;
    if (this.running.has(sourceId) || this.ended.signal.aborted) return;
    if (settings === undefined) {
      this.waiting.set(sourceId, order);
      return;
    }
    for (const [id, other] of this.running) if (other.path === path) this.stop(id, 'replaced by another source');
    const { component, logger } = this.options;
    const source = this.options.open(order, settings, logger.child(`path ${path}`).child(component));
    this.running.set(sourceId, source);
    source.run().then(
      (end) => this.over(source, order, end),
      (error: unknown) => this.over(source, order, { reason: messageOf(error), expected: false }),
    );
  }

  stop(sourceId: string, reason: string): void {
    this.waiting.delete(sourceId);
    const source = this.running.get(sourceId);
    if (source !== undefined) void this.end(source, reason);
  }

  /** Resolves when all of them have ended. */
  async close(reason: string): Promise<void> {
    this.ended.abort();
    await Promise.all([...this.running.values()].map((source) => this.end(source, reason)));
  }

  private async end(source: PulledSource, reason: string): Promise<void> {
    this.stopping.add(source);
    await source.stop(reason);
  }

  private over(source: PulledSource, { sourceId, path }: SourceOrder, end: SourceEnd): void {
    this.running.delete(sourceId);
    if (!this.stopping.has(source)) void this.tell(sourceId, path, end.expected ? '' : end.reason);
  }

  /** An event to a control service that is away would be lost, and the source never started again: so it is asked first whether it is there. */
  private async tell(sourceId: string, path: string, error: string): Promise<void> {
    const { gateway, logger } = this.options;
    const { signal } = this.ended;
    while (!signal.aborted) {
      try {
        await gateway.control.config();
        gateway.sourceStopped(sourceId, path, error);
        return;
      } catch (problem) {
        if (!(problem instanceof ControlError)) {
          logger.error('internal error, the end of a source is not reported', problem);
          return;
        }
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => {}); // the loop ends then
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
