import { ParseError } from '@mediamesh/bytes';
import { RTP_HEADER_BYTES, RtpSenderReporter, parseRtcpCompound, serializeRtcpCompound } from '@mediamesh/rtp';
import type { OutgoingTrack, RtspFrame } from './from-stream.ts';

/** Of sender reports and receiver reports. Contract 6.1.2. */
export const REPORT_INTERVAL_MS = 10_000;

/** What one reader, or a group of them, was sent, as the Control API shows it, and the reports that belong to it. */
export class OutboundCounters {
  bytes = 0;
  rtpPackets = 0;
  rtcpPackets = 0;
  /** What came back. */
  inboundBytes = 0;
  inboundRtcpPackets = 0;
  inboundRtcpPacketsInError = 0;
  private readonly reporters: (RtpSenderReporter | undefined)[] = [];

  constructor(tracks: readonly OutgoingTrack[]) {
    for (const { track, sender, mediaIndex } of tracks) this.reporters[mediaIndex] = new RtpSenderReporter(sender.ssrc, track.clockRateHz);
  }

  /** From the reader's reports. */
  get reportedLost(): number {
    let lost = 0;
    for (const reporter of this.reporters) lost += reporter?.reportedLostPackets ?? 0;
    return lost;
  }

  /** Hot: once a frame and reader. `nowUs` is wall-clock time. */
  sent(frame: RtspFrame, packets: number, nowUs: number): void {
    const { packets: rtp, track } = frame;
    const bytes = packets === rtp.packetCount ? rtp.rtpBytes : Math.round((rtp.rtpBytes * packets) / rtp.packetCount);
    this.bytes += bytes;
    this.rtpPackets += packets;
    const reporter = this.reporters[track.mediaIndex];
    if (reporter === undefined) return;
    reporter.count(packets, bytes - packets * RTP_HEADER_BYTES);
    reporter.mark(rtp.timestamp, frame.ntpUs, nowUs);
  }

  /** The sender report of a media; undefined before its first packet. */
  report(mediaIndex: number, nowUs: number): Uint8Array | undefined {
    const report = this.reporters[mediaIndex]?.report(nowUs);
    if (report === undefined) return undefined;
    const bytes = serializeRtcpCompound([report]);
    this.rtcpPackets++;
    this.bytes += bytes.length;
    return bytes;
  }

  /** Of all medias that have had a packet. */
  sendReports(nowUs: number, send: (mediaIndex: number, compound: Uint8Array) => void): void {
    for (const mediaIndex of this.reporters.keys()) {
      const bytes = this.report(mediaIndex, nowUs);
      if (bytes !== undefined) send(mediaIndex, bytes);
    }
  }

  /** RTCP whose protection says that it is not the reader's. */
  refused(bytes: Uint8Array): void {
    this.inboundBytes += bytes.length;
    this.inboundRtcpPacketsInError++;
  }

  /** What the reader sent. */
  received(mediaIndex: number, bytes: Uint8Array, nowUs: number): void {
    this.inboundBytes += bytes.length;
    try {
      for (const packet of parseRtcpCompound(bytes)) {
        if (packet.type === 'receiverReport') this.reporters[mediaIndex]?.receiveReports(packet.reports, nowUs);
      }
      this.inboundRtcpPackets++;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.inboundRtcpPacketsInError++;
    }
  }
}
