import { HlsClients } from './hls/hls-clients.ts';
import type { FirstOptions, PlayOptions } from './hls/hls-clients.ts';
import { Publishers } from './publisher.ts';
import type { PublishFigures, PublishOptions } from './publisher.ts';
import { Readers } from './readers.ts';
import type { ChurnOptions, JoinOptions, ReadOptions } from './readers.ts';

/** What the measuring process asks of a process of clients. */
export type ClientRequest =
  | ({ readonly kind: 'publish' } & PublishOptions)
  | ({ readonly kind: 'read' } & ReadOptions)
  | ({ readonly kind: 'join' } & JoinOptions)
  | ({ readonly kind: 'churn' } & ChurnOptions)
  | { readonly kind: 'burst'; readonly urls: readonly string[] }
  | ({ readonly kind: 'hlsPlay' } & PlayOptions)
  | ({ readonly kind: 'hlsFirst' } & FirstOptions)
  | { readonly kind: 'reset' }
  | { readonly kind: 'figures' };

export interface ClientFigures {
  readonly published: PublishFigures;
  readonly frames: number;
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  readonly closed: number;
  readonly visits: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly maxMs: number | undefined;
}

/** The child's side: answers each request once, ends with its parent. */
export function runClientProcess(): void {
  const readers = new Readers();
  const players = new HlsClients();
  const publishers: Publishers[] = [];

  async function handle(request: ClientRequest): Promise<unknown> {
    switch (request.kind) {
      case 'publish': {
        const group = new Publishers(request);
        publishers.push(group);
        return group.start();
      }
      case 'read':
        return readers.start(request);
      case 'join':
        return readers.join(request);
      case 'churn':
        return readers.churn(request);
      case 'burst':
        return readers.burst(request.urls);
      case 'hlsPlay':
        return players.play(request);
      case 'hlsFirst':
        return players.first(request);
      case 'reset':
        readers.figures.reset();
        players.figures.reset();
        for (const { figures } of publishers) figures.frames = figures.blocked = figures.closed = 0;
        return;
      case 'figures':
        return figuresOf(readers, players, publishers);
    }
  }

  process.on('message', ({ id, request }: { readonly id: number; readonly request: ClientRequest }) => {
    handle(request).then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

/** A process reads or plays, never both. */
function figuresOf({ figures: read, visits }: Readers, players: HlsClients, publishers: readonly Publishers[]): ClientFigures {
  const figures = read.frames > 0 ? read : players.figures;
  const published: PublishFigures = { frames: 0, blocked: 0, closed: 0 };
  for (const group of publishers) {
    published.frames += group.figures.frames;
    published.blocked += group.figures.blocked;
    published.closed += group.figures.closed;
  }
  const { frames, packets, bytes, lost, closed, latency } = figures;
  const [p50Ms, p99Ms, maxMs] = [latency.percentileMs(50), latency.percentileMs(99), latency.percentileMs(100)];
  return { published, frames, packets, bytes, lost, closed, visits, p50Ms, p99Ms, maxMs };
}
