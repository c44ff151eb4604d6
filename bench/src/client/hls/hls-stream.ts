import { setTimeout as delay } from 'node:timers/promises';
import { parseInitSegment } from '@mediamesh/mp4';
import type { InitTrack } from '@mediamesh/mp4';
import type { ReadFigures } from '../frame-counter.ts';
import { countMp4Frames, countTsFrames } from './frames.ts';
import { HttpConnection } from './http-connection.ts';
import { parseMediaPlaylist } from './playlist.ts';
import type { MediaPlaylist, PlaylistEntry } from './playlist.ts';

/** Parts of a segment are fewer. */
const PARTS_A_SEGMENT = 10_000;

/**
 * One media playlist and what it names, each once and in order, as hls.js reads it: a connection for the playlist, which a low-latency
 * server blocks until there is more, and one for media.
 */
export class HlsStream {
  private readonly url: URL;
  private readonly figures: ReadFigures;
  private readonly lists: HttpConnection;
  private readonly media: HttpConnection;
  private readonly queue: PlaylistEntry[] = [];
  private readonly tracks = new Map<number, InitTrack>();
  private wake: () => void = () => {};
  /** Of what was queued last. */
  private position = -1;
  private open = true;

  constructor(url: URL, lists: HttpConnection, figures: ReadFigures) {
    this.url = url;
    this.figures = figures;
    this.lists = lists;
    this.media = new HttpConnection(url);
  }

  /** From the first playlist on, until `close`. Errors: an answer is not 200, or a connection is closed. */
  async play(): Promise<void> {
    const playlist = parseMediaPlaylist(await this.text(this.url));
    if (playlist.init !== undefined) await this.readInit(playlist.init);
    this.startAtEdge(playlist);
    await Promise.all([this.follow(playlist), this.download()]);
  }

  close(): void {
    this.open = false;
    this.lists.close();
    this.media.close();
    this.wake();
  }

  /** Low latency: at the last part that decoding can start with. */
  private startAtEdge({ parts, segments }: MediaPlaylist): void {
    const start = parts.findLast(({ independent }) => independent) ?? parts.at(-1) ?? segments.at(-1);
    if (start !== undefined) this.position = positionOf(start) - 1;
  }

  private async follow(first: MediaPlaylist): Promise<void> {
    for (let playlist = first; this.open;) {
      const news = this.enqueue(playlist.parts.length > 0 ? playlist.parts : playlist.segments);
      const next = new URL(this.url);
      if (playlist.parts.length > 0) {
        next.searchParams.set('_HLS_msn', String(playlist.next.mediaSequence));
        next.searchParams.set('_HLS_part', String(playlist.next.part));
        if (playlist.canSkip) next.searchParams.set('_HLS_skip', 'YES');
      } else await delay((playlist.targetDurationS * 1_000) / (news ? 1 : 2));
      if (this.open) playlist = parseMediaPlaylist(await this.text(next));
    }
  }

  private enqueue(entries: readonly PlaylistEntry[]): boolean {
    const before = this.position;
    for (const entry of entries) {
      if (positionOf(entry) <= this.position) continue;
      this.position = positionOf(entry);
      this.queue.push(entry);
    }
    this.wake();
    return this.position > before;
  }

  private async download(): Promise<void> {
    while (this.open) {
      const entry = this.queue.shift();
      if (entry === undefined) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      const body = await this.bytes(this.media, new URL(entry.uri, this.url));
      const { figures } = this;
      figures.bytes += body.length;
      figures.frames += this.tracks.size > 0 ? countMp4Frames(body, this.tracks, figures.latency) : countTsFrames(body);
    }
  }

  private async readInit(uri: string): Promise<void> {
    const { tracks } = parseInitSegment(await this.bytes(this.media, new URL(uri, this.url)));
    for (const track of tracks) this.tracks.set(track.id, track);
  }

  private async text(url: URL): Promise<string> {
    return (await this.bytes(this.lists, url)).toString('latin1');
  }

  private async bytes(connection: HttpConnection, url: URL): Promise<Buffer> {
    const { status, body } = await connection.get(url);
    if (status !== 200) throw new Error(`GET ${url.pathname}${url.search}: ${status}`);
    this.figures.packets++;
    return body;
  }
}

function positionOf({ mediaSequence, part }: PlaylistEntry): number {
  return mediaSequence * PARTS_A_SEGMENT + (part ?? 0);
}
