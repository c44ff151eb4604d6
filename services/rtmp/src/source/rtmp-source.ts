import type { CryptoPort } from '@mediamesh/bytes';
import { AUDIO_FOUR_CC, VIDEO_FOUR_CC } from '@mediamesh/flv';
import type { Gateway, PulledSource, SourceEnd, SourceOrder } from '@mediamesh/gateway';
import { dumpTarget } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { RtmpClient } from '../client/rtmp-client.ts';
import { parseServerAddress } from '../client/server-address.ts';
import { PulledStream } from './pulled-stream.ts';
import { parseSourceOptions } from './source-options.ts';
import type { SourceSettings } from './source-options.ts';

/** Commands are small: a server that takes none of them is stuck. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Every codec that a publisher can have. */
const FOUR_CCS: readonly string[] = [...Object.values(VIDEO_FOUR_CC), ...Object.values(AUDIO_FOUR_CC)];

export interface RtmpSourceParts {
  readonly gateway: Gateway;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly settings: SourceSettings;
  /** Behind it, lines are `[path p] [RTMP source] ...`. */
  readonly logger: Logger;
}

/** A server that is pulled from until it fails, or until it is stopped. */
export class RtmpSource implements PulledSource {
  readonly path: string;
  private readonly order: SourceOrder;
  private readonly parts: RtmpSourceParts;
  private client: RtmpClient | undefined;
  private running: Promise<SourceEnd> | undefined;
  private expectedEnd = false;

  constructor(order: SourceOrder, parts: RtmpSourceParts) {
    this.order = order;
    this.path = order.path;
    this.parts = parts;
  }

  run(): Promise<SourceEnd> {
    this.running = this.pull();
    return this.running;
  }

  async stop(reason: string): Promise<void> {
    this.client?.stop(reason);
    await this.running?.catch(() => {}); // whoever runs it gets the error
  }

  private async pull(): Promise<SourceEnd> {
    const { sourceId, path, url, options } = this.order;
    const { gateway, logger, crypto, timers, settings } = this.parts;
    const { fingerprint } = parseSourceOptions(options);
    const address = parseServerAddress(url, 'source');
    const prefix = `${address.tls ? 'rtmps' : 'rtmp'}_source_conn`;
    const dump = dumpTarget(settings.dumpPackets, prefix, (level, message) => logger[level](message));
    const onLost = (reason: string): void => {
      this.expectedEnd = true;
      client.stop(reason);
    };
    const client = new RtmpClient(
      {
        crypto,
        timers,
        logger,
        address,
        fingerprint,
        action: 'play',
        fourCcs: FOUR_CCS,
        ...settings,
        maxQueuedBytes: MAX_QUEUED_BYTES,
        dump,
      },
      (connection) => new PulledStream(connection, { gateway, logger, sourceId, path, onLost }),
    );
    this.client = client;
    return { reason: await client.run(), expected: this.expectedEnd };
  }
}
