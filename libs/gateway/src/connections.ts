import { connectionClosed, connectionOpened } from '@mediamesh/contracts';
import type { ControlClient } from '@mediamesh/platform';

/** Tells control of connections while the configuration has commands for them. Contract 4.1. */
export class Connections {
  private readonly client: ControlClient;
  private readonly instance: string;
  private readonly told = new Set<string>();
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
    this.told.add(id);
    this.client.emit(connectionOpened, { instance: this.instance, type, id, components: [...components] });
  }

  closed(id: string): void {
    if (this.told.delete(id)) this.client.emit(connectionClosed, { instance: this.instance, id });
  }
}
