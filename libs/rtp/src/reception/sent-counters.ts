import { RTP_HEADER_BYTES } from '../packet.ts';
import type { ReportBlock } from '../rtcp/report-block.ts';
import { serializeRtcpCompound } from '../rtcp/compound.ts';
import type { RtpFrame } from '../rtp-frame.ts';
import { RtpSenderReporter } from './sender-reporter.ts';

/** A track as one reader gets it. */
export interface SentTrack {
  /** What its owner knows it by: a small number. */
  readonly index: number;
  readonly ssrc: number;
  readonly clockRateHz: number;
}

/** What one reader, or a group of them, was sent, and the sender reports that belong to it. `nowUs` is wall-clock time. */
export class RtpSentCounters {
  bytes = 0;
  rtpPackets = 0;
  rtcpPackets = 0;
  /** By the index of the track. */
  protected readonly reporters: (RtpSenderReporter | undefined)[] = [];

  constructor(tracks: readonly SentTrack[]) {
    for (const { index, ssrc, clockRateHz } of tracks) this.reporters[index] = new RtpSenderReporter(ssrc, clockRateHz);
  }

  /** Hot: once a frame and reader, which got so many of its packets. `wallClockUs`: of its capture. */
  count(index: number, frame: RtpFrame, packets: number, wallClockUs: number, nowUs: number): void {
    const bytes = packets === frame.packetCount ? frame.rtpBytes : Math.round((frame.rtpBytes * packets) / frame.packetCount);
    this.bytes += bytes;
    this.rtpPackets += packets;
    const reporter = this.reporters[index];
    if (reporter === undefined) return;
    reporter.count(packets, bytes - packets * RTP_HEADER_BYTES);
    reporter.mark(frame.timestamp, wallClockUs, nowUs);
  }

  /** The sender report of a track, as a packet; undefined before its first frame. */
  report(index: number, nowUs: number): Uint8Array | undefined {
    const report = this.reporters[index]?.report(nowUs);
    if (report === undefined) return undefined;
    const bytes = serializeRtcpCompound([report]);
    this.rtcpPackets++;
    this.bytes += bytes.length;
    return bytes;
  }

  /** Of all tracks: blocks name theirs. */
  receiveReports(reports: readonly ReportBlock[], nowUs: number): void {
    for (const reporter of this.reporters) reporter?.receiveReports(reports, nowUs);
  }
}
