import type { Amf0Value } from '@mediamesh/flv';
import { RtmpClientConnection } from './client/connection.ts';
import type { AuthStep } from './client/adobe-auth.ts';
import { parseStreamAddress } from './client/stream-address.ts';
import type { RtmpClientOptions } from './client/handler.ts';
import { nodeCrypto } from './node-crypto.cases.ts';
import { RtmpServerConnection } from './server/connection.ts';
import type { StreamRequest } from './server/handler.ts';
import type { MediaMessage } from './message-stream.ts';

export const NOW_MS = 1_000;
export const READ_TIMEOUT_MS = 10_000;

/** What a side has told its owner. */
export class Recorded {
  readonly sent: Uint8Array[] = [];
  readonly medias: MediaMessage[] = [];
  readonly datas: (readonly Amf0Value[])[] = [];
  requests: StreamRequest[] = [];
  startedTimes = 0;
  nextAuth: AuthStep | undefined;
  closedWith: string | undefined;
  closedTimes = 0;
  sentAfterClose = 0;

  send(bytes: Uint8Array): void {
    if (this.closedWith !== undefined) this.sentAfterClose++;
    this.sent.push(bytes);
  }

  requested(request: StreamRequest): void {
    this.requests.push(request);
  }

  started(): void {
    this.startedTimes++;
  }

  media(message: MediaMessage): void {
    this.medias.push(message);
  }

  data(values: readonly Amf0Value[]): void {
    this.datas.push(values);
  }

  reconnect(auth: AuthStep): void {
    this.nextAuth = auth;
  }

  close(reason: string): void {
    this.closedTimes++;
    this.closedWith = reason;
  }
}

export function newServer(): { readonly server: RtmpServerConnection; readonly told: Recorded } {
  const told = new Recorded();
  return { server: new RtmpServerConnection({ crypto: nodeCrypto, readTimeoutMs: READ_TIMEOUT_MS }, told, NOW_MS), told };
}

export function newClient(
  url: string,
  more: Partial<RtmpClientOptions> = {},
): { readonly client: RtmpClientConnection; readonly told: Recorded } {
  const told = new Recorded();
  const options = { crypto: nodeCrypto, address: parseStreamAddress(url), fourCcs: [], readTimeoutMs: READ_TIMEOUT_MS, ...more };
  return { client: new RtmpClientConnection({ action: 'play', ...options }, told, NOW_MS), told };
}

/** Our client and our server, with a wire between them. */
export class Dialogue {
  readonly server: RtmpServerConnection;
  readonly atServer: Recorded;
  readonly client: RtmpClientConnection;
  readonly atClient: Recorded;
  private readonly pieceBytes: number;

  constructor(url: string, more: Partial<RtmpClientOptions> = {}, pieceBytes = 4_096) {
    ({ server: this.server, told: this.atServer } = newServer());
    ({ client: this.client, told: this.atClient } = newClient(url, more));
    this.pieceBytes = pieceBytes;
    this.client.start();
    this.pump();
  }

  /** Until neither has anything to say. */
  pump(): void {
    while (this.atClient.sent.length > 0 || this.atServer.sent.length > 0) {
      this.deliver(this.atClient, (bytes) => this.server.receive(bytes, NOW_MS));
      this.deliver(this.atServer, (bytes) => this.client.receive(bytes, NOW_MS));
    }
  }

  private deliver(from: Recorded, to: (bytes: Uint8Array) => void): void {
    for (const bytes of from.sent.splice(0)) {
      for (let at = 0; at < bytes.length; at += this.pieceBytes) to(bytes.subarray(at, at + this.pieceBytes));
    }
  }
}
