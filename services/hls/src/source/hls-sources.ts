import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@mediamesh/contracts';
import type { Gateway } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { HlsSource } from './hls-source.ts';
import type { SourceEnd, SourceOrder, SourceSettings } from './hls-source.ts';

const RETRY_MS = 1_000;

export interface HlsSourcesParts {
  readonly gateway: Gateway;
  readonly timers: TimerWheel;
  readonly logger: Logger;
}

/** The HLS sources that control has given to this instance: one a path. Orders wait until the global configuration is there. */
export class HlsSources {
  private settings: SourceSettings | undefined;
  private readonly waiting = new Map<string, SourceOrder>();
  private readonly parts: HlsSourcesParts;
  private readonly bySourceId = new Map<string, HlsSource>();
  private readonly ended = new AbortController();

  constructor(parts: HlsSourcesParts) {
    this.parts = parts;
  }

  /** Sources that start from now on use these. */
  configure(settings: SourceSettings): void {
    this.settings = settings;
    const orders = [...this.waiting.values()];
    this.waiting.clear();
    for (const order of orders) this.start(order);
  }

  /** Idempotent. Failures are told to control, which decides about another try. */
  start(order: SourceOrder): void {
    const { sourceId, path } = order;
    const { settings } = this;
    if (this.bySourceId.has(sourceId) || this.ended.signal.aborted) return;
    if (settings === undefined) {
      this.waiting.set(sourceId, order);
      return;
    }
    for (const [id, other] of this.bySourceId) if (other.path === path) this.stop(id, 'replaced by another source');
    const { gateway, timers } = this.parts;
    const logger = this.parts.logger.child(`path ${path}`).child('HLS source');
    const source = new HlsSource(order, { gateway, timers, logger, settings });
    this.bySourceId.set(sourceId, source);
    source.run().then(
      (end) => this.over(source, order, end),
      (error: unknown) => this.over(source, order, { reason: messageOf(error), expected: false }),
    );
  }

  /** Control knows that it ends: nothing is reported. */
  stop(sourceId: string, reason: string): void {
    this.waiting.delete(sourceId);
    void this.bySourceId.get(sourceId)?.stop(reason);
  }

  /** Resolves when all of them have ended. */
  async close(reason: string): Promise<void> {
    this.ended.abort();
    await Promise.all([...this.bySourceId.values()].map((source) => source.stop(reason)));
  }

  private over(source: HlsSource, { sourceId, path }: SourceOrder, end: SourceEnd): void {
    this.bySourceId.delete(sourceId);
    if (!source.isStopping) void this.tell(sourceId, path, end.expected ? '' : end.reason);
  }

  /** An event to a control service that is away would be lost, and the source never started again: so it is asked first whether it is there. */
  private async tell(sourceId: string, path: string, error: string): Promise<void> {
    const { gateway, logger } = this.parts;
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
