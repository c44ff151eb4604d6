import type { AuthStep } from '@mediamesh/rtmp';
import { ClientConnection } from './client-connection.ts';
import type { ClientConnectionOptions, ConnectionUse } from './client-connection.ts';

export type RtmpClientSettings = Omit<ClientConnectionOptions, 'auth'>;

/** Another server that is connected to: one connection after another, as its authentication wants it. */
export class RtmpClient {
  private readonly settings: RtmpClientSettings;
  private readonly open: (connection: ClientConnection) => ConnectionUse;
  private connection: ClientConnection | undefined;
  private bytesBefore = 0;
  private stopReason: string | undefined;

  constructor(settings: RtmpClientSettings, open: (connection: ClientConnection) => ConnectionUse) {
    this.settings = settings;
    this.open = open;
  }

  get sentBytes(): number {
    return this.bytesBefore + (this.connection?.sentBytes ?? 0);
  }

  /** Resolves when everything is closed, with the reason. */
  async run(): Promise<string> {
    let auth: AuthStep | undefined;
    while (this.stopReason === undefined) {
      const connection = new ClientConnection({ ...this.settings, ...(auth && { auth }) }, this.open);
      this.connection = connection;
      const end = await connection.run();
      this.bytesBefore += connection.sentBytes;
      this.connection = undefined;
      if (end.kind === 'over') return end.reason;
      auth = end.auth;
    }
    return this.stopReason;
  }

  /** Takes leave of the server; `run` resolves. */
  stop(reason: string): void {
    this.stopReason ??= reason;
    this.connection?.stop(reason);
  }
}
