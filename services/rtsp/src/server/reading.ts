import type { Gateway, HeldReader, PathFeed } from '@mediamesh/gateway';
import type { SessionKind } from '@mediamesh/contracts';
import type { BusUnit, HubReader } from '@mediamesh/media';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import type { FromStream, OutgoingTrack, RtspFrame } from '../from-stream.ts';
import { OutboundCounters } from './outbound.ts';
import type { ReaderTransport } from './reader-transport.ts';

export interface ReadingOptions {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly sessionId: string;
  readonly kind: SessionKind;
  readonly path: string;
  readonly epoch: number;
  readonly feed: PathFeed<RtspFrame, FromStream>;
  /** The stream is over, or the reader failed. */
  readonly onEnd: (reason: string) => void;
}

/** A session that reads a path: registered from its first SETUP, attached to the hub while it plays. */
export class Reading implements HubReader<RtspFrame>, HeldReader {
  readonly path: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly type: SessionKind;
  readonly feed: PathFeed<RtspFrame, FromStream>;
  readonly counters: OutboundCounters;
  private readonly options: ReadingOptions;
  private readonly tooSlow: RateLimitedCounter;
  private transport: ReaderTransport | undefined;
  private skippedBefore = 0;
  private closed = false;

  constructor(options: ReadingOptions) {
    this.options = options;
    this.path = options.path;
    this.epoch = options.epoch;
    this.sessionId = options.sessionId;
    this.type = options.kind;
    this.feed = options.feed;
    this.counters = new OutboundCounters(this.tracks);
    const { logger } = options;
    this.tooSlow = new RateLimitedCounter((count) =>
      logger.warn(`reader is too slow, discarding ${count} ${count === 1 ? 'frame' : 'frames'}`),
    );
    options.gateway.held.addReader(this);
  }

  get tracks(): readonly OutgoingTrack[] {
    return this.feed.maker.tracks;
  }

  get isPlaying(): boolean {
    return this.transport !== undefined;
  }

  get framesDiscarded(): number {
    return this.skippedBefore + this.feed.hub.unitsSkippedBy(this);
  }

  get queuedPackets(): number {
    return this.transport!.queuedPackets;
  }

  get queuedBytes(): number {
    return this.transport!.queuedBytes;
  }

  /**
   * From now on packets go to the transport; `announce` is called before the first of them, with where each media's numbering begins.
   */
  play(
    transport: ReaderTransport,
    mediaIndexes: ReadonlySet<number>,
    announce: (first: ReadonlyMap<number, { readonly sequenceNumber: number; readonly timestamp: number }>) => void,
  ): void {
    this.transport = transport;
    const tracks = this.tracks.filter(({ mediaIndex }) => mediaIndexes.has(mediaIndex));
    const { hub, maker, outbound } = this.feed;
    const catchUp = hub.attach(this, { instantStart: true, trackIds: tracks.map(({ track }) => track.id) });
    const frames = maker.prepareCatchUp(catchUp.units);
    const first = new Map<number, { sequenceNumber: number; timestamp: number }>();
    for (const track of tracks) {
      const frame = frames.find((candidate) => candidate.track.mediaIndex === track.mediaIndex);
      const begin = frame === undefined ? maker.nextOf(track) : firstPacketOf(frame);
      if (begin !== undefined) first.set(track.mediaIndex, begin);
    }
    announce(first);
    const nowUs = Date.now() * 1000;
    transport.sendCatchUp(frames, (frame, packets) => {
      this.counters.sent(frame, packets, nowUs);
      outbound.bytes += frame.packets.rtpBytes;
    });
  }

  pause(): void {
    if (this.transport === undefined) return;
    this.skippedBefore = this.framesDiscarded;
    this.feed.hub.detach(this);
    this.transport.close();
    this.transport = undefined;
  }

  /** Hot: once a frame. */
  write(_unit: BusUnit, frame: RtspFrame): void {
    const packets = this.transport!.send(frame);
    if (packets === 0) return;
    this.counters.sent(frame, packets, Date.now() * 1000);
    this.feed.outbound.bytes += frame.packets.rtpBytes;
  }

  /** Parameters travel in-band too: nothing is to be sent. */
  describe(): void {}

  end(reason: string): void {
    this.options.onEnd(reason);
  }

  supersede(reason: string): void {
    this.options.onEnd(reason);
  }

  /** What is sent every now and then, by the session's timer. */
  sendReports(nowUs: number): void {
    for (const { mediaIndex } of this.tracks) {
      const bytes = this.counters.report(mediaIndex, nowUs);
      if (bytes !== undefined) this.transport?.sendRtcp(mediaIndex, bytes);
    }
    const discarded = this.framesDiscarded;
    if (discarded > this.reportedDiscarded) this.tooSlow.add(discarded - this.reportedDiscarded);
    this.reportedDiscarded = discarded;
  }

  private reportedDiscarded = 0;

  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.pause();
    this.feed.release();
    this.options.gateway.held.remove(this.sessionId);
    await this.options.gateway.control.leave(this.path, this.sessionId, reason);
  }
}

function firstPacketOf({ packets }: RtspFrame): { sequenceNumber: number; timestamp: number } {
  const offset = packets.offsets[0]!;
  const { bytes } = packets;
  return { sequenceNumber: (bytes[offset + 2]! << 8) | bytes[offset + 3]!, timestamp: packets.timestamp };
}
