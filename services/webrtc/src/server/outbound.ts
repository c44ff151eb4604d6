import { RtpSentCounters } from '@mediamesh/rtp';
import type { RtpSenderReporter } from '@mediamesh/rtp';
import type { OutgoingTrack, WebRtcFrame } from '../from-stream.ts';

/** Of sender reports. Contract 6.4.4. */
export const REPORT_INTERVAL_MS = 1_000;

/** What one reader was sent, as the Control API shows it, and the reports that belong to it: by track id. */
export class OutboundCounters extends RtpSentCounters {
  /** What came back. */
  inboundBytes = 0;
  inboundRtcpPackets = 0;

  constructor(tracks: readonly OutgoingTrack[]) {
    super(tracks.map(({ track, sender }) => ({ index: track.id, ssrc: sender.ssrc, clockRateHz: track.clockRateHz })));
  }

  /** Hot: once a frame and reader. `nowUs` is wall-clock time. */
  sent(frame: WebRtcFrame, packets: number, nowUs: number): void {
    this.count(frame.track.track.id, frame.packets, packets, frame.ntpUs, nowUs);
  }

  /** What a track's reports and those of its reader are made from; undefined for a track that is not sent. */
  ofTrack(trackId: number): RtpSenderReporter | undefined {
    return this.reporters[trackId];
  }
}
