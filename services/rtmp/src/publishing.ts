import { setTimeout as delay } from 'node:timers/promises';
import { ParseError } from '@mediamesh/bytes';
import { ControlError } from '@mediamesh/contracts';
import type { Grant } from '@mediamesh/contracts';
import { parseAudioTag, parseVideoTag } from '@mediamesh/flv';
import type { Amf0Value, AudioTag, VideoTag } from '@mediamesh/flv';
import { StreamPublisher } from '@mediamesh/gateway';
import type { Gateway } from '@mediamesh/gateway';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import type { MediaMessage } from '@mediamesh/rtmp';
import { codecOfConfiguration } from './incoming-codec.ts';
import { NoSupportedCodecError } from './no-supported-codec.ts';
import { ToStream } from './to-stream.ts';
import { TrackProbe } from './track-probe.ts';
import { TrackTable, parameterSets } from './track-table.ts';
import type { Observed } from './track-table.ts';

/** What comes before the path takes it: two seconds of 100 Mbit/s. Beyond that it is dropped, and the stream begins at a later key frame. */
const MAX_BACKLOG_BYTES = 25 * 1024 * 1024;
/** A publisher that keeps changing its tracks would keep disconnecting its readers. */
const MAX_TRACK_CHANGES = 16;
const RETRY_MS = 1_000;

export interface PublishingOptions {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly sessionId: string;
  readonly sourceType: string;
  readonly path: string;
  readonly query: string;
  /** Absent for sources: they wait while control or bus are away. */
  readonly grant: Grant | undefined;
  /** The path takes the stream. */
  readonly onReady: () => void;
  /** The stream cannot be published. */
  readonly onFailed: (error: unknown) => void;
  /** The path was taken by another, or control does not accept this publisher. */
  readonly onLost: (reason: string) => void;
}

interface WaitingTag {
  readonly tag: VideoTag | AudioTag;
  readonly timestampMs: number;
  readonly nowUs: number;
}

/**
 * A client, or a source, that feeds a path: its tracks are found, then the path is taken, then its frames become units. Frames wait
 * meanwhile. A track that comes later, or is another one from now on, makes a new stream of it.
 *
 * Shape:  messages as they come, then `close`. `tick` about once a second.
 * Errors: of the publisher and of control end in `onFailed` or `onLost`, at most once.
 */
export class Publishing {
  private readonly options: PublishingOptions;
  private readonly table: TrackTable;
  private readonly probe: TrackProbe;
  private readonly errors: RateLimitedCounter;
  private readonly closing = new AbortController();
  private waiting: WaitingTag[] = [];
  private waitingBytes = 0;
  private opening = false;
  private opened: Promise<void> = Promise.resolve();
  private stream: StreamPublisher | undefined;
  private toStream: ToStream | undefined;
  private trackChanges = 0;
  /** While the path is taken: the stream that is opened lacks a track. */
  private changedMeanwhile = false;
  private ended = false;

  constructor(options: PublishingOptions) {
    this.options = options;
    const { logger } = options;
    this.table = new TrackTable((label) => logger.warn(`skipping track (${label})`));
    this.probe = new TrackProbe(this.table);
    this.errors = new RateLimitedCounter((count, last) =>
      logger.warn(count === 1 ? `decode error: ${last}` : `${count} decode errors, last was: ${last}`),
    );
  }

  /** Hot: once a message. `nowUs` is wall-clock time. */
  media({ kind, timestampMs, body }: MediaMessage, nowUs: number): void {
    if (this.ended) return;
    let tags: readonly (VideoTag | AudioTag)[];
    try {
      tags = kind === 'video' ? parseVideoTag(body) : parseAudioTag(body);
    } catch (error) {
      return this.malformed(error);
    }
    for (let i = 0; i < tags.length; i++) this.tag(tags[i]!, timestampMs, nowUs);
  }

  data(values: readonly Amf0Value[]): void {
    this.probe.metadata(values);
  }

  tick(): void {
    if (this.isProbing && this.probe.isOver(performance.now())) this.tracksKnown();
  }

