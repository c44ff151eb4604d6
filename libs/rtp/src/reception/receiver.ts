import { compactNtp, wallClockUsFromNtp } from '../ntp.ts';
import type { RtpPacket } from '../packet.ts';
import type { ReceiverReport } from '../rtcp/receiver-report.ts';
import type { ReportBlock } from '../rtcp/report-block.ts';
import type { SenderReport } from '../rtcp/sender-report.ts';
import { MAX_AWAITED_PACKETS, MAX_REORDERED_PACKETS, ReorderBuffer } from './reorder-buffer.ts';
import type { ReleasedPackets } from './reorder-buffer.ts';

export interface RtpReceiverOptions {
  readonly clockRateHz: number;
  /** UDP and multicast reorder; TCP does not; over `retransmitting`, what is lost comes later, because it was asked for again. */
  readonly transport: 'udp' | 'tcp' | 'retransmitting';
}

const WINDOW_PACKETS = { tcp: 0, udp: MAX_REORDERED_PACKETS, retransmitting: MAX_AWAITED_PACKETS } as const;

/**
 * The reception of one track: order, losses, jitter, receiver reports, and the sender's mapping of RTP to wall-clock time.
 *
 * Shape:  `receive` takes packets as they arrive and returns those that are next, in order (reused: valid until the next call).
 * Units:  `nowUs` is any clock in microseconds, always the same one; jitter in ticks of the RTP clock.
 * Source: RFC 3550 6.4.1, A.1, A.3, A.8.
 */
export class RtpReceiver {
  /** Of the current sender; negative before its first packet. */
  ssrc = -1;
  receivedPackets = 0;
  jitterTicks = 0;

  private readonly reorder: ReorderBuffer;
  private readonly ticksPerUs: number;
  private baseSequence = 0;
  private highestSequence = 0;
  private cycles = 0;
  private receivedOfSender = 0;
  private expectedAtReport = 0;
  private receivedAtReport = 0;
  private lastArrivalUs = 0;
  private lastTimestamp = 0;
  private senderReport: SenderReport | undefined;
  private senderReportUs = 0;

  constructor(options: RtpReceiverOptions) {
    this.ticksPerUs = options.clockRateHz / 1e6;
    this.reorder = new ReorderBuffer(WINDOW_PACKETS[options.transport]);
  }

  /** Packets that never came, of all senders. */
  get lostPackets(): number {
    return this.reorder.lostPackets;
  }

  /** Duplicates and packets that came too late. */
  get droppedPackets(): number {
    return this.reorder.droppedPackets;
  }

  receive(packet: RtpPacket, nowUs: number): ReleasedPackets {
    const { reorder } = this;
    reorder.push(packet, nowUs);
    if (reorder.restarted || this.ssrc < 0) this.startSender(packet, nowUs);
    this.count(packet, nowUs);
    return reorder;
  }

  /** Reports of other senders are ignored; one that comes before the first packet counts. */
  receiveSenderReport(report: SenderReport, nowUs: number): void {
    if (this.ssrc >= 0 && report.ssrc !== this.ssrc) return;
    this.senderReport = report;
    this.senderReportUs = nowUs;
  }

  /** Wall-clock microseconds of an RTP timestamp; undefined before the sender's first report. */
  wallClockUsOf(timestamp: number): number | undefined {
    const { senderReport } = this;
    if (senderReport === undefined) return undefined;
    return wallClockUsFromNtp(senderReport.ntp) + Math.round(((timestamp - senderReport.rtpTimestamp) | 0) / this.ticksPerUs);
  }

  /** What this receiver says of the sender since the previous call; without a block before the first packet. */
  report(receiverSsrc: number, nowUs: number): ReceiverReport {
    return { type: 'receiverReport', ssrc: receiverSsrc, reports: this.ssrc < 0 ? [] : [this.reportBlock(nowUs)] };
  }

  private reportBlock(nowUs: number): ReportBlock {
    const highest = this.cycles + this.highestSequence;
    const expected = highest - this.baseSequence + 1;
    const expectedSince = expected - this.expectedAtReport;
    const lostSince = expectedSince - (this.receivedOfSender - this.receivedAtReport);
    this.expectedAtReport = expected;
    this.receivedAtReport = this.receivedOfSender;
    const { senderReport } = this;
    return {
      ssrc: this.ssrc,
      fractionLost: lostSince <= 0 ? 0 : Math.min(255, Math.floor((lostSince * 256) / expectedSince)),
      cumulativeLost: expected - this.receivedOfSender,
      extendedHighestSequenceNumber: highest >>> 0,
      jitterTicks: Math.floor(this.jitterTicks),
      lastSenderReport: senderReport === undefined ? 0 : compactNtp(senderReport.ntp),
      delaySinceLastSenderReport: senderReport === undefined ? 0 : Math.round(((nowUs - this.senderReportUs) * 65_536) / 1e6) >>> 0,
    };
  }

  private startSender(packet: RtpPacket, nowUs: number): void {
    if (this.senderReport !== undefined && this.senderReport.ssrc !== packet.ssrc) this.senderReport = undefined;
    this.ssrc = packet.ssrc;
    this.baseSequence = packet.sequenceNumber;
    this.highestSequence = packet.sequenceNumber;
    this.cycles = 0;
    this.receivedOfSender = 0;
    this.expectedAtReport = 0;
    this.receivedAtReport = 0;
    this.jitterTicks = 0;
    this.lastArrivalUs = nowUs;
    this.lastTimestamp = packet.timestamp;
  }

  private count(packet: RtpPacket, nowUs: number): void {
    this.receivedPackets++;
    this.receivedOfSender++;
    const ahead = (packet.sequenceNumber - this.highestSequence) & 0xffff;
    if (ahead !== 0 && ahead < 0x8000) {
      if (packet.sequenceNumber < this.highestSequence) this.cycles += 0x1_0000;
      this.highestSequence = packet.sequenceNumber;
    }
    const transitChange = (nowUs - this.lastArrivalUs) * this.ticksPerUs - ((packet.timestamp - this.lastTimestamp) | 0);
    this.jitterTicks += (Math.abs(transitChange) - this.jitterTicks) / 16;
    this.lastArrivalUs = nowUs;
    this.lastTimestamp = packet.timestamp;
  }
}
