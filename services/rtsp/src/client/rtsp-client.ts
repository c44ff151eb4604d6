import { ClientConnection } from './client-connection.ts';
import type { ClientConnectionOptions, ConnectionUse } from './client-connection.ts';
import { redirectedAddress } from './server-address.ts';

export type RtspClientSettings = Omit<ClientConnectionOptions, 'redirects'>;

/** Another server that is connected to: one connection after another, as redirects and the choice of transport want it. */
export class RtspClient {
  private readonly settings: RtspClientSettings;
  private readonly open: (connection: ClientConnection) => ConnectionUse;
  private connection: ClientConnection | undefined;
  private stopReason: string | undefined;

  constructor(settings: RtspClientSettings, open: (connection: ClientConnection) => ConnectionUse) {
    this.settings = settings;
    this.open = open;
  }

  /** Resolves when everything is closed, with the reason. Errors: ServerUrlError of a redirect. */
  async run(): Promise<string> {
    let { address, transport } = this.settings;
    let redirects = 0;
    while (this.stopReason === undefined) {
      this.connection = new ClientConnection({ ...this.settings, address, transport, redirects }, this.open);
      const end = await this.connection.run();
      if (end.kind === 'over') return end.reason;
      address = redirectedAddress(address, end.next.url);
      ({ transport, redirects } = end.next);
    }
    return this.stopReason;
  }

  /** Takes leave of the server; `run` resolves. */
  stop(reason: string): void {
    this.stopReason ??= reason;
    this.connection?.stop(reason);
  }
}
