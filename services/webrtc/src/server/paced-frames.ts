import type { CatchUpFrames } from '../catch-up-frames.ts';
import type { WebRtcFrame } from '../from-stream.ts';

/** Catch-up: 13 Mbyte/s in bursts that fit the receive buffer that systems give by default (208 KiB). */
const PACE_BYTES = 65_536;
const PACE_INTERVAL_MS = 5;
/** Live frames that wait behind a catch-up; a reader that collects more starts without them. */
const MAX_PACED_FRAMES = 4_096;

/** The frames of an instant start, and the live ones behind them, sent in bursts. */
export class PacedFrames {
  private catchUp: CatchUpFrames | undefined;
  /** Live ones. */
  private frames: WebRtcFrame[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly send: (frame: WebRtcFrame) => void;

  constructor(send: (frame: WebRtcFrame) => void) {
    this.send = send;
  }

  /** Whether a live frame has to wait behind others. */
  get isBusy(): boolean {
    return this.catchUp !== undefined;
  }

  start(catchUp: CatchUpFrames): void {
    this.catchUp = catchUp;
    this.pace(catchUp);
  }

  push(frame: WebRtcFrame): void {
    if (this.frames.length < MAX_PACED_FRAMES) this.frames.push(frame);
  }

  stop(): void {
    this.catchUp = undefined;
    this.frames = [];
    clearTimeout(this.timer);
  }

  private pace(catchUp: CatchUpFrames): void {
    let budget = PACE_BYTES;
    while (budget > 0 && !catchUp.isOver) {
      const frame = catchUp.next();
      if (frame !== undefined) budget -= this.sendOne(frame);
    }
    let done = 0;
    while (budget > 0 && done < this.frames.length) budget -= this.sendOne(this.frames[done++]!);
    this.frames.splice(0, done);
    if (catchUp.isOver && this.frames.length === 0) this.catchUp = undefined;
    else if (this.catchUp === catchUp) this.timer = setTimeout(() => this.pace(catchUp), PACE_INTERVAL_MS);
  }

  private sendOne(frame: WebRtcFrame): number {
    this.send(frame);
    return frame.packets.rtpBytes;
  }
}
