import type { CryptoPort } from '@mediamesh/bytes';
import type { ForwardOrder } from '@mediamesh/contracts';
import type { ForwardConnection } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import { RtspClient } from '../client/rtsp-client.ts';
import { parseServerAddress } from '../client/server-address.ts';
import { PushedStream } from './pushed-stream.ts';
import type { PushedStreamOptions } from './pushed-stream.ts';

/** As the default of `rtspUDPSourcePortRange`, which is for sources. */
const UDP_PORT_RANGE = [32_768, 60_999] as const;
/** As that of readers: a GOP of the cache, and what waits behind it. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

export interface RtspForwardParts extends PushedStreamOptions {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** A server that a path is pushed to. Over UDP, or over TCP where the server or TLS wants it. Contract 6.8. */
export class RtspForward implements ForwardConnection {
  private readonly order: ForwardOrder;
  private readonly parts: RtspForwardParts;
  private client: RtspClient | undefined;
  private stream: PushedStream | undefined;

  constructor(order: ForwardOrder, parts: RtspForwardParts) {
    this.order = order;
    this.parts = parts;
  }

  get outboundBytes(): number {
    return this.stream?.counters.bytes ?? 0;
  }

  async run(): Promise<string> {
    const { url, fingerprint } = this.order;
    const { feed, ...parts } = this.parts;
    const { logger } = parts;
    this.client = new RtspClient(
      {
        ...parts,
        address: parseServerAddress(url),
        fingerprint,
        transport: 'automatic',
        anyPort: false,
        receives: false,
        udp: { portRange: UDP_PORT_RANGE, readBufferBytes: 0 },
        maxQueuedBytes: MAX_QUEUED_BYTES,
      },
      (connection) => (this.stream = new PushedStream(connection, { feed, logger })),
    );
    return this.client.run();
  }

  stop(reason: string): void {
    this.client?.stop(reason);
  }
}
