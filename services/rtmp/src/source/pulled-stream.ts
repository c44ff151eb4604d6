import { ControlError } from '@mediamesh/contracts';
import type { Amf0Value } from '@mediamesh/flv';
import type { Gateway } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import type { MediaMessage } from '@mediamesh/rtmp';
import type { ClientConnection, ConnectionUse } from '../client/client-connection.ts';
import { Publishing } from '../publishing.ts';

export interface PulledStreamOptions {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly sourceId: string;
  readonly path: string;
  /** The path is another's. */
  readonly onLost: (reason: string) => void;
}

/** What a server plays, and the path that it feeds. */
export class PulledStream implements ConnectionUse {
  private readonly publishing: Publishing;

  constructor(connection: ClientConnection, { gateway, logger, sourceId, path, onLost }: PulledStreamOptions) {
    connection.tcp.setBulk(true);
    this.publishing = new Publishing({
      gateway,
      logger,
      sessionId: sourceId,
      sourceType: 'rtmpSource',
      path,
      query: '',
      grant: undefined,
      onReady: () => {},
      onFailed: (error) => {
        if (error instanceof ControlError && error.code === 'SOURCE_NOT_PUBLISHER') onLost(error.message);
        else connection.stop(error instanceof Error ? error.message : String(error));
      },
      onLost,
    });
  }

  media(message: MediaMessage): void {
    this.publishing.media(message, Date.now() * 1000);
  }

  data(values: readonly Amf0Value[]): void {
    this.publishing.data(values);
  }

  tick(): void {
    this.publishing.tick();
  }

  async close(reason: string): Promise<void> {
    await this.publishing.close(reason);
  }
}
