import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { REPOSITORY } from '@mediamesh/testkit';

export type Answer = string | Uint8Array | ((request: IncomingMessage, response: ServerResponse) => void);

/** A web server whose files are what a test says; and what was asked of it. */
export class MediaServer {
  readonly files: Map<string, Answer>;
  readonly requests: string[] = [];
  private readonly server: Server;

  static async open(
    files: Readonly<Record<string, Answer>>,
    tls?: { readonly cert: Uint8Array; readonly key: Uint8Array },
  ): Promise<MediaServer> {
    const server = tls === undefined ? createServer() : createSecureServer({ cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return new MediaServer(server, files);
  }

  private constructor(server: Server, files: Readonly<Record<string, Answer>>) {
    this.server = server;
    this.files = new Map(Object.entries(files));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.answer(request, response));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path: string, scheme = 'http'): string {
    return `${scheme}://127.0.0.1:${this.port}${path}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request.url!);
    const answer = this.files.get(request.url!.split('?', 1)[0]!);
    if (answer === undefined) response.writeHead(404).end();
    else if (typeof answer === 'function') answer(request, response);
    else ranged(request, response, Buffer.from(answer));
  }
}

function ranged(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) response.end(body);
  else response.writeHead(206).end(body.subarray(Number(first), Number(last) + 1));
}

/** A short file of another package: made by ffmpeg, stored. */
export function clip(file: string): Uint8Array {
  const folder = file.endsWith('.mp4') ? 'mp4' : 'mpegts';
  return new Uint8Array(readFileSync(join(REPOSITORY, 'libs', folder, 'src', 'testdata', file)));
}

/** What ffprobe reads in the first track of an MP4 clip. */
export function probed(file: string): { readonly timescale: number; readonly dts: readonly number[] } {
  const text = readFileSync(join(REPOSITORY, 'libs', 'mp4', 'src', 'testdata', file.replace('.mp4', '.json')), 'utf8');
  const { tracks } = JSON.parse(text) as { readonly tracks: readonly { readonly timescale: number; readonly dts: readonly number[] }[] };
  return tracks[0]!;
}

/** A fragmented file in two: up to its movie box, and the rest. */
export function splitMp4(bytes: Uint8Array): { readonly init: Uint8Array; readonly media: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += view.getUint32(at)) {
    if (view.getUint32(at + 4) !== 0x6d6f6f76) continue;
    const end = at + view.getUint32(at);
    return { init: bytes.subarray(0, end), media: bytes.subarray(end) };
  }
  throw new Error('there is no movie box');
}
