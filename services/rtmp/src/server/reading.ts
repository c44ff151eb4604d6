import type { AccessRequest, SessionKind } from '@mediamesh/contracts';
import type { Gateway, HeldReader, PathFeed, ReaderPaths, ReadReply } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import type { FromStream } from '../from-stream.ts';
import { NO_SUPPORTED_CODEC } from '../publishing.ts';
import { serializeConfiguration } from '../rtmp-frame.ts';
import type { RtmpFrame } from '../rtmp-frame.ts';
import { selectTracks, serializeMetadata } from '../selection.ts';
import type { SelectedTrack } from '../selection.ts';
import type { ReaderQueue } from './reader-queue.ts';

export interface ReadingOptions {
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<RtmpFrame, FromStream>;
  readonly logger: Logger;
  readonly sessionId: string;
  readonly kind: SessionKind;
  readonly path: string;
  /** What the client knows of Enhanced RTMP. */
  readonly fourCcs: ReadonlySet<string>;
  readonly queue: ReaderQueue;
  /** The stream is over, or the reader failed. */
  readonly onEnd: (reason: string) => void;
}

/** What was sent of a track. */
interface TrackState {
  readonly selected: SelectedTrack;
  /** Of the configuration that the reader has; 0 when it has none. */
  configurationRevision: number;
  /** A picture that needs no other has been sent, or it is sound. */
  started: boolean;
}

/** A connection that reads a path: registered with control, then attached to the hub. */
export class Reading implements HubReader<RtmpFrame>, HeldReader {
  readonly path: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly type: SessionKind;
  readonly user: string;
  private readonly options: ReadingOptions;
  private readonly feed: PathFeed<RtmpFrame, FromStream>;
  private readonly queue: ReaderQueue;
  private readonly tooSlow: RateLimitedCounter;
  /** By track id. */
  private readonly states: (TrackState | undefined)[] = [];
  private discardedBefore = 0;
  private closed = false;

  /** Registers the reader with control. Errors: ControlError of `path.read` and of the bus; nothing is registered then. */
  static async open(options: ReadingOptions, access: AccessRequest, abandoned: AbortSignal): Promise<Reading> {
    const { gateway, paths, path, sessionId, kind } = options;
    let reply: ReadReply | undefined;
    try {
      reply = await gateway.control.read(access, { type: kind, id: sessionId }, abandoned);
      const feed = await paths.acquire(path, reply.epoch, reply.settings);
      return new Reading(options, feed, reply.user);
    } catch (error) {
      if (reply !== undefined || abandoned.aborted) void gateway.control.leave(path, sessionId, 'reading failed');
      throw error;
    }
  }

  private constructor(options: ReadingOptions, feed: PathFeed<RtmpFrame, FromStream>, user: string) {
    this.options = options;
    this.path = options.path;
    this.epoch = feed.epoch;
    this.sessionId = options.sessionId;
    this.type = options.kind;
    this.user = user;
    this.feed = feed;
    this.queue = options.queue;
    const { logger } = options;
    this.tooSlow = new RateLimitedCounter((count) =>
      logger.warn(`reader is too slow, discarding ${count} ${count === 1 ? 'frame' : 'frames'}`),
    );
    options.gateway.held.addReader(this);
  }

  get framesDiscarded(): number {
    return this.feed.hub.unitsSkippedBy(this);
  }

  get queuedPackets(): number {
    return this.queue.packets;
  }

  get queuedBytes(): number {
    return this.queue.bytes;
  }

  /** Chooses the tracks and starts to send them; returns which. Errors: an Error when there are none. */
  start(): readonly SelectedTrack[] {
    const { maker, hub } = this.feed;
    const selected = selectTracks(maker, this.options.fourCcs, (message) => this.options.logger.warn(message));
    if (selected.length === 0) throw new Error(NO_SUPPORTED_CODEC);
    this.queue.write(serializeMetadata(selected));
    for (const track of selected) {
      const isSound = track.outgoing.codec.kind === 'audio';
      const state: TrackState = { selected: track, configurationRevision: 0, started: isSound };
      this.states[track.outgoing.track.id] = state;
      this.sendConfiguration(state, 0);
    }
    const catchUp = hub.attach(this, { instantStart: true, trackIds: selected.map(({ outgoing }) => outgoing.track.id) });
    const frames = maker.prepareCatchUp(catchUp.units);
    for (const [index, frame] of frames.entries()) this.write(catchUp.units[index]!, frame);
    this.queue.endCatchUp();
    return selected;
  }

  /** Hot: once a frame. */
  write(unit: BusUnit, frame: RtmpFrame): void {
    const state = this.states[unit.trackId]!;
    if (!state.started) {
      if (!unit.key) return; // players begin with a picture that needs no other
      state.started = true;
    }
    const { outgoing, number } = state.selected;
    if (outgoing.configurationRevision !== state.configurationRevision) this.sendConfiguration(state, frame.timestampMs);
    const bytes = frame.bytes(number);
    if (bytes.length > 0 && this.queue.write(bytes)) this.feed.outbound.bytes += bytes.length;
  }

  /** New configurations go before the frames that need them. */
  describe(): void {}

  end(reason: string): void {
    this.options.onEnd(reason);
  }

  supersede(reason: string): void {
    this.options.onEnd(reason);
  }

  /** Every second: a slow reader is said to be one. */
  countDiscarded(): void {
    const discarded = this.framesDiscarded;
    if (discarded > this.discardedBefore) this.tooSlow.add(discarded - this.discardedBefore);
    this.discardedBefore = discarded;
  }

  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.feed.hub.detach(this);
    this.feed.release();
    this.options.gateway.held.remove(this.sessionId);
    await this.options.gateway.control.leave(this.path, this.sessionId, reason);
  }

  private sendConfiguration(state: TrackState, timestampMs: number): void {
    const { outgoing, number } = state.selected;
    state.configurationRevision = outgoing.configurationRevision;
    if (outgoing.configuration === undefined || outgoing.configuration === null) return;
    this.queue.write(serializeConfiguration(outgoing, number, timestampMs));
  }
}
