import type { WebRtcFrame } from '../from-stream.ts';

/** Catch-up: 13 Mbyte/s in bursts that fit the receive buffer that systems give by default (208 KiB). */
const PACE_BYTES = 65_536;
const PACE_INTERVAL_MS = 5;
/** Live frames that wait behind a catch-up; a reader that collects more starts without them. */
const MAX_PACED_FRAMES = 4_096;

/** The frames of an instant start, and the live ones behind them, sent in bursts. */
export class PacedFrames {
  private frames: WebRtcFrame[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly send: (frame: WebRtcFrame) => void;

  constructor(send: (frame: WebRtcFrame) => void) {
    this.send = send;
  }

  /** Whether a live frame has to wait behind others. */
  get isBusy(): boolean {
    return this.frames.length > 0;
  }

  start(frames: readonly WebRtcFrame[]): void {
    this.frames = [...frames];
    this.pace();
  }

  push(frame: WebRtcFrame): void {
    if (this.frames.length < MAX_PACED_FRAMES) this.frames.push(frame);
  }

  stop(): void {
    this.frames = [];
    clearTimeout(this.timer);
  }

  private pace(): void {
    let budget = PACE_BYTES;
    let done = 0;
    while (done < this.frames.length && budget > 0) {
      const frame = this.frames[done++]!;
      budget -= frame.packets.rtpBytes;
      this.send(frame);
    }
    this.frames.splice(0, done);
    if (this.frames.length > 0) this.timer = setTimeout(() => this.pace(), PACE_INTERVAL_MS);
  }
}
