import { ParseError } from '@mediamesh/bytes';
import { MAX_PLAYLIST_BYTES, PlaylistCursor, parsePlaylist } from '@mediamesh/hls';
import type { MediaPlaylist, MediaResource, WantedMedia } from '@mediamesh/hls';
import { MAX_INIT_BYTES } from '@mediamesh/mp4';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { HttpClient } from './http-client.ts';
import { Mp4MediaReader, TsMediaReader, checkSameTracks } from './media-reader.ts';
import type { MediaReader, MediaTrack, MediaUnit } from './media-reader.ts';
import type { SourceClock } from './source-clock.ts';
import { NODE_TIME, UnitPacer } from './unit-pacer.ts';

/** 10 seconds at 50 Mbit/s. */
export const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
/** Tracks are known by then, or never: a stream that begins with minutes of one of its tracks is not live. */
const MAX_SEGMENTS_BEFORE_TRACKS = 3;

/** A unit with its place among those of all playlists. */
export interface PulledUnit extends MediaUnit {
  /** Of the source's tracks. */
  readonly trackId: number;
  readonly seconds: number;
  readonly presentationSeconds: number;
  readonly sizeBytes: number;
  /** Microseconds since 1970, where the playlist says it. */
  readonly ntpUs: number | undefined;
}

export interface PlaylistPullParts {
  readonly http: HttpClient;
  readonly clock: SourceClock;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly write: (unit: PulledUnit) => void;
  readonly undecodable: (error: Error) => void;
  readonly failed: (error: unknown) => void;
}

interface ReadSegment {
  readonly units: readonly MediaUnit[];
  readonly media: WantedMedia;
}

/** One media playlist: loads it again and again, and what is new in it. */
export class PlaylistPull {
  tracks: readonly MediaTrack[] = [];
  unsupported: readonly string[] = [];
  /** Of its first track; counted over all playlists of the source. */
  private firstTrackId = 1;
  private url: URL;
  private playlist: MediaPlaylist | undefined;
  private readonly parts: PlaylistPullParts;
  private cursor = new PlaylistCursor();
  private readonly pacer: UnitPacer<PulledUnit>;
  private reader: MediaReader | undefined;
  private run: { readonly discontinuity: number; readonly map: MediaResource | undefined } | undefined;
  private readonly before: ReadSegment[] = [];

  /** `playlist`: when it was loaded already. */
  constructor(url: URL, playlist: MediaPlaylist | undefined, parts: PlaylistPullParts) {
    this.url = url;
    this.playlist = playlist;
    this.parts = parts;
    this.pacer = new UnitPacer({ clock: parts.clock, time: NODE_TIME, write: parts.write, failed: parts.failed });
  }

  /** Of a playlist with parts, once it is open: from where it began to the end that it had then. */
  get startedBehindMs(): number {
    return this.cursor.startedBehindMs;
  }

  /** Loads until the tracks are known; from where the leading playlist has begun. Errors: HttpFetchError, ParseError. */
  async open(leastBehindMs: number): Promise<void> {
    this.cursor = new PlaylistCursor(leastBehindMs);
    for (let count = 0; count < MAX_SEGMENTS_BEFORE_TRACKS; count++) {
      const segment = await this.nextSegment();
      if (segment === undefined) break;
      this.before.push(segment);
      if (this.reader!.tracks === undefined) continue;
      this.tracks = this.reader!.tracks;
      this.unsupported = this.reader!.unsupported;
      return;
    }
    throw new ParseError('segment', 0, 'no supported tracks found');
  }

  /** Units go on from now; resolves at the end of the playlist. Errors: as `open`. */
  async stream(firstTrackId: number): Promise<void> {
    this.firstTrackId = firstTrackId;
    for (const segment of this.before.splice(0)) this.give(segment);
    for (;;) {
      await this.pacer.room();
      const segment = await this.nextSegment();
      if (segment === undefined) break;
      this.give(segment);
    }
    await this.pacer.drained();
  }

  close(): void {
    this.pacer.close();
  }

  private async nextSegment(): Promise<ReadSegment | undefined> {
    this.playlist ??= await this.load(undefined);
    for (;;) {
      this.parts.signal.throwIfAborted();
      const step = this.cursor.next(this.playlist);
      if (step.kind === 'end') return undefined;
      if (step.kind === 'media') return this.read(step.media);
      if (step.afterMs > 0) await this.wait(step.afterMs);
      this.playlist = await this.load(step.blockingQuery);
    }
  }

  private async read(media: WantedMedia): Promise<ReadSegment> {
    await this.enter(media);
    this.parts.logger.debug(`downloading segment ${new URL(media.uri, this.url).pathname}`);
    const bytes = await this.resource(media, MAX_SEGMENT_BYTES);
    const { units, errors } = this.reader!.read(bytes);
    for (const error of errors) this.parts.undecodable(error);
    return { units, media };
  }