  /** Ends the stream for its readers. Never rejects. */
  async close(reason: string): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.ended = true;
    this.closing.abort();
    this.errors.stop();
    this.waiting = [];
    await this.opened;
    await this.stream?.close(reason);
  }

  private get isProbing(): boolean {
    return !this.opening && this.toStream === undefined && !this.ended;
  }

  private tag(tag: VideoTag | AudioTag, timestampMs: number, nowUs: number): void {
    const observed = this.observe(tag);
    if (observed === 'tracks') {
      if (this.opening) this.changedMeanwhile = true;
      else if (this.toStream !== undefined) this.tracksChanged();
    }
    const { toStream } = this;
    if (toStream === undefined) {
      this.wait({ tag, timestampMs, nowUs });
      if (!this.isProbing) return;
      const nowMs = performance.now();
      this.probe.push(tag, timestampMs, nowMs);
      if (this.probe.isOver(nowMs)) this.tracksKnown();
      return;
    }
    this.feed(toStream, tag, timestampMs, nowUs);
  }

  private observe(tag: VideoTag | AudioTag): Observed {
    try {
      return this.table.observe(tag);
    } catch (error) {
      this.malformed(error);
      return 'nothing';
    }
  }

  private feed(toStream: ToStream, tag: VideoTag | AudioTag, timestampMs: number, nowUs: number): void {
    const track = this.table.of(tag);
    if (track === undefined || tag.codec !== track.codec.description.codec) return;
    if (tag.packet === 'frame') toStream.frame(track, tag, timestampMs, nowUs);
    else if (tag.packet === 'sequenceStart') toStream.configure(track, configuredSets(tag), nowUs);
  }

  private wait(waiting: WaitingTag): void {
    if (waiting.tag.packet !== 'frame') return; // configurations are in the table
    const size = waiting.tag.body.length;
    if (this.waitingBytes + size > MAX_BACKLOG_BYTES) return;
    this.waitingBytes += size;
    this.waiting.push(waiting);
  }

  private tracksKnown(): void {
    const { table } = this;
    const unconfigured = table.firstUnconfigured;
    if (unconfigured !== undefined) return this.fail(new Error(`${unconfigured} not configured`));
    if (table.size === 0) return this.fail(table.hasUnsupported ? new NoSupportedCodecError() : new Error('no tracks found'));
    this.open();
  }

  private tracksChanged(): void {
    if (this.trackChanges++ === MAX_TRACK_CHANGES) return this.fail(new Error('the tracks change too often'));
    this.options.logger.info('the tracks of the stream have changed, starting a new one');
    this.toStream = undefined;
    this.open();
  }

  private open(): void {
    this.opening = true;
    this.changedMeanwhile = false;
    this.opened = this.openStream().then(
      () => this.streamOpened(),
      (error: unknown) => this.fail(error),
    );
  }

  private streamOpened(): void {
    this.opening = false;
    if (this.ended) return;
    if (this.changedMeanwhile) this.tracksChanged();
    else this.start();
  }

  private async openStream(): Promise<void> {
    const former = this.stream;
    this.stream = undefined;
    await former?.close('the tracks of the stream have changed');
    const { signal } = this.closing;
    for (let said = false; !signal.aborted; said = true) {
      try {
        return await this.attempt();
      } catch (error) {
        if (this.options.grant !== undefined || !isAway(error)) throw error;
        if (!said) this.options.logger.warn(`cannot publish yet, trying again: ${error.message}`);
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => {}); // the loop ends then
    }
  }

  private async attempt(): Promise<void> {
    const { gateway, sessionId, sourceType, path, query, grant } = this.options;
    this.stream = await StreamPublisher.open(gateway, {
      path,
      sessionId,
      sourceType,
      query,
      user: grant?.user ?? '',
      fingerprint: grant?.settings.fingerprint,
      standsBy: grant === undefined,
      tracks: this.table.describe(),
      onLost: (reason) => this.lost(reason),
    });
  }

  private start(): void {
    const { ingest } = this.stream!;
    const toStream = new ToStream(this.table.tracks, ingest, { undecodable: (error) => this.errors.add(1, error.message) });
    this.toStream = toStream;
    this.options.onReady();
    const { waiting } = this;
    this.waiting = [];
    this.waitingBytes = 0;
    for (const { tag, timestampMs, nowUs } of waiting) this.feed(toStream, tag, timestampMs, nowUs);
  }

  private malformed(error: unknown): void {
    if (!(error instanceof ParseError)) throw error;
    if (this.stream !== undefined) this.stream.ingest.framesInError++;
    this.errors.add(1, error.message);
  }

  private fail(error: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.options.onFailed(error);
  }

  private lost(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.options.onLost(reason);
  }
}

function configuredSets(tag: VideoTag | AudioTag): readonly Uint8Array[] {
  const codec = tag.kind === 'video' ? codecOfConfiguration(tag) : undefined;
  return codec === undefined ? [] : parameterSets(codec.description);
}

/** Control, or the bus, will be there again. */
function isAway(error: unknown): error is ControlError {
  return error instanceof ControlError && (error.code === 'UNAVAILABLE' || error.code === 'TIMED_OUT' || error.code === 'NOT_LEADER');
}
