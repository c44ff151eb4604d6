import type { AccessRequest, SessionKind } from '@mediamesh/contracts';
import { SlowPeer, registerReader } from '@mediamesh/gateway';
import type { HeldReader, PathFeed, ReaderOptions } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import type { FromStream, OutgoingTrack, RtspFrame } from '../from-stream.ts';
import type { MulticastMember, MulticastStream } from './multicast/multicast-stream.ts';
import type { Multicast } from './multicast/multicast.ts';
import { OutboundCounters } from '../outbound.ts';
import { OutgoingStream } from '../outgoing-stream.ts';
import type { ReaderTransport } from '../reader-transport.ts';

export interface ReadingOptions extends ReaderOptions<RtspFrame, FromStream> {
  readonly logger: Logger;
  /** The stream is over, or the reader failed. */
  readonly onEnd: (reason: string) => void;
}

/** Where the numbering of each media goes on, by media index. */
export type NextPackets = ReadonlyMap<number, { readonly sequenceNumber: number; readonly timestamp: number }>;

/** A session that reads a path: registered from its first SETUP, attached to the hub, or to the path's multicast, while it plays. */
export class Reading implements HeldReader {
  readonly path: string;
  readonly sessionId: string;
  readonly type: SessionKind;
  readonly user: string;
  readonly feed: PathFeed<RtspFrame, FromStream>;
  readonly counters: OutboundCounters;
  private readonly options: ReadingOptions;
  private readonly slow: SlowPeer;
  private readonly unwatch: () => void;
  private stream: OutgoingStream | undefined;
  private multicast: { readonly stream: MulticastStream; readonly member: MulticastMember } | undefined;
  private playing = false;
  private releaseKeys: () => void = () => {};
  private skippedBefore = 0;
  private closed = false;

  /** Registers the reader with control. Errors: ControlError of `path.read` and of the bus; nothing is registered then. */
  static async open(options: ReadingOptions, access: AccessRequest, abandoned: AbortSignal): Promise<Reading> {
    const { feed, user } = await registerReader(options, access, abandoned);
    return new Reading(options, feed, user);
  }

  private constructor(options: ReadingOptions, feed: PathFeed<RtspFrame, FromStream>, user: string) {
    this.options = options;
    this.path = options.path;
    this.sessionId = options.sessionId;
    this.type = options.kind;
    this.user = user;
    this.feed = feed;
    this.counters = new OutboundCounters(this.tracks);
    this.slow = new SlowPeer(options.logger, 'reader');
    this.unwatch = feed.watch(options.onEnd); // it may end while nothing is played
    options.gateway.held.addReader(this);
  }

  /** It changes with each publisher that it is spliced over to. */
  get epoch(): number {
    return this.feed.epoch;
  }

  /** In the order of the description. */
  get tracks(): readonly OutgoingTrack[] {
    return this.feed.maker.tracks;
  }

  get isPlaying(): boolean {
    return this.playing;
  }

  get framesDiscarded(): number {
    return this.skippedBefore + (this.stream?.framesDiscarded ?? 0);
  }

  /** From now on the path's packets are protected for this reader. Idempotent. */
  holdKeys(): void {
    const release = this.feed.maker.holdKeys(); // before the old hold ends, so that the keys stay
    this.releaseKeys();
    this.releaseKeys = release;
  }

  /** The path's packets to its groups; the same for all medias. Errors: as `Multicast.join`. */
  async joinMulticast(multicast: Multicast, member: MulticastMember): Promise<MulticastStream> {
    if (this.multicast !== undefined) return this.multicast.stream;
    const stream = await multicast.join(this.feed, member);
    this.multicast = { stream, member };
    if (this.closed) stream.leave(member);
    return stream;
  }

  /**
   * From now on packets go to the transport, or to the group; `announce` is called before the first of them.
   * Instant start is for readers whose packets are plain.
   */
  play(
    open: () => ReaderTransport,
    options: { readonly mediaIndexes: ReadonlySet<number>; readonly instantStart: boolean },
    announce: (next: NextPackets) => void,
  ): void {
    const tracks = this.tracks.filter(({ mediaIndex }) => options.mediaIndexes.has(mediaIndex));
    if (this.playing || this.multicast !== undefined) {
      announce(this.nextPackets(tracks, []));
      if (!this.playing) this.multicast!.stream.play(this.multicast!.member);
      this.playing = true;
      return;
    }
    this.stream = new OutgoingStream({ feed: this.feed, counters: this.counters, transport: open(), onEnd: this.options.onEnd });
    this.playing = true;
    this.stream.start(tracks, options.instantStart, (frames) => announce(this.nextPackets(tracks, frames)));
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.multicast?.stream.pause(this.multicast.member);
    this.skippedBefore = this.framesDiscarded;
    this.stream?.close();
    this.stream = undefined;
  }

  supersede(reason: string): void {
    this.options.onEnd(reason);
  }

  /** What is sent every now and then, by the session's timer. Groups have reports of their own. */
  sendReports(nowUs: number, send: (mediaIndex: number, compound: Uint8Array) => void): void {
    if (this.playing) this.counters.sendReports(nowUs, send);
  }

  /** Every second: a slow reader is said to be one. */
  countDiscarded(): void {
    this.slow.discarded(this.framesDiscarded);
  }

  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.pause();
    this.closed = true;
    this.slow.stop();
    this.multicast?.stream.leave(this.multicast.member);
    this.releaseKeys();
    this.unwatch();
    this.feed.release();
    this.options.gateway.held.remove(this.sessionId);
    await this.options.gateway.control.leave(this.path, this.sessionId, reason);
  }

  private nextPackets(tracks: readonly OutgoingTrack[], frames: readonly RtspFrame[]): NextPackets {
    const next = new Map<number, { sequenceNumber: number; timestamp: number }>();
    for (const track of tracks) {
      const frame = frames.find((candidate) => candidate.track.mediaIndex === track.mediaIndex);
      const packet = frame === undefined ? this.feed.maker.nextOf(track) : firstPacketOf(frame);
      if (packet !== undefined) next.set(track.mediaIndex, packet);
    }
    return next;
  }
}

function firstPacketOf({ packets }: RtspFrame): { sequenceNumber: number; timestamp: number } {
  const offset = packets.offsets[0]!;
  const { bytes } = packets;
  return { sequenceNumber: (bytes[offset + 2]! << 8) | bytes[offset + 3]!, timestamp: packets.timestamp };
}
