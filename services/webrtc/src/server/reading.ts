import { randomInt } from 'node:crypto';
import { ParseError } from '@mediamesh/bytes';
import type { AccessRequest } from '@mediamesh/contracts';
import type { Gateway, HeldReader, PathFeed, ReadReply, ReaderPaths } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import { parseRtcpCompound } from '@mediamesh/rtp';
import type { Nack, ReportBlock } from '@mediamesh/rtp';
import { CatchUpFrames } from '../catch-up-frames.ts';
import type { FromStream, OutgoingFrame, OutgoingTrack, WebRtcFrame } from '../from-stream.ts';
import type { PeerConnection } from '../transport/peer-connection.ts';
import { ReaderNumbering } from '../transport/reader-numbering.ts';
import { Congestion } from './congestion.ts';
import { OutboundCounters } from './outbound.ts';
import { PacedFrames } from './paced-frames.ts';
import { Retransmissions } from './retransmissions.ts';

export interface ReadingOptions {
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<OutgoingFrame, FromStream>;
  readonly logger: Logger;
  readonly sessionId: string;
  readonly path: string;
  /** The stream is over, or the reader failed. */
  readonly onEnd: (reason: string) => void;
}

/** Of a stream that is read here already. */
export type PushOptions = Omit<ReadingOptions, 'paths'>;

/** A track that the peer has accepted, and the payload type that it wants. */
export interface AcceptedTrack {
  readonly track: OutgoingTrack;
  readonly payloadType: number;
  /** How lost packets are sent again; undefined: as they were. */
  readonly rtx: { readonly payloadType: number; readonly ssrc: number } | undefined;
}

/** Contract 6.4.4. */
const DATA_LABEL = 'KLV';

/** A connection that gets a path's stream: a session, registered when it asks, or ours to another server. It is attached to the hub once its peer is connected. */
export class Reading implements HubReader<OutgoingFrame>, HeldReader {
  readonly path: string;
  readonly sessionId: string;
  readonly type = 'webRTCSession';
  readonly user: string;
  readonly feed: PathFeed<OutgoingFrame, FromStream>;
  readonly counters: OutboundCounters;
  private readonly options: PushOptions;
  /** Control knows of it. */
  private readonly isRegistered: boolean;
  private readonly tooSlow: RateLimitedCounter;
  private readonly fullBuffer: RateLimitedCounter;
  private readonly congestion = new Congestion();
  private readonly retransmissions = new Retransmissions();
  /** Tells of the stream's end while the peer is not connected. */
  private readonly watch: HubReader<OutgoingFrame>;
  private readonly paced = new PacedFrames((frame) => this.send(frame));
  private connection: PeerConnection | undefined;
  /** Of the data channel, when the peer takes one. */
  private dataChannelId: number | undefined;
  /** By track id. */
  private readonly numberings: (ReaderNumbering | undefined)[] = [];
  private accepted: readonly AcceptedTrack[] = [];
  private framesDiscardedBefore = 0;
  private packetsSentBefore = 0;
  private closed = false;

  /** Registers the reader with control. Errors: ControlError of `path.read` and of the bus; nothing is registered then. */
  static async open(options: ReadingOptions, access: AccessRequest, abandoned: AbortSignal): Promise<Reading> {
    const { gateway, paths, path, sessionId } = options;
    let reply: ReadReply | undefined;
    try {
      reply = await gateway.control.read(access, { type: 'webRTCSession', id: sessionId }, abandoned);
      const feed = await paths.acquire(path, reply.epoch, reply.settings);
      const reading = new Reading(options, feed, { user: reply.user, isRegistered: true });
      gateway.held.addReader(reading);
      return reading;
    } catch (error) {
      if (reply !== undefined || abandoned.aborted) void gateway.control.leave(path, sessionId, 'reading failed');
      throw error;
    }
  }

  /** To another server: nobody's session. */
  static push(options: PushOptions, feed: PathFeed<OutgoingFrame, FromStream>): Reading {
    return new Reading(options, feed.hold(), { user: '', isRegistered: false });
  }

