import type { AccessRequest, SessionKind } from '@mediamesh/contracts';
import { SlowPeer, registerReader } from '@mediamesh/gateway';
import type { HeldReader, PathFeed, ReaderOptions } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import type { Logger } from '@mediamesh/platform';
import type { FromStream } from '../from-stream.ts';
import { OutgoingStream } from '../outgoing-stream.ts';
import type { RtmpFrame } from '../rtmp-frame.ts';
import type { SelectedTrack } from '../selection.ts';
import type { ReaderQueue } from '../reader-queue.ts';

export interface ReadingOptions extends ReaderOptions<RtmpFrame, FromStream> {
  readonly logger: Logger;
  /** What the client knows of Enhanced RTMP. */
  readonly fourCcs: ReadonlySet<string>;
  readonly queue: ReaderQueue;
  /** The stream is over, or the reader failed. */
  readonly onEnd: (reason: string) => void;
}

/** A connection that reads a path: registered with control, then attached to the hub. */
export class Reading implements HubReader<RtmpFrame>, HeldReader {
  readonly path: string;
  readonly sessionId: string;
  readonly type: SessionKind;
  readonly user: string;
  private readonly options: ReadingOptions;
  private readonly feed: PathFeed<RtmpFrame, FromStream>;
  private readonly queue: ReaderQueue;
  private readonly stream: OutgoingStream;
  private readonly slow: SlowPeer;
  private closed = false;

  /** Registers the reader with control. Errors: ControlError of `path.read` and of the bus; nothing is registered then. */
  static async open(options: ReadingOptions, access: AccessRequest, abandoned: AbortSignal): Promise<Reading> {
    const { feed, user } = await registerReader(options, access, abandoned);
    return new Reading(options, feed, user);
  }

  private constructor(options: ReadingOptions, feed: PathFeed<RtmpFrame, FromStream>, user: string) {
    this.options = options;
    this.path = options.path;
    this.sessionId = options.sessionId;
    this.type = options.kind;
    this.user = user;
    this.feed = feed;
    this.queue = options.queue;
    this.stream = new OutgoingStream(feed, options.queue);
    this.slow = new SlowPeer(options.logger, 'reader');
    options.gateway.held.addReader(this);
  }

  /** It changes with each publisher that it is spliced over to. */
  get epoch(): number {
    return this.feed.epoch;
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

  /** Chooses the tracks and starts to send them; returns which. Errors: NoSupportedCodecError. */
  start(): readonly SelectedTrack[] {
    return this.stream.start(this, this.options.fourCcs, this.options.logger);
  }

  /** Hot: once a frame. */
  write(unit: BusUnit, frame: RtmpFrame): void {
    this.stream.write(unit, frame);
  }

  /** `OutgoingStream` sees it at the next frame. */
  describe(): void {}

  end(reason: string): void {
    this.options.onEnd(reason);
  }

  supersede(reason: string): void {
    this.options.onEnd(reason);
  }

  /** Every second: a slow reader is said to be one. */
  countDiscarded(): void {
    this.slow.discarded(this.framesDiscarded);
  }

  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.slow.stop();
    this.feed.hub.detach(this);
    this.feed.release();
    this.options.gateway.held.remove(this.sessionId);
    await this.options.gateway.control.leave(this.path, this.sessionId, reason);
  }
}