  /** A discontinuity, or another init segment, begins a run with a reader of its own. */
  private async enter({ discontinuitySequence, map, uri }: WantedMedia): Promise<void> {
    const isSame =
      this.run?.discontinuity === discontinuitySequence &&
      this.run.map?.uri === map?.uri &&
      this.run.map?.range?.offset === map?.range?.offset;
    if (isSame && this.reader !== undefined) return;
    if (map === undefined && /\.(aac|mp3|ac3|vtt|webvtt)$/i.test(new URL(uri, this.url).pathname)) {
      throw new ParseError('segment', 0, 'is neither MPEG-TS nor fMP4: not supported');
    }
    const reader = map === undefined ? new TsMediaReader() : new Mp4MediaReader(await this.resource(map, MAX_INIT_BYTES));
    if (this.tracks.length > 0 && reader.tracks !== undefined) checkSameTracks(this.tracks, reader.tracks);
    this.reader = reader;
    this.run = { discontinuity: discontinuitySequence, map };
  }

  private give({ units, media }: ReadSegment): void {
    const { tracks, parts, firstTrackId } = this;
    if (this.reader!.tracks !== undefined) checkSameTracks(tracks, this.reader!.tracks);
    const secondsOf = ({ index, dtsTicks }: MediaUnit): number => dtsTicks / tracks[index]!.clockRateHz;
    const sorted = [...units].sort((a, b) => secondsOf(a) - secondsOf(b));
    const [first] = sorted;
    if (first === undefined) return;
    const { programDateTimeMs, discontinuitySequence } = media;
    const presentationOf = ({ index, ptsTicks }: MediaUnit): number => ptsTicks / tracks[index]!.clockRateHz;
    const presented = presentationOf(first);
    const offset = parts.clock.offsetOf(discontinuitySequence, secondsOf(first));
    const seen = new Set<number>();
    const placed = sorted.map((unit): PulledUnit => {
      const { index, payload } = unit;
      const offsetTicks = Math.round(offset * tracks[index]!.clockRateHz);
      const seconds = secondsOf(unit) + offset;
      const isFirst = !seen.has(index);
      seen.add(index);
      return {
        index,
        payload,
        trackId: firstTrackId + index,
        ptsTicks: unit.ptsTicks + offsetTicks,
        dtsTicks: unit.dtsTicks + offsetTicks,
        discontinuity: unit.discontinuity || (isFirst && media.afterLoss),
        seconds,
        sizeBytes: payload.reduce((sum, { length }) => sum + length, 0),
        presentationSeconds: presentationOf(unit) + offset,
        ntpUs:
          programDateTimeMs === undefined ? undefined : Math.round(programDateTimeMs * 1000 + (presentationOf(unit) - presented) * 1e6),
      };
    });
    parts.clock.reached(placed[placed.length - 1]!.seconds);
    this.pacer.push(placed);
  }

  private async load(blockingQuery: string | undefined): Promise<MediaPlaylist> {
    const url = new URL(this.url);
    if (blockingQuery !== undefined) url.search = url.search === '' ? blockingQuery : `${url.search}&${blockingQuery}`;
    this.parts.logger.debug(`downloading stream playlist ${url.pathname}`);
    const { url: from, body } = await this.parts.http.get(url, { maxBytes: MAX_PLAYLIST_BYTES });
    const playlist = parsePlaylist(body);
    if (playlist.kind !== 'media') throw new ParseError('playlist', 0, 'invalid playlist');
    this.url = withoutBlocking(from);
    return playlist;
  }

  private async resource({ uri, range }: MediaResource, maxBytes: number): Promise<Uint8Array> {
    const { body } = await this.parts.http.get(resolveUri(uri, this.url), { maxBytes, range });
    return body;
  }

  private wait(delayMs: number): Promise<void> {
    const { timers, signal } = this.parts;
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        timers.cancel(timer);
        resolve();
      };
      const timer = timers.schedule(delayMs, done);
      signal.addEventListener('abort', done);
    });
  }
}

/** Errors: ParseError of what is no address of HTTP. User and password go along within their origin. */
export function resolveUri(uri: string, from: URL): URL {
  const url = URL.canParse(uri, from.href) ? new URL(uri, from) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new ParseError('playlist', 0, 'has an address that is none of HTTP');
  if (url.origin === from.origin && url.username === '') {
    url.username = from.username;
    url.password = from.password;
  }
  return url;
}

function withoutBlocking(url: URL): URL {
  const clean = new URL(url);
  clean.search = clean.search.replace(/([?&])_HLS_msn=\d+&_HLS_part=\d+$/, '').replace(/\?$/, '');
  return clean;
}