  private constructor(
    options: PushOptions,
    feed: PathFeed<OutgoingFrame, FromStream>,
    { user, isRegistered }: { readonly user: string; readonly isRegistered: boolean },
  ) {
    this.options = options;
    this.isRegistered = isRegistered;
    this.path = options.path;
    this.sessionId = options.sessionId;
    this.user = user;
    this.feed = feed;
    const { logger, onEnd } = options;
    this.counters = new OutboundCounters(feed.maker.tracks);
    const tooSlow = (what: string) => (count: number) =>
      logger.warn(`reader is too slow, discarding ${count} ${what}${count === 1 ? '' : 's'}`);
    this.tooSlow = new RateLimitedCounter(tooSlow('frame'));
    this.fullBuffer = new RateLimitedCounter(tooSlow('packet'));
    this.watch = { queuedPackets: 0, queuedBytes: 0, write: () => {}, describe: () => {}, end: onEnd };
    feed.hub.attach(this.watch, { instantStart: false, trackIds: [] });
  }

  /** It changes with each publisher that it is spliced over to. */
  get epoch(): number {
    return this.feed.epoch;
  }

  get queuedBytes(): number {
    return this.connection?.path?.queuedBytes ?? 0;
  }

  /** As many as the bytes are of the average size so far; no path, or one that does not carry the stream, is like a queue that is full. */
  get queuedPackets(): number {
    const { connection } = this;
    if (this.congestion.isCongested || (connection !== undefined && connection.path === undefined)) return Infinity;
    const { bytes, rtpPackets } = this.counters;
    return bytes === 0 ? 0 : (this.queuedBytes * rtpPackets) / bytes;
  }

  get framesDiscarded(): number {
    return this.feed.hub.unitsSkippedBy(this);
  }

  /** From now on media goes to the peer. */
  start(connection: PeerConnection, accepted: readonly AcceptedTrack[]): void {
    if (this.closed) return;
    const { hub, maker } = this.feed;
    this.connection = connection;
    this.accepted = accepted;
    const trackIds = accepted.map(({ track }) => track.track.id);
    const dataTrackId = connection.data && maker.data?.id;
    if (dataTrackId !== undefined) {
      this.dataChannelId = connection.data!.open(DATA_LABEL);
      trackIds.push(dataTrackId);
    }
    const { mode, units } = hub.attach(this, { instantStart: true, trackIds });
    const catchUp = new CatchUpFrames(
      units.filter(({ trackId }) => trackId !== dataTrackId),
      maker.tracks,
    );
    for (const { track, payloadType, rtx } of accepted) {
      const firstOfPath = catchUp.firstNumberOf(track) ?? track.sender.sequenceNumber;
      this.numberings[track.track.id] = new ReaderNumbering({
        payloadType,
        rtx: rtx && { ...rtx, sequenceNumber: firstNumber() },
        firstOfPath,
        first: firstNumber(),
      });
    }
    this.retransmissions.remember(catchUp);
    this.paced.start(catchUp);
    if (mode === 'none' && accepted.some(({ track }) => track.track.kind === 'video')) this.wantKeyFrame();
  }

  /** Hot: once a frame. Errors: what this stream cannot be sent for; ends this reader. */
  write({ key }: BusUnit, frame: OutgoingFrame): void {
    if (frame instanceof Uint8Array) return this.sendMessage(frame);
    if (frame.failure !== undefined) throw new Error(frame.failure);
    if (key && frame.track.track.kind === 'video') this.options.gateway.keyFrames.came(this.path);
    if (this.paced.isBusy) this.paced.push(frame);
    else this.send(frame);
  }

  /** Parameters travel in-band: nothing is to be sent. */
  describe(): void {}

  end(reason: string): void {
    this.options.onEnd(reason);
  }

  supersede(reason: string): void {
    this.options.onEnd(reason);
  }

