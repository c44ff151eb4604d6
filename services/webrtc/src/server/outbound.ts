import { RTP_HEADER_BYTES, RtpSenderReporter, serializeRtcpCompound } from '@mediamesh/rtp';
import type { ReportBlock } from '@mediamesh/rtp';
import type { OutgoingTrack, WebRtcFrame } from '../from-stream.ts';

/** Of sender reports. Contract 6.4.4. */
export const REPORT_INTERVAL_MS = 1_000;

/** What one reader was sent, as the Control API shows it, and the reports that belong to it. */
export class OutboundCounters {
  bytes = 0;
  rtpPackets = 0;
  rtcpPackets = 0;
  /** What came back. */
  inboundBytes = 0;
  inboundRtcpPackets = 0;
  /** By track id. */
  private readonly reporters: (RtpSenderReporter | undefined)[] = [];

  constructor(tracks: readonly OutgoingTrack[]) {
    for (const { track, sender } of tracks) this.reporters[track.id] = new RtpSenderReporter(sender.ssrc, track.clockRateHz);
  }

  /** Hot: once a frame and reader. `nowUs` is wall-clock time. */
  sent(frame: WebRtcFrame, packets: number, nowUs: number): void {
    const { packets: rtp, track } = frame;
    const bytes = packets === rtp.packetCount ? rtp.rtpBytes : Math.round((rtp.rtpBytes * packets) / rtp.packetCount);
    this.bytes += bytes;
    this.rtpPackets += packets;
    const reporter = this.reporters[track.track.id];
    if (reporter === undefined) return;
    reporter.count(packets, bytes - packets * RTP_HEADER_BYTES);
    reporter.mark(rtp.timestamp, frame.ntpUs, nowUs);
  }

  /** What a track's reports and those of its reader are made from; undefined for a track that is not sent. */
  ofTrack(trackId: number): RtpSenderReporter | undefined {
    return this.reporters[trackId];
  }

  /** The sender report of a track; undefined before its first packet. */
  report(trackId: number, nowUs: number): Uint8Array | undefined {
    const report = this.reporters[trackId]?.report(nowUs);
    if (report === undefined) return undefined;
    const bytes = serializeRtcpCompound([report]);
    this.rtcpPackets++;
    this.bytes += bytes.length;
    return bytes;
  }

  receiveReports(reports: readonly ReportBlock[], nowUs: number): void {
    for (const reporter of this.reporters) reporter?.receiveReports(reports, nowUs);
  }
}
