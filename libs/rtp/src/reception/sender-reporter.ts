import { compactNtp, ntpFromWallClockUs } from '../ntp.ts';
import type { ReportBlock } from '../rtcp/report-block.ts';
import type { SenderReport } from '../rtcp/sender-report.ts';

/** Of a second each: a path on which an answer takes longer carries nothing. */
const REMEMBERED_REPORTS = 16;

/**
 * The sender's side of RTCP for one track and one reader: its reports, and what the reader's reports say.
 *
 * Units: `nowUs` is any clock in microseconds, always the same one; `wallClockUs` is microseconds since 1970 of the media's capture.
 */
export class RtpSenderReporter {
  packetCount = 0;
  octetCount = 0;
  /** From the last receiver report: packets that the reader says it misses, since the start. */
  reportedLostPackets = 0;
  reportedJitterTicks = 0;
  /** Undefined until a reader has echoed a sender report. */
  roundTripUs: number | undefined;

  private readonly ssrc: number;
  private readonly ticksPerUs: number;
  private timestamp = 0;
  private wallClockUs = 0;
  private markedUs = 0;
  private marked = false;
  /** When reports were sent, by what a receiver repeats of them; the newest last. */
  private readonly sent: { readonly compact: number; readonly atUs: number }[] = [];

  constructor(ssrc: number, clockRateHz: number) {
    this.ssrc = ssrc;
    this.ticksPerUs = clockRateHz / 1e6;
  }

  /** Packets sent; `payloadBytes` without RTP headers. */
  count(packets: number, payloadBytes: number): void {
    this.packetCount += packets;
    this.octetCount += payloadBytes;
  }

  /** The unit sent at `nowUs` has this RTP timestamp and this time of capture. */
  mark(timestamp: number, wallClockUs: number, nowUs: number): void {
    this.timestamp = timestamp;
    this.wallClockUs = wallClockUs;
    this.markedUs = nowUs;
    this.marked = true;
  }

  /** The last mark carried on to now; undefined before the first. */
  report(nowUs: number): SenderReport | undefined {
    if (!this.marked) return undefined;
    const elapsedUs = nowUs - this.markedUs;
    const ntp = ntpFromWallClockUs(this.wallClockUs + elapsedUs);
    if (this.sent.push({ compact: compactNtp(ntp), atUs: nowUs }) > REMEMBERED_REPORTS) this.sent.shift();
    return {
      type: 'senderReport',
      ssrc: this.ssrc,
      ntp,
      rtpTimestamp: (this.timestamp + Math.round(elapsedUs * this.ticksPerUs)) >>> 0,
      packetCount: this.packetCount >>> 0,
      octetCount: this.octetCount >>> 0,
      reports: [],
    };
  }

  /** Blocks of other senders are ignored. */
  receiveReports(reports: readonly ReportBlock[], nowUs: number): void {
    for (const block of reports) {
      if (block.ssrc !== this.ssrc) continue;
      this.reportedLostPackets = Math.max(0, block.cumulativeLost);
      this.reportedJitterTicks = block.jitterTicks;
      this.roundTripUs = this.roundTripOf(block, nowUs) ?? this.roundTripUs;
    }
  }

  /** By when the report was sent: its own time is the capture's, which jitters as frames do. */
  private roundTripOf({ lastSenderReport, delaySinceLastSenderReport }: ReportBlock, nowUs: number): number | undefined {
    const report = this.sent.find(({ compact }) => compact === lastSenderReport);
    if (report === undefined) return undefined;
    return Math.max(0, nowUs - report.atUs - Math.round((delaySinceLastSenderReport * 1e6) / 65_536));
  }
}
