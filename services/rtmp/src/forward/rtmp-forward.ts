import type { CryptoPort } from '@mediamesh/bytes';
import type { ForwardOrder } from '@mediamesh/contracts';
import type { ForwardConnection } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import { RtmpClient } from '../client/rtmp-client.ts';
import { parseServerAddress } from '../client/server-address.ts';
import { forwardFourCcs } from './forward-four-ccs.ts';
import { PushedStream } from './pushed-stream.ts';
import type { PushedStreamOptions } from './pushed-stream.ts';

/** As that of readers: a GOP of the cache, and what waits behind it. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

export interface RtmpForwardParts extends PushedStreamOptions {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** A server that a path is pushed to. */
export class RtmpForward implements ForwardConnection {
  private readonly order: ForwardOrder;
  private readonly parts: RtmpForwardParts;
  private client: RtmpClient | undefined;

  constructor(order: ForwardOrder, parts: RtmpForwardParts) {
    this.order = order;
    this.parts = parts;
  }

  get outboundBytes(): number {
    return this.client?.sentBytes ?? 0;
  }

  async run(): Promise<string> {
    const { url, fingerprint } = this.order;
    const { feed, ...parts } = this.parts;
    const { logger } = parts;
    const address = parseServerAddress(url, 'forward');
    const fourCcs = forwardFourCcs(feed.maker);
    this.client = new RtmpClient(
      { ...parts, address, fingerprint, action: 'publish', fourCcs, maxQueuedBytes: MAX_QUEUED_BYTES },
      (connection) => new PushedStream(connection, fourCcs, { feed, logger }),
    );
    return this.client.run();
  }

  stop(reason: string): void {
    this.client?.stop(reason);
  }
}