  /** What the peer says of what it gets. */
  rtcp(compound: Uint8Array): void {
    const { counters } = this;
    counters.inboundBytes += compound.length;
    counters.inboundRtcpPackets++;
    try {
      for (const packet of parseRtcpCompound(compound)) {
        if (packet.type === 'receiverReport') this.reported(packet.reports);
        else if (packet.type === 'nack') this.sendAgain(packet);
        else if (packet.type === 'receiverEstimatedMaxBitrate') this.congestion.estimated(packet.bitrateBps);
        else if (packet.type === 'pictureLossIndication') this.pictureLost(packet.mediaSsrc);
        else if (packet.type === 'fullIntraRequest') for (const { ssrc } of packet.requests) this.pictureLost(ssrc);
      }
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
  }

  /** Every second. */
  sendReports(nowUs: number): void {
    for (const { track } of this.accepted) {
      const bytes = this.counters.report(track.track.id, nowUs);
      if (bytes !== undefined) this.connection?.sendRtcp(bytes);
    }
    this.retransmissions.tick(this.counters.rtpPackets - this.packetsSentBefore);
    this.packetsSentBefore = this.counters.rtpPackets;
    const video = this.accepted.find(({ track }) => track.track.kind === 'video');
    if (video !== undefined) this.congestion.tick(this.counters.ofTrack(video.track.track.id)!);
    this.tooSlow.add(this.framesDiscarded - this.framesDiscardedBefore);
    this.framesDiscardedBefore = this.framesDiscarded;
  }

  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.paced.stop();
    this.tooSlow.stop();
    this.fullBuffer.stop();
    this.feed.hub.detach(this);
    this.feed.hub.detach(this.watch);
    this.feed.release();
    if (!this.isRegistered) return;
    this.options.gateway.held.remove(this.sessionId);
    await this.options.gateway.control.leave(this.path, this.sessionId, reason);
  }

  private send(frame: WebRtcFrame): void {
    const numbering = this.numberings[frame.track.track.id];
    if (numbering === undefined) return;
    const { firstSequenceNumber, packetCount } = frame.packets;
    // What is not sent gets no numbers: SRTP would lose count.
    if (firstSequenceNumber === undefined || this.connection!.path === undefined) return;
    numbering.follow(firstSequenceNumber, packetCount);
    const packets = this.connection!.sendFrame(frame, numbering);
    if (packets < packetCount) this.fullBuffer.add(packetCount - packets); // the system's
    if (packets === 0) return;
    this.counters.sent(frame, packets, Date.now() * 1000);
    this.feed.outbound.bytes += frame.packets.rtpBytes;
  }

  private sendMessage(message: Uint8Array): void {
    if (this.connection!.data?.send(this.dataChannelId!, message) === true) this.feed.outbound.bytes += message.length;
    else this.tooSlow.add(1);
  }

  private reported(reports: readonly ReportBlock[]): void {
    this.counters.receiveReports(reports, Date.now() * 1000);
    for (const report of reports) if (this.isVideo(report.ssrc)) this.congestion.reported(report);
  }

  private pictureLost(ssrc: number): void {
    if (this.isVideo(ssrc)) this.wantKeyFrame();
  }

  private isVideo(ssrc: number): boolean {
    return this.trackOf(ssrc)?.track.kind === 'video';
  }

  private trackOf(ssrc: number): OutgoingTrack | undefined {
    return this.accepted.find(({ track }) => track.sender.ssrc === ssrc)?.track;
  }

  private wantKeyFrame(): void {
    this.options.gateway.keyFrames.want(this.path);
  }

  private sendAgain({ mediaSsrc, sequenceNumbers }: Nack): void {
    const track = this.trackOf(mediaSsrc);
    const numbering = track && this.numberings[track.track.id];
    if (numbering === undefined) return;
    for (let i = 0; i < sequenceNumbers.length; i++) {
      const packet = this.retransmissions.take(track!, numbering, sequenceNumbers[i]!);
      if (packet === undefined) continue;
      this.connection?.sendAgain(packet, sequenceNumbers[i]!, numbering);
      this.counters.rtpPackets++;
      this.counters.bytes += packet.length;
    }
  }
}

/** The lower half, as RFC 3711 3.3.1 wants it: a receiver that misses the first packets does not misjudge the roll-over counter. */
function firstNumber(): number {
  return randomInt(2 ** 15);
}
