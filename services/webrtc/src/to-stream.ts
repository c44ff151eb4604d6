import { ParseError } from '@mediamesh/bytes';
import { createAccessUnitProcessor, isH264RandomAccess, isH265RandomAccess } from '@mediamesh/codecs';
import type { AccessUnitProcessor, CodecDescription, CodecName } from '@mediamesh/codecs';
import { KeyFrameRequests } from '@mediamesh/gateway';
import { RtpTimeline } from '@mediamesh/media';
import type { Ingest, Track } from '@mediamesh/media';
import { RtpReceiver, createDepacketizer, originalOf, parseRtcpCompound, parseRtpPacket, serializeRtcpCompound } from '@mediamesh/rtp';
import type { Depacketizer, RtcpPacket, RtpPacket } from '@mediamesh/rtp';
import { MissingPackets } from '@mediamesh/webrtc';
import { TrackRouter } from './track-router.ts';

/** What the first packets of a layer name it, in header extensions with these ids: those of the media itself, and those sent again. */
export interface IncomingLayer {
  readonly rid: string;
  readonly ridExtensionId: number;
  readonly repairedRidExtensionId: number | undefined;
}

/** A track as the answer has agreed it. */
export interface IncomingTrack {
  readonly track: Track;
  readonly payloadType: number;
  /** Of packets that are sent again; undefined: they come as they were. */
  readonly rtxPayloadType: number | undefined;
  /** NACK, PLI, FIR, REMB: what the peer takes. */
  readonly feedback: readonly string[];
  /** Of the header extension that numbers all packets of the peer: it is told when they come, instead of what it may send. */
  readonly transportSequenceId?: number | undefined;
  /** Of simulcast. */
  readonly layer?: IncomingLayer | undefined;
}

/** Encoders begin with what they are allowed at first: enough for a camera's picture of 720 lines. */
export const MIN_ALLOWED_BPS = 2_000_000;

/** Packets of one publisher, counted as the Control API shows them. */
export class InboundCounters {
  bytes = 0;
  rtpPackets = 0;
  rtcpPackets = 0;
}

export interface ToStreamOptions {
  /** SSRC of our reports and requests. */
  readonly receiverSsrc: number;
  readonly useAbsoluteTimestamp: boolean;
  readonly sendRtcp: (compound: Uint8Array) => void;
  /** At most once a second each is said of these. */
  readonly lost: (packets: number) => void;
  readonly undecodable: (error: Error) => void;
}

/**
 * RTP and RTCP packets of one WebRTC publisher into units.
 *
 * Shape:  packets, without their protection, in; units into the ingest, requests and reports out; synchronous.
 * Errors: none leave: malformed packets are counted and reported.
 * Losses: are asked for again as soon as they show; the receiver waits for them a quarter of a second, and then wants a key frame.
 * Rate:   a publisher that does not number its packets for `ArrivalFeedback` may send twice of what came in the last second: browsers
 *         begin at 300 kbit/s and creep up without a word about it; losses, which the reports tell of, are what lowers it.
 * Times:  contract 9.4: the first track starts at 0, others are aligned by the arrival of their first unit.
 */
export class ToStream {
  readonly counters = new InboundCounters();
  private readonly ingest: Ingest;
  private readonly options: ToStreamOptions;
  private readonly timeline = new RtpTimeline();
  private readonly receivers: readonly TrackReceiver[];
  private readonly keyFrames = new KeyFrameRequests<TrackReceiver>((track) => this.askForKeyFrame(track));
  private readonly router: TrackRouter;
  private allowance = { bytes: 0, atUs: 0 };

  constructor(tracks: readonly IncomingTrack[], ingest: Ingest, options: ToStreamOptions) {
    this.ingest = ingest;
    this.options = options;
    for (const { track } of tracks) this.timeline.addTrack(track.id, track.clockRateHz);
    this.receivers = tracks.map((track) => new TrackReceiver(track));
    this.router = new TrackRouter(tracks);
  }

  get lostPackets(): number {
    return this.receivers.reduce((sum, { receiver }) => sum + receiver.lostPackets, 0);
  }

  /** Mean over the tracks, in their clock's units. */
  get jitter(): number {
    return this.receivers.reduce((sum, { receiver }) => sum + receiver.jitterTicks, 0) / this.receivers.length;
  }

