import { setTimeout as delay } from 'node:timers/promises';
import { ReadFigures } from '../frame-counter.ts';
import { HlsStream } from './hls-stream.ts';
import { HttpConnection } from './http-connection.ts';
import { parseMediaPlaylist, streamsOf } from './playlist.ts';

export interface PlayOptions {
  /** Multivariant playlist. */
  readonly url: string;
  readonly count: number;
  /** Between the starts of two clients, so that they do not all ask at the same time. */
  readonly intervalMs: number;
}

export interface FirstOptions {
  /** One after the other. */
  readonly urls: readonly string[];
  readonly intervalMs: number;
}

/** All HLS clients of this process. */
export class HlsClients {
  /** `packets` counts answers. */
  readonly figures = new ReadFigures();
  private readonly streams: HlsStream[] = [];

  /** Errors: the first answer of a client is not a playlist. What fails later counts as closed. */
  async play({ url, count, intervalMs }: PlayOptions): Promise<void> {
    for (let i = 0; i < count; i++) {
      const connection = new HttpConnection(new URL(url));
      const { location, text } = await openPlaylist(connection, new URL(url));
      const [first, ...others] = streamsOf(text).map((uri) => new URL(uri, location));
      this.start(new HlsStream(first!, connection, this.figures));
      for (const other of others) this.start(new HlsStream(other, new HttpConnection(other), new ReadFigures()));
      await delay(intervalMs);
    }
  }

  /** Milliseconds from the connection to the last byte of media that a player can begin with. */
  async first({ urls, intervalMs }: FirstOptions): Promise<readonly number[]> {
    const times: Promise<number>[] = [];
    for (const url of urls) {
      times.push(firstPlayableMs(new URL(url)));
      await delay(intervalMs);
    }
    return Promise.all(times);
  }

  private start(stream: HlsStream): void {
    this.streams.push(stream);
    stream.play().catch((error: unknown) => {
      if (this.figures.closed++ === 0) process.stderr.write(`an HLS client ended: ${String(error)}\n`);
      stream.close();
    });
  }
}

/** Follows redirects. Cookies are Secure, so a client of plain HTTP has none and finds its session in the URIs. */
async function openPlaylist(connection: HttpConnection, url: URL): Promise<{ readonly location: URL; readonly text: string }> {
  let location = url;
  for (;;) {
    const { status, headers, body } = await connection.get(location);
    if (status === 200) return { location, text: body.toString('latin1') };
    if (status !== 302) throw new Error(`GET ${location.pathname}: ${status}`);
    location = new URL(headers.get('location')!, location);
  }
}

async function firstPlayableMs(url: URL): Promise<number> {
  const start = performance.now();
  const connection = new HttpConnection(url);
  try {
    const multivariant = await openPlaylist(connection, url);
    const { location, text } = await openPlaylist(connection, new URL(streamsOf(multivariant.text)[0]!, multivariant.location));
    const { init, parts, segments } = parseMediaPlaylist(text);
    const media = parts.findLast(({ independent }) => independent) ?? segments.at(-1);
    if (media === undefined) throw new Error(`nothing to begin with in ${text}`);
    for (const uri of init === undefined ? [media.uri] : [init, media.uri]) {
      const { status, body } = await connection.get(new URL(uri, location));
      if (status !== 200 || body.length === 0) throw new Error(`GET ${uri}: ${status}, ${body.length} bytes`);
    }
    return performance.now() - start;
  } finally {
    connection.close();
  }
}
