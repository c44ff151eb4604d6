import type { CryptoPort } from '@mediamesh/bytes';
import type { Gateway, PulledSource, SourceEnd, SourceOrder } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { parseSourceAddress, redirectedAddress } from './source-address.ts';
import { parseSourceOptions } from './source-options.ts';
import type { SourceSettings } from './source-options.ts';
import { SourceSession } from './source-session.ts';
import type { SourceSessionOptions } from './source-session.ts';

export interface RtspSourceParts {
  readonly gateway: Gateway;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly settings: SourceSettings;
  /** Behind it, lines are `[path p] [RTSP source] ...`. */
  readonly logger: Logger;
}

/** A server that is pulled from until it fails, or until it is stopped: one session after another, as redirects and the choice of transport want it. */
export class RtspSource implements PulledSource {
  readonly path: string;
  private readonly order: SourceOrder;
  private readonly parts: RtspSourceParts;
  private session: SourceSession | undefined;
  private stopReason: string | undefined;
  private running: Promise<SourceEnd> | undefined;

  constructor(order: SourceOrder, parts: RtspSourceParts) {
    this.order = order;
    this.path = order.path;
    this.parts = parts;
  }

  /** Resolves when everything is closed. Errors: of the order, when it is malformed. */
  run(): Promise<SourceEnd> {
    this.running = this.runSessions();
    return this.running;
  }

  /** Takes leave of the server, and resolves when everything is closed. */
  async stop(reason: string): Promise<void> {
    this.stopReason ??= reason;
    this.session?.stop(reason);
    await this.running?.catch(() => {}); // whoever runs it gets the error
  }

  private async runSessions(): Promise<SourceEnd> {
    const { order, parts } = this;
    const options = parseSourceOptions(order.options);
    const { path, sourceId } = order;
    let next: Pick<SourceSessionOptions, 'address' | 'transport' | 'redirects'> = {
      address: parseSourceAddress(order.url),
      transport: options.transport,
      redirects: 0,
    };
    for (;;) {
      if (this.stopReason !== undefined) return { reason: this.stopReason, expected: true };
      this.session = new SourceSession({ ...parts, path, sourceId, options, ...next });
      const end = await this.session.run();
      if (end.kind === 'over') return end;
      const { url, transport, redirects } = end.next;
      next = { address: redirectedAddress(next.address, url), transport, redirects };
    }
  }
}
