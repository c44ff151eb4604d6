import { ParseError } from '@mediamesh/bytes';
import { createAccessUnitProcessor, isH264RandomAccess, isH265RandomAccess } from '@mediamesh/codecs';
import type { AccessUnitProcessor, CodecName } from '@mediamesh/codecs';
import { RtpTimeline } from '@mediamesh/media';
import type { Ingest, Track } from '@mediamesh/media';
import { RtpReceiver, createDepacketizer, parseRtcpCompound, parseRtpPacket, serializeRtcpCompound } from '@mediamesh/rtp';
import type { Depacketizer, RtpPacket } from '@mediamesh/rtp';
import type { AnnouncedTrack } from '@mediamesh/rtsp';
import type { RtpFormat } from '@mediamesh/sdp';

/** Packets of one session, counted as the Control API shows them. */
export class InboundCounters {
  bytes = 0;
  rtpPackets = 0;
  rtpPacketsInError = 0;
  rtcpPackets = 0;
  rtcpPacketsInError = 0;
}

/** What the gateway's log gets, at most once a second each. */
export interface ToStreamEvents {
  lost(packets: number): void;
  undecodable(error: Error): void;
  /** `useAbsoluteTimestamp`: a packet before the sender's first report. */
  withoutAbsoluteTime(): void;
}

/** Where units go: the ingest of the path, or what takes them apart first. */
export type PacketSink = Pick<Ingest, 'write' | 'discontinuity' | 'updateTrack' | 'inboundBytes' | 'framesInError'>;

export interface ToStreamOptions {
  readonly transport: 'tcp' | 'udp';
  readonly useAbsoluteTimestamp: boolean;
  /** SSRC of our receiver reports. */
  readonly receiverSsrc: number;
  readonly events: ToStreamEvents;
}

/** The tracks of a publisher, as the product knows them. */
export function tracksOf(announced: readonly AnnouncedTrack[]): readonly Track[] {
  return announced.map(({ id, kind, format }) => ({ id, kind, clockRateHz: format.clockRateHz, ...format.description }));
}

/**
 * RTP and RTCP packets of one publisher, or source, into units.
 *
 * Shape:  packets by media index in, units into the ingest; synchronous.
 * Errors: none leave: malformed packets are counted and reported.
 * Times:  contract 9.4: the first track starts at 0, others are aligned by the arrival of their first unit.
 */
export class ToStream {
  readonly counters = new InboundCounters();
  private readonly ingest: PacketSink;
  private readonly options: ToStreamOptions;
  private readonly timeline = new RtpTimeline();
  /** By media index, then payload type. */
  private readonly medias: TrackReceiver[][] = [];

  constructor(announced: readonly AnnouncedTrack[], ingest: PacketSink, options: ToStreamOptions) {
    this.ingest = ingest;
    this.options = options;
    for (const track of announced) {
      this.timeline.addTrack(track.id, track.format.clockRateHz);
      (this.medias[track.mediaIndex] ??= []).push(new TrackReceiver(track, options.transport));
    }
  }

  get lostPackets(): number {
    let lost = 0;
    for (const media of this.medias) for (const track of media ?? []) lost += track.receiver.lostPackets;
    return lost;
  }

  /** Mean over the tracks, in their clock's units. */
  get jitter(): number {
    const tracks = this.medias.flat();
    return tracks.length === 0 ? 0 : tracks.reduce((sum, { receiver }) => sum + receiver.jitterTicks, 0) / tracks.length;
  }

  /** `nowUs` is wall-clock time. */
  rtp(mediaIndex: number, bytes: Uint8Array, nowUs: number): void {
    const { counters, ingest } = this;
    counters.bytes += bytes.length;
    let packet: RtpPacket;
    try {
      packet = parseRtpPacket(bytes);
    } catch (error) {
      counters.rtpPacketsInError++;
      return this.failed(error);
    }
    const track = this.trackOf(mediaIndex, packet.payloadType);
    if (track === undefined) {
      counters.rtpPacketsInError++;
      return;
    }
    counters.rtpPackets++;
    ingest.inboundBytes += bytes.length;
    const released = track.receiver.receive(packet, nowUs);
    if (released.restarted) {
      this.interrupted(track);
      this.timeline.restartTrack(track.id);
    }
    const { packets, lostBefore } = released;
    for (let i = 0; i < packets.length; i++) {
      const lost = lostBefore[i]!;
      if (lost > 0) {
        this.interrupted(track);
        this.options.events.lost(lost);
      }
      this.depacketize(track, packets[i]!, nowUs);
    }
  }

