import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@mediamesh/contracts';
import type { sourceStart } from '@mediamesh/contracts';
import type { Logger } from '@mediamesh/platform';
import type { z } from 'zod';
import type { Gateway } from './gateway.ts';

const RETRY_MS = 1_000;
/** Looks at a source in the time in which silence is its failure. */
const SILENCE_CHECKS = 10;
/** A timeout that is changed while a source runs counts from the next look. */
const MAX_CHECK_INTERVAL_MS = 500;

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

/** The sources of one protocol that control has given to this instance: one a path and feed. Orders wait until the global configuration is there. */
export class Sources<Settings> {
  private settings: Settings | undefined;
  private readonly options: SourcesOptions<Settings>;
  private readonly waiting = new Map<string, SourceOrder>();
  private readonly running = new Map<string, { readonly source: PulledSource; readonly order: SourceOrder }>();
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
    const { sourceId, path, feed } = order;
    const { settings } = this;
    if (this.running.has(sourceId) || this.ended.signal.aborted) return;
    if (settings === undefined) {
      this.waiting.set(sourceId, order);
      return;
    }
    for (const [id, other] of this.running) {
      if (other.order.path === path && other.order.feed === feed) this.stop(id, 'replaced by another source');
    }
    const { component, logger } = this.options;
    const source = this.options.open(order, settings, logger.child(`path ${path}`).child(component));
    this.running.set(sourceId, { source, order });
    const stopWatching = this.watchSilence(source, order);
    source
      .run()
      .then(
        (end) => this.over(source, order, end),
        (error: unknown) => this.over(source, order, { reason: messageOf(error), expected: false }),
      )
      .finally(stopWatching);
  }

  stop(sourceId: string, reason: string): void {
    this.waiting.delete(sourceId);
    const running = this.running.get(sourceId);
    if (running !== undefined) void this.end(running.source, reason);
  }

  /** Resolves when all of them have ended. */
  async close(reason: string): Promise<void> {
    this.ended.abort();
    await Promise.all([...this.running.values()].map(({ source }) => this.end(source, reason)));
  }

  private async end(source: PulledSource, reason: string): Promise<void> {
    this.stopping.add(source);
    await source.stop(reason);
  }

  /** From its first publishing on: until then its protocol has timeouts of its own. */
  private watchSilence(source: PulledSource, { sourceId, path, silenceTimeoutMs }: SourceOrder): () => void {
    const { held, silenceTimeouts } = this.options.gateway;
    silenceTimeouts.begin(sourceId, silenceTimeoutMs);
    let bytes = -1;
    let sinceMs = performance.now();
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const timeoutMs = silenceTimeouts.of(sourceId);
      const now = held.publishers.get(sourceId)?.inboundBytes;
      if (now === undefined || now !== bytes || timeoutMs === 0) sinceMs = performance.now();
      bytes = now ?? bytes;
      if (performance.now() - sinceMs < timeoutMs || timeoutMs === 0) return lookLater(timeoutMs);
      const reason = `no data received in ${timeoutMs / 1000}s`;
      // Its farewell can take a while, and another is to take over now.
      if (!this.stopping.has(source)) void this.tell(sourceId, path, reason);
      void this.end(source, reason);
    };
    const lookLater = (timeoutMs: number): void => {
      const isShort = timeoutMs > 0 && timeoutMs < SILENCE_CHECKS * MAX_CHECK_INTERVAL_MS;
      timer = setTimeout(look, isShort ? timeoutMs / SILENCE_CHECKS : MAX_CHECK_INTERVAL_MS);
    };
    lookLater(silenceTimeoutMs);
    return () => {
      clearTimeout(timer);
      silenceTimeouts.end(sourceId);
    };
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
