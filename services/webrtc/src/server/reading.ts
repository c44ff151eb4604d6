import { randomInt } from 'node:crypto';
import { ParseError } from '@mediamesh/bytes';
import type { AccessRequest } from '@mediamesh/contracts';
import type { Gateway, HeldReader, PathFeed, ReadReply, ReaderPaths } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import { parseRtcpCompound } from '@mediamesh/rtp';
import type { Nack } from '@mediamesh/rtp';
import type { FromStream, OutgoingTrack, WebRtcFrame } from '../from-stream.ts';
import type { PeerConnection } from '../transport/peer-connection.ts';
import type { ReaderNumbering } from '../transport/srtp-sender.ts';
import { OutboundCounters } from './outbound.ts';
import { PacedFrames } from './paced-frames.ts';

/** Packets sent again for one RTCP packet: more is no loss, but a path that does not carry the stream. */
const MAX_RETRANSMISSIONS = 256;
/** Packets of the instant start can be asked for again for so long. */
const CATCH_UP_HISTORY_MS = 5_000;

export interface ReadingOptions {
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<WebRtcFrame, FromStream>;
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
}

/** A connection that gets a path's stream: a session, registered when it asks, or ours to another server. It is attached to the hub once its peer is connected. */
export class Reading implements HubReader<WebRtcFrame>, HeldReader {
  readonly path: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly type = 'webRTCSession';
  readonly user: string;
  readonly feed: PathFeed<WebRtcFrame, FromStream>;
  readonly counters: OutboundCounters;
  readonly queuedPackets = 0;
  readonly queuedBytes = 0;
  private readonly options: PushOptions;
  /** Control knows of it. */
  private readonly isRegistered: boolean;
  private readonly tooSlow: RateLimitedCounter;
  /** Tells of the stream's end while the peer is not connected. */
  private readonly watch: HubReader<WebRtcFrame>;
  private readonly paced = new PacedFrames((frame) => this.send(frame));
  private connection: PeerConnection | undefined;
  /** By track id. */
  private readonly numberings: (ReaderNumbering | undefined)[] = [];
  private accepted: readonly AcceptedTrack[] = [];
  /** Of the instant start, by SSRC and the path's sequence number. */
  private catchUp: ReadonlyMap<string, Uint8Array> = new Map();
  private discardedPackets = 0;
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
  static push(options: PushOptions, feed: PathFeed<WebRtcFrame, FromStream>): Reading {
    return new Reading(options, feed.hold(), { user: '', isRegistered: false });
  }

  private constructor(
    options: PushOptions,
    feed: PathFeed<WebRtcFrame, FromStream>,
    { user, isRegistered }: { readonly user: string; readonly isRegistered: boolean },
  ) {
    this.options = options;
    this.isRegistered = isRegistered;
    this.path = options.path;
    this.epoch = feed.epoch;
    this.sessionId = options.sessionId;
    this.user = user;
    this.feed = feed;
    const { logger, onEnd } = options;
    this.counters = new OutboundCounters(feed.maker.tracks);
    this.tooSlow = new RateLimitedCounter((count) =>
      logger.warn(`reader is too slow, discarding ${count} ${count === 1 ? 'packet' : 'packets'}`),
    );
    this.watch = { queuedPackets: 0, queuedBytes: 0, write: () => {}, describe: () => {}, end: onEnd };
    feed.hub.attach(this.watch, { instantStart: false, trackIds: [] });
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
    const catchUp = hub.attach(this, { instantStart: true, trackIds: accepted.map(({ track }) => track.track.id) });
    const frames = maker.prepareCatchUp(catchUp.units);
    for (const { track, payloadType } of accepted) {
      const first = frames.find((frame) => frame.track === track)?.packets.firstSequenceNumber ?? track.sender.sequenceNumber;
      // The lower half, as RFC 3711 3.3.1 wants it: a receiver that misses the first packets does not misjudge the roll-over counter.
      this.numberings[track.track.id] = { payloadType, sequenceOffset: (randomInt(2 ** 15) - first) & 0xffff };
    }
    this.rememberCatchUp(frames);
    this.paced.start(frames);
  }

  /** Hot: once a frame. Errors: what this stream cannot be sent for; ends this reader. */
  write(_unit: BusUnit, frame: WebRtcFrame): void {
    if (frame.failure !== undefined) throw new Error(frame.failure);
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
        if (packet.type === 'receiverReport') counters.receiveReports(packet.reports, Date.now() * 1000);
        else if (packet.type === 'nack') this.sendAgain(packet);
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
  }

  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.paced.stop();
    this.tooSlow.stop();
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
    const packets = this.connection!.sendFrame(frame, numbering);
    const missed = frame.packets.packetCount - packets;
    if (missed > 0) this.discard(missed);
    if (packets === 0) return;
    this.counters.sent(frame, packets, Date.now() * 1000);
    this.feed.outbound.bytes += frame.packets.rtpBytes;
  }

  /** The system's buffer was full. */
  private discard(packets: number): void {
    this.discardedPackets += packets;
    this.tooSlow.add(packets);
  }

  private rememberCatchUp(frames: readonly WebRtcFrame[]): void {
    const packets = new Map<string, Uint8Array>();
    for (const { packets: rtp, track } of frames) {
      rtp.offsets.forEach((offset, index) => {
        const packet = rtp.bytes.subarray(offset, offset + rtp.sizes[index]!);
        packets.set(`${track.sender.ssrc} ${(packet[2]! << 8) | packet[3]!}`, packet);
      });
    }
    this.catchUp = packets;
    if (packets.size > 0) setTimeout(() => (this.catchUp = new Map()), CATCH_UP_HISTORY_MS).unref();
  }

  private sendAgain({ mediaSsrc, sequenceNumbers }: Nack): void {
    const track = this.accepted.find((candidate) => candidate.track.sender.ssrc === mediaSsrc)?.track;
    const numbering = track && this.numberings[track.track.id];
    if (numbering === undefined) return;
    const count = Math.min(sequenceNumbers.length, MAX_RETRANSMISSIONS);
    for (let i = 0; i < count; i++) {
      const number = (sequenceNumbers[i]! - numbering.sequenceOffset) & 0xffff;
      const packet = this.catchUp.get(`${mediaSsrc} ${number}`) ?? historyPacket(track!, number);
      if (packet === undefined) continue;
      this.connection?.sendAgain(packet, numbering);
      this.counters.retransmissions++;
      this.counters.rtpPackets++;
      this.counters.bytes += packet.length;
    }
  }
}

function historyPacket({ history }: OutgoingTrack, sequenceNumber: number): Uint8Array | undefined {
  return history.find(sequenceNumber) ? history.bytes.subarray(history.offset, history.offset + history.size) : undefined;
}
