import type { CryptoPort } from '@mediamesh/bytes';
import type { Gateway, PulledSource, SourceEnd, SourceOrder } from '@mediamesh/gateway';
import { dumpTarget } from '@mediamesh/net';
import type { DumpTarget, TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { RtspClient } from '../client/rtsp-client.ts';
import { parseServerAddress } from '../client/server-address.ts';
import { PulledStream } from './pulled-stream.ts';
import { parseSourceOptions } from './source-options.ts';
import type { SourceSettings } from './source-options.ts';

/** Requests and reports are small: a server that takes none of them is stuck. */
const MAX_QUEUED_BYTES = 1024 * 1024;

export interface RtspSourceParts {
  readonly gateway: Gateway;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly settings: SourceSettings;
  /** Behind it, lines are `[path p] [RTSP source] ...`. */
  readonly logger: Logger;
}

/** A server that is pulled from until it fails, or until it is stopped. */
export class RtspSource implements PulledSource {
  readonly path: string;
  private readonly order: SourceOrder;
  private readonly parts: RtspSourceParts;
  private client: RtspClient | undefined;
  private running: Promise<SourceEnd> | undefined;
  private expectedEnd = false;

  constructor(order: SourceOrder, parts: RtspSourceParts) {
    this.order = order;
    this.path = order.path;
    this.parts = parts;
  }

  /** Resolves when everything is closed. Errors: of the order, when it is malformed. */
  run(): Promise<SourceEnd> {
    this.running = this.pull();
    return this.running;
  }

  /** Takes leave of the server, and resolves when everything is closed. */
  async stop(reason: string): Promise<void> {
    this.client?.stop(reason);
    await this.running?.catch(() => {}); // whoever runs it gets the error
  }

  private async pull(): Promise<SourceEnd> {
    const { order, parts } = this;
    const { sourceId, path } = order;
    const { gateway, logger, crypto, timers, settings } = parts;
    const options = parseSourceOptions(order.options);
    const address = parseServerAddress(order.url);
    const { transport, anyPort, fingerprint, udpPortRange: portRange } = options;
    const readBufferBytes = options.udpReadBufferBytes ?? settings.udpReadBufferBytes;
    const dumpOf = (what: 'conn' | 'packet_conn'): DumpTarget | undefined =>
      dumpTarget(settings.dumpPackets, `${address.tls ? 'rtsps' : 'rtsp'}_source_${what}`, (level, message) => logger[level](message));
    const onLost = (reason: string): void => {
      this.expectedEnd = true;
      client.stop(reason);
    };
    const client = new RtspClient(
      {
        crypto,
        timers,
        logger,
        address,
        fingerprint,
        transport,
        anyPort,
        receives: true,
        udp: { portRange, readBufferBytes, dump: dumpOf('packet_conn') },
        ...settings,
        maxQueuedBytes: MAX_QUEUED_BYTES,
        dump: dumpOf('conn'),
      },
      (connection) => new PulledStream(connection, { gateway, logger, sourceId, path, options, onLost }),
    );
    this.client = client;
    return { reason: await client.run(), expected: this.expectedEnd };
  }
}
