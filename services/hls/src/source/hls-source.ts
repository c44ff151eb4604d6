import { setTimeout as delay } from 'node:timers/promises';
import { ParseError } from '@mediamesh/bytes';
import { ControlError } from '@mediamesh/contracts';
import { StreamPublisher } from '@mediamesh/gateway';
import type { Gateway, PulledSource, SourceEnd, SourceOrder } from '@mediamesh/gateway';
import { MAX_PLAYLIST_BYTES, choosePlaylists, parsePlaylist } from '@mediamesh/hls';
import type { Log, TimerWheel } from '@mediamesh/net';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import { z } from 'zod';
import { ToStream, tracksOf } from '../to-stream.ts';
import { HttpClient, HttpFetchError } from './http-client.ts';
import { PlaylistPull, resolveUri } from './playlist-pull.ts';
import type { PlaylistPullParts, PulledUnit } from './playlist-pull.ts';
import { SourceClock } from './source-clock.ts';
import { NODE_TIME } from './unit-pacer.ts';

/** Global keys that sources read. */
export interface SourceSettings {
  readonly readTimeoutMs: number;
  readonly dumpPackets: boolean;
}

export interface HlsSourceParts {
  readonly gateway: Gateway;
  readonly timers: TimerWheel;
  readonly settings: SourceSettings;
  /** Behind it, lines are `[path p] [HLS source] ...`. */
  readonly logger: Logger;
}

/** Path keys in the API's text forms; unknown ones belong to others. */
const pathKeys = z.object({ sourceFingerprint: z.string().default('') });
const RETRY_MS = 1_000;

/** An HLS server that is pulled from until its stream ends, until it fails, or until it is stopped. */
export class HlsSource implements PulledSource {
  readonly path: string;
  private readonly order: SourceOrder;
  private readonly parts: HlsSourceParts;
  private readonly gone = new AbortController();
  private readonly clock = new SourceClock();
  private readonly http: HttpClient;
  private readonly decodeErrors: RateLimitedCounter;
  private pulls: readonly PlaylistPull[] = [];
  private publisher: StreamPublisher | undefined;
  private toStream: ToStream | undefined;
  private end: SourceEnd | undefined;
  private running: Promise<SourceEnd> | undefined;

  constructor(order: SourceOrder, parts: HlsSourceParts) {
    this.order = order;
    this.path = order.path;
    this.parts = parts;
    const { logger, settings } = parts;
    const { sourceFingerprint: fingerprint } = pathKeys.parse(order.options);
    const log: Log = (level, message) => logger[level](message);
    const dump = settings.dumpPackets
      ? { plain: { prefix: 'hls_source_conn', log }, secure: { prefix: 'hlss_source_conn', log } }
      : undefined;
    this.http = new HttpClient({ fingerprint, timeoutMs: settings.readTimeoutMs, dump, signal: this.gone.signal });
    this.decodeErrors = new RateLimitedCounter((count, last) =>
      logger.warn(count === 1 ? `decode error: ${last}` : `${count} decode errors, last was: ${last}`),
    );
  }

  /** Resolves when everything is closed. */
  run(): Promise<SourceEnd> {
    this.running = this.pull();
    return this.running;
  }

  async stop(reason: string): Promise<void> {
    this.finish({ reason, expected: true });
    await this.running;
  }

  private async pull(): Promise<SourceEnd> {
    try {
      await this.open();
      await this.stream();
      this.finish({ reason: 'end of stream', expected: false });
    } catch (error) {
      this.failed(error);
    }
    const end = this.end!;
    for (const pull of this.pulls) pull.close();
    this.http.close();
    await this.publisher?.close(end.reason);
    return end;
  }