  rtcp(mediaIndex: number, bytes: Uint8Array, nowUs: number): void {
    const { counters } = this;
    counters.bytes += bytes.length;
    try {
      for (const packet of parseRtcpCompound(bytes)) {
        if (packet.type !== 'senderReport') continue;
        for (const track of this.medias[mediaIndex] ?? []) track.receiver.receiveSenderReport(packet, nowUs);
      }
      counters.rtcpPackets++;
    } catch (error) {
      counters.rtcpPacketsInError++;
      this.failed(error);
    }
  }

  /** A packet that its protection says is not the publisher's. */
  refused(rtcp: boolean, bytes: Uint8Array, error: Error): void {
    const { counters } = this;
    counters.bytes += bytes.length;
    if (rtcp) counters.rtcpPacketsInError++;
    else counters.rtpPacketsInError++;
    this.options.events.undecodable(error);
  }

  /** What is to be sent to the publisher now and then: a compound packet a media, by media index. */
  receiverReports(nowUs: number): readonly { readonly mediaIndex: number; readonly bytes: Uint8Array }[] {
    return this.medias.flatMap((tracks, mediaIndex) => {
      const reports = tracks
        .map(({ receiver }) => receiver.report(this.options.receiverSsrc, nowUs))
        .filter(({ reports }) => reports.length > 0);
      return reports.length === 0 ? [] : [{ mediaIndex, bytes: serializeRtcpCompound(reports) }];
    });
  }

  private interrupted(track: TrackReceiver): void {
    track.depacketizer.reset();
    this.ingest.discontinuity(track.id);
  }

  private trackOf(mediaIndex: number, payloadType: number): TrackReceiver | undefined {
    const tracks = this.medias[mediaIndex];
    if (tracks === undefined) return undefined;
    for (let i = 0; i < tracks.length; i++) if (tracks[i]!.payloadType === payloadType) return tracks[i];
    return undefined;
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
    let ntpUs: number | undefined;
    if (this.options.useAbsoluteTimestamp) {
      ntpUs = track.receiver.wallClockUsOf(timestamp);
      if (ntpUs === undefined) return this.options.events.withoutAbsoluteTime();
    }
    const { dtsTicks, key } = unit;
    ingest.write({ trackId: track.id, ptsTicks: unit.ptsTicks, dtsTicks, ntpUs, key, payload: unit.payload }, nowUs);
  }

  private failed(error: unknown): void {
    if (!(error instanceof ParseError)) throw error;
    this.options.events.undecodable(error);
  }
}

class TrackReceiver {
  readonly id: number;
  readonly kind: Track['kind'];
  readonly codec: CodecName;
  readonly clockRateHz: number;
  readonly payloadType: number;
  readonly receiver: RtpReceiver;
  readonly depacketizer: Depacketizer;
  readonly processor: AccessUnitProcessor;
  description: RtpFormat['description'];

  constructor({ id, kind, format }: AnnouncedTrack, transport: 'tcp' | 'udp') {
    const { clockRateHz, description, payloadType, wire } = format;
    this.id = id;
    this.kind = kind;
    this.codec = description.codec;
    this.clockRateHz = clockRateHz;
    this.payloadType = payloadType;
    this.receiver = new RtpReceiver({ clockRateHz, transport });
    const { sizeLength, indexLength = 0, indexDeltaLength = 0 } = wire;
    const options = sizeLength === undefined ? {} : { auHeaderLengths: { sizeLength, indexLength, indexDeltaLength } };
    this.depacketizer = createDepacketizer(description, options);
    this.processor = createAccessUnitProcessor(description, clockRateHz);
    this.description = this.processor.description;
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
