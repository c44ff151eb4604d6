import { ParseError } from '@mediamesh/bytes';
import { RtpSentCounters, parseRtcpCompound } from '@mediamesh/rtp';
import type { OutgoingTrack, RtspFrame } from './from-stream.ts';

/** Of sender reports and receiver reports. Contract 6.1.2. */
export const REPORT_INTERVAL_MS = 10_000;

/** What one reader, or a group of them, was sent, as the Control API shows it, and the reports that belong to it: by media index. */
export class OutboundCounters extends RtpSentCounters {
  /** What came back. */
  inboundBytes = 0;
  inboundRtcpPackets = 0;
  inboundRtcpPacketsInError = 0;

  constructor(tracks: readonly OutgoingTrack[]) {
    super(tracks.map(({ track, sender, mediaIndex }) => ({ index: mediaIndex, ssrc: sender.ssrc, clockRateHz: track.clockRateHz })));
  }

  /** From the reader's reports. */
  get reportedLost(): number {
    let lost = 0;
    for (const reporter of this.reporters) lost += reporter?.reportedLostPackets ?? 0;
    return lost;
  }

  /** Hot: once a frame and reader. `nowUs` is wall-clock time. */
  sent(frame: RtspFrame, packets: number, nowUs: number): void {
    this.count(frame.track.mediaIndex, frame.packets, packets, frame.ntpUs, nowUs);
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