  /** Hot. `nowUs` is wall-clock time. */
  rtp(bytes: Uint8Array, nowUs: number): void {
    const { counters, ingest } = this;
    counters.bytes += bytes.length;
    counters.rtpPackets++;
    let packet: RtpPacket;
    try {
      packet = parseRtpPacket(bytes);
    } catch (error) {
      return this.failed(error);
    }
    const track = this.receivers[this.router.indexOf(packet, bytes)];
    const received = track?.payloadType === packet.payloadType ? packet : track?.missingPacket(packet);
    if (track === undefined || received === undefined || received.payload.length === 0) return; // padding, by which browsers probe the path
    ingest.inboundBytes += bytes.length;
    this.askForMissing(track, received, nowUs);
    const released = track.receiver.receive(received, nowUs);
    if (released.restarted) {
      this.interrupted(track);
      this.timeline.restartTrack(track.id);
      track.missing.restart(received.sequenceNumber);
    }
    const { packets, lostBefore } = released;
    for (let i = 0; i < packets.length; i++) {
      const lost = lostBefore[i]!;
      if (lost > 0) {
        this.interrupted(track);
        this.options.lost(lost);
      }
      this.depacketize(track, packets[i]!, nowUs);
    }
  }

  rtcp(compound: Uint8Array, nowUs: number): void {
    const { counters } = this;
    counters.bytes += compound.length;
    counters.rtcpPackets++;
    try {
      for (const packet of parseRtcpCompound(compound)) {
        if (packet.type !== 'senderReport') continue;
        for (const { receiver } of this.receivers) if (receiver.ssrc === packet.ssrc) receiver.receiveSenderReport(packet, nowUs);
      }
    } catch (error) {
      this.failed(error);
    }
  }

  /** To the publisher every second; undefined before its first packet. */
  receiverReport(nowUs: number): Uint8Array | undefined {
    const { receiverSsrc } = this.options;
    const reports = this.receivers.flatMap(({ receiver }) => receiver.report(receiverSsrc, nowUs).reports);
    return reports.length === 0 ? undefined : serializeRtcpCompound([{ type: 'receiverReport', ssrc: receiverSsrc, reports }]);
  }

  /** A key frame of each video track that has begun is wanted. */
  requestKeyFrames(): void {
    for (const track of this.receivers) if (track.kind === 'video' && track.receiver.ssrc >= 0) this.keyFrames.want(track);
  }

  /** Nothing is asked any more. */
  close(): void {
    this.keyFrames.stop();
  }

  /** To the publisher every second: what it may send. Undefined before its first packet, and when it does not take it. */
  allowedBitrate(nowUs: number): Uint8Array | undefined {
    const ssrcs = this.receivers.filter(({ takesRemb, receiver }) => takesRemb && receiver.ssrc >= 0).map(({ receiver }) => receiver.ssrc);
    if (ssrcs.length === 0) return undefined;
    const { bytes, atUs } = this.allowance;
    const receivedBps = atUs === 0 || nowUs <= atUs ? 0 : ((this.counters.bytes - bytes) * 8_000_000) / (nowUs - atUs);
    this.allowance = { bytes: this.counters.bytes, atUs: nowUs };
    const bitrateBps = Math.max(MIN_ALLOWED_BPS, Math.floor(2 * receivedBps));
    return serializeRtcpCompound([{ type: 'receiverEstimatedMaxBitrate', senderSsrc: this.options.receiverSsrc, bitrateBps, ssrcs }]);
  }

  private askForMissing(track: TrackReceiver, { sequenceNumber, ssrc }: RtpPacket, nowUs: number): void {
    if (!track.takesNack) return;
    const sequenceNumbers = track.missing.received(sequenceNumber, nowUs / 1000);
    if (sequenceNumbers.length === 0) return;
    this.request({ type: 'nack', senderSsrc: this.options.receiverSsrc, mediaSsrc: ssrc, sequenceNumbers });
  }

  private askForKeyFrame(track: TrackReceiver): void {
    const { receiverSsrc: senderSsrc } = this.options;
    const { ssrc } = track.receiver;
    if (track.takesPli) return this.request({ type: 'pictureLossIndication', senderSsrc, mediaSsrc: ssrc });
    if (!track.takesFir) return;
    track.intraCommand = (track.intraCommand + 1) & 0xff;
    this.request({ type: 'fullIntraRequest', senderSsrc, mediaSsrc: 0, requests: [{ ssrc, commandNumber: track.intraCommand }] });
  }

