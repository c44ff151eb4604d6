import { connectionClosed, connectionOpened } from '@mediamesh/contracts';
import type { ControlClient } from '@mediamesh/platform';

interface Connection {
  readonly type: string;
  readonly id: string;
  readonly components: readonly string[];
}

/** Tells control of connections while the configuration has commands for them. Contract 4.1. */
export class Connections {
  private readonly client: ControlClient;
  private readonly instance: string;
  private readonly told = new Map<string, Connection>();
  private hooked = false;

  constructor(client: ControlClient, instance: string) {
    this.client = client;
    this.instance = instance;
  }

  configure({ runOnConnect, runOnDisconnect }: { readonly runOnConnect: string; readonly runOnDisconnect: string }): void {
    this.hooked = runOnConnect !== '' || runOnDisconnect !== '';
  }

  /** `type` as in the API: `rtspConn`. `components`: the prefixes of its lines in the log. */
  opened(type: string, id: string, components: readonly string[]): void {
    if (!this.hooked) return;
    const connection = { type, id, components };
    this.told.set(id, connection);
    this.tell(connection);
  }

  closed(id: string): void {
    if (this.told.delete(id)) this.client.emit(connectionClosed, { instance: this.instance, id });
  }

  /** A leader that is new may not have heard of some. */
  tellAll(): void {
    for (const connection of this.told.values()) this.tell(connection);
  }

  private tell({ type, id, components }: Connection): void {
    this.client.emit(connectionOpened, { instance: this.instance, type, id, components: [...components] });
  }
}
