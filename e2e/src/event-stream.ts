import { expect } from 'vitest';

/** As the Control API and webhooks tell it. */
export interface Event {
  readonly id: string;
  readonly kind: string;
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A client of the event stream; `after` is the id of the last event that it has seen. */
export class EventStream {
  readonly events: Event[] = [];
  readonly names: string[] = [];
  private readonly gone = new AbortController();

  static async open(url: string, after?: string): Promise<EventStream> {
    const stream = new EventStream();
    const headers = after === undefined ? {} : { 'Last-Event-ID': after };
    const response = await fetch(url, { headers, signal: stream.gone.signal });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    stream.read(response).catch(() => {}); // ended by `close`
    return stream;
  }

  close(): void {
    this.gone.abort();
  }

  private async read(response: Response): Promise<void> {
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) this.take(block.split('\n'));
    }
  }

  private take(lines: readonly string[]): void {
    const field = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.substring(name.length + 2);
    const [name, data] = [field('event'), field('data')];
    if (name === undefined || data === undefined) return;
    this.names.push(name);
    if (name !== 'missed') this.events.push(JSON.parse(data) as Event);
  }
}
