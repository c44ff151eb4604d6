import type { CryptoPort } from '@mediamesh/bytes';
import type { Gateway, PulledSource, SourceEnd, SourceOrder } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { AuthStep } from '@mediamesh/rtmp';
import { parseServerAddress } from '../server-address.ts';
import { parseSourceOptions } from './source-options.ts';
import type { SourceSettings } from './source-options.ts';
import { SourceSession } from './source-session.ts';

export interface RtmpSourceParts {
  readonly gateway: Gateway;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly settings: SourceSettings;
  /** Behind it, lines are `[path p] [RTMP source] ...`. */
  readonly logger: Logger;
}

/** A server that is pulled from: one connection after another, as its authentication wants it. */
export class RtmpSource implements PulledSource {
  readonly path: string;
  private readonly order: SourceOrder;
  private readonly parts: RtmpSourceParts;
  private session: SourceSession | undefined;
  private stopReason: string | undefined;
  private running: Promise<SourceEnd> | undefined;

  constructor(order: SourceOrder, parts: RtmpSourceParts) {
    this.order = order;
    this.path = order.path;
    this.parts = parts;
  }

  run(): Promise<SourceEnd> {
    this.running = this.runSessions();
    return this.running;
  }

  async stop(reason: string): Promise<void> {
    this.stopReason ??= reason;
    this.session?.stop(reason);
    await this.running?.catch(() => {}); // whoever runs it gets the error
  }

  private async runSessions(): Promise<SourceEnd> {
    const { order, parts } = this;
    const { fingerprint } = parseSourceOptions(order.options);
    const address = parseServerAddress(order.url, 'source');
    const { path, sourceId } = order;
    let auth: AuthStep | undefined;
    for (;;) {
      if (this.stopReason !== undefined) return { reason: this.stopReason, expected: true };
      this.session = new SourceSession({ ...parts, path, sourceId, address, fingerprint, ...(auth && { auth }) });
      const end = await this.session.run();
      if (end.kind === 'over') return end;
      auth = end.auth;
    }
  }
}