  private request(packet: RtcpPacket): void {
    this.options.sendRtcp(serializeRtcpCompound([packet]));
  }

  private interrupted(track: TrackReceiver): void {
    track.depacketizer.reset();
    this.ingest.discontinuity(track.id);
    if (track.kind === 'video') this.keyFrames.want(track);
  }

  private depacketize(track: TrackReceiver, packet: RtpPacket, nowUs: number): void {
    try {
      const units = track.depacketizer.push(packet);
      for (let i = 0; i < units.length; i++) this.write(track, units[i]!.payload, units[i]!.timestamp, nowUs);
    } catch (error) {
      this.ingest.framesInError++;
      this.failed(error);
    }
  }

  private write(track: TrackReceiver, payload: readonly Uint8Array[], timestamp: number, nowUs: number): void {
    const ptsTicks = this.timeline.ptsTicks(track.id, timestamp, nowUs, canStart(track.codec, payload));
    if (ptsTicks === undefined) return; // before the first key frame nothing has a place on the timeline
    const { processor } = track;
    const { ingest } = this;
    const unit = processor.process(payload, ptsTicks);
    if (processor.description !== track.description) {
      track.description = processor.description;
      ingest.updateTrack({ id: track.id, kind: track.kind, clockRateHz: track.clockRateHz, ...processor.description });
    }
    if (unit === null) return;
    if (unit.key && track.kind === 'video') this.keyFrames.came(track);
    const ntpUs = this.options.useAbsoluteTimestamp ? track.receiver.wallClockUsOf(timestamp) : undefined;
    const { dtsTicks, key } = unit;
    ingest.write({ trackId: track.id, ptsTicks: unit.ptsTicks, dtsTicks, ntpUs, key, payload: unit.payload }, nowUs);
  }

  private failed(error: unknown): void {
    if (!(error instanceof ParseError)) throw error;
    this.options.undecodable(error);
  }
}

class TrackReceiver {
  readonly id: number;
  readonly kind: Track['kind'];
  readonly codec: CodecName;
  readonly clockRateHz: number;
  readonly payloadType: number;
  readonly takesNack: boolean;
  readonly takesPli: boolean;
  readonly takesFir: boolean;
  readonly takesRemb: boolean;
  readonly receiver: RtpReceiver;
  readonly missing = new MissingPackets();
  readonly depacketizer: Depacketizer;
  readonly processor: AccessUnitProcessor;
  description: CodecDescription;
  /** Number of the last full intra request. */
  intraCommand = 0;

  constructor({ track, payloadType, feedback }: IncomingTrack) {
    this.id = track.id;
    this.kind = track.kind;
    this.codec = track.codec;
    this.clockRateHz = track.clockRateHz;
    this.payloadType = payloadType;
    this.takesNack = feedback.includes('nack');
    this.takesPli = feedback.includes('nack pli');
    this.takesFir = feedback.includes('ccm fir');
    this.takesRemb = feedback.includes('goog-remb');
    this.receiver = new RtpReceiver({ clockRateHz: track.clockRateHz, transport: this.takesNack ? 'retransmitting' : 'udp' });
    this.depacketizer = createDepacketizer(track);
    this.processor = createAccessUnitProcessor(track, track.clockRateHz);
    this.description = this.processor.description;
  }

  /** What was sent again, if it was missing: browsers send packets twice to probe the path, too. */
  missingPacket(retransmission: RtpPacket): RtpPacket | undefined {
    const { payloadType, receiver, missing } = this;
    const original = receiver.ssrc < 0 ? undefined : originalOf(retransmission, { payloadType, ssrc: receiver.ssrc });
    return original !== undefined && missing.isMissing(original.sequenceNumber) ? original : undefined;
  }
}

/** Whether PTS is DTS there: a track can start on the timeline. */
function canStart(codec: CodecName, payload: readonly Uint8Array[]): boolean {
  switch (codec) {
    case 'H264':
      return isH264RandomAccess(payload);
    case 'H265':
      return isH265RandomAccess(payload);
    default:
      return true;
  }
}