  private async open(): Promise<void> {
    const primary = new URL(this.order.url);
    this.parts.logger.debug(`downloading primary playlist ${primary.pathname}`);
    const { url, body } = await this.http.get(primary, { maxBytes: MAX_PLAYLIST_BYTES });
    const playlist = parsePlaylist(body);
    const parts = this.pullParts();
    if (playlist.kind === 'media') this.pulls = [new PlaylistPull(url, playlist, parts)];
    else {
      const { leading, audio } = choosePlaylists(playlist);
      const addresses = [leading, ...audio.map(({ uri }) => uri!)];
      this.pulls = addresses.map((uri) => new PlaylistPull(resolveUri(uri, url), undefined, parts));
    }
    const [leading, ...renditions] = this.pulls;
    await leading!.open(0);
    await Promise.all(renditions.map((pull) => pull.open(leading!.startedBehindMs)));
    const unsupported = this.pulls.flatMap((pull) => pull.unsupported);
    for (const name of unsupported) this.parts.logger.warn(`skipping ${name} (unsupported codec)`);
  }

  private async stream(): Promise<void> {
    const tracks = tracksOf(this.pulls.flatMap((pull) => pull.tracks));
    if (tracks.length === 0) throw new ParseError('playlist', 0, 'no supported tracks found');
    const publisher = await this.publish(tracks);
    this.toStream = new ToStream(tracks, publisher.ingest, {
      useAbsoluteTimestamp: publisher.settings.useAbsoluteTimestamp,
      undecodable: (error) => this.decodeErrors.add(1, error.message),
    });
    let firstTrackId = 1;
    const streams = this.pulls.map((pull) => {
      const from = firstTrackId;
      firstTrackId += pull.tracks.length;
      return pull.stream(from);
    });
    await Promise.race([Promise.all(streams), aborted(this.gone.signal)]);
  }

  /** While control or bus are away, it tries again. Errors: ControlError of a refusal. */
  private async publish(tracks: ReturnType<typeof tracksOf>): Promise<StreamPublisher> {
    const { gateway, logger } = this.parts;
    const { signal } = this.gone;
    for (let said = false; ; said = true) {
      try {
        this.publisher = await StreamPublisher.open(gateway, {
          path: this.path,
          sessionId: this.order.sourceId,
          sourceType: this.order.sourceType,
          query: '',
          user: '',
          tracks,
          standsBy: true,
          onLost: (reason) => this.finish({ reason, expected: true }),
        });
        return this.publisher;
      } catch (error) {
        if (signal.aborted || !isAway(error)) throw error;
        if (!said) logger.warn(`cannot publish yet, trying again: ${error.message}`);
      }
      await delay(RETRY_MS, undefined, { signal });
    }
  }

  private pullParts(): PlaylistPullParts {
    return {
      http: this.http,
      clock: this.clock,
      timers: this.parts.timers,
      logger: this.parts.logger,
      signal: this.gone.signal,
      write: (unit) => this.write(unit),
      undecodable: (error) => this.decodeErrors.add(1, error.message),
      failed: (error) => this.failed(error),
    };
  }

  private write(unit: PulledUnit): void {
    const nowUs = Date.now() * 1000;
    const nowMs = NODE_TIME.nowMs();
    const dueUs = nowUs + Math.round((this.clock.dueMs(unit.presentationSeconds, nowMs) - nowMs) * 1000);
    this.toStream!.write(unit, dueUs, nowUs);
  }

  private failed(error: unknown): void {
    if (this.end !== undefined) return; // a consequence of the end
    const reason = error instanceof Error ? error.message : String(error);
    const isRefused = error instanceof ControlError && error.code === 'SOURCE_NOT_PUBLISHER';
    if (!isExpected(error)) this.parts.logger.error('internal error, closing the source', error);
    this.finish({ reason, expected: isRefused });
  }

  private finish(end: SourceEnd): void {
    this.end ??= end;
    this.gone.abort(new HttpFetchError('ABORTED', 'terminated'));
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Errors of the server, the network and control; others are ours. */
function isExpected(error: unknown): boolean {
  return error instanceof HttpFetchError || error instanceof ParseError || error instanceof ControlError;
}

function isAway(error: unknown): error is ControlError {
  return error instanceof ControlError && (error.code === 'UNAVAILABLE' || error.code === 'TIMED_OUT' || error.code === 'NOT_LEADER');
}
