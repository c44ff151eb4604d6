import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Event } from './event-stream.ts';

/** Somebody's server for webhooks. */
export class WebhookReceiver {
  readonly events: Event[] = [];
  readonly forged: string[] = [];
  private readonly server: Server;
  private readonly secret: string;

  static async listen(port: number, secret: string): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(secret);
    receiver.server.listen(port, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  private constructor(secret: string) {
    this.secret = secret;
    this.server = createServer((request, response) => {
      void this.take(request).then(() => response.writeHead(204).end());
    });
  }

  /** By path, in the order in which they came. */
  kindsOf(path: string): readonly string[] {
    return this.events.filter((event) => event.path === path).map(({ kind }) => kind);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage): Promise<void> {
    const body = await text(request);
    const { 'x-mediamesh-timestamp': timestamp, 'x-mediamesh-signature': signature } = request.headers;
    const expected = `sha256=${createHmac('sha256', this.secret)
      .update(`${String(timestamp)}.${body}`)
      .digest('hex')}`;
    if (signature === expected) this.events.push(JSON.parse(body) as Event);
    else this.forged.push(body);
  }
}
