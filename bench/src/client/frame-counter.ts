import { STAMP_BYTES, STAMP_OFFSET, monotonicUs, readStamp } from './h264-stream.ts';
import { Histogram } from './histogram.ts';

/** Enough of an RTP packet to know its place in a frame and to find the stamp. */
export const HEAD_BYTES = 12 + 1 + STAMP_OFFSET + STAMP_BYTES;
/** A frame that left the publisher less than this ago is live. */
const LIVE_EDGE_US = 100_000;
const FU_A = 28;
const IDR = 5;
const P = 1;

/** What all readers of a process have received. */
export class ReadFigures {
  frames = 0;
  packets = 0;
  bytes = 0;
  /** By RTP sequence numbers. */
  lost = 0;
  closed = 0;
  readonly latency = new Histogram();

  reset(): void {
    this.frames = this.packets = this.bytes = this.lost = this.closed = 0;
    this.latency.reset();
  }
}

/** One reader's packets: counts frames by their markers, and takes the time from the stamp to the end of the frame. */
export class FrameCounter {
  private readonly figures: ReadFigures;
  private stampUs = 0;
  private key = false;
  private sequence = -1;
  /** Called at the end of the first key frame. */
  onKeyFrame: (() => void) | undefined;
  /** Called at the end of the first frame that is younger than LIVE_EDGE_US. */
  onLiveEdge: (() => void) | undefined;

  constructor(figures: ReadFigures) {
    this.figures = figures;
  }

  /** The beginning of an RTP packet. Returns whether it is the last of its frame. */
  head(bytes: Uint8Array, at: number): boolean {
    let nal = at + 12;
    let type = bytes[nal]! & 0x1f;
    if (type === FU_A) {
      nal++;
      type = (bytes[nal]! & 0x80) !== 0 ? bytes[nal]! & 0x1f : 0;
    }
    this.stamped(type, bytes, nal);
    return this.header(bytes, at);
  }

  /** As `head`, without a look at the payload. */
  header(bytes: Uint8Array, at: number): boolean {
    const sequence = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (this.sequence >= 0) this.figures.lost += (sequence - this.sequence - 1) & 0xffff;
    this.sequence = sequence;
    return (bytes[at + 1]! & 0x80) !== 0;
  }

  /** The stamp of the frame has come. */
  get isStamped(): boolean {
    return this.stampUs > 0;
  }

  /** The beginning of a NAL unit. Returns whether it is a slice. */
  slice(bytes: Uint8Array, at: number): boolean {
    return this.stamped(bytes[at]! & 0x1f, bytes, at);
  }

  private stamped(type: number, bytes: Uint8Array, nal: number): boolean {
    if (type !== IDR && type !== P) return false;
    this.stampUs = readStamp(bytes, nal + STAMP_OFFSET);
    this.key = type === IDR;
    return true;
  }

  /** The last byte of a frame is here. */
  frameEnded(): void {
    const { figures } = this;
    figures.frames++;
    if (this.stampUs > 0) {
      const ageUs = monotonicUs() - this.stampUs;
      figures.latency.add(ageUs);
      if (this.onLiveEdge !== undefined && ageUs < LIVE_EDGE_US) {
        this.onLiveEdge();
        this.onLiveEdge = undefined;
      }
    }
    this.stampUs = 0;
    if (this.key && this.onKeyFrame !== undefined) {
      this.onKeyFrame();
      this.onKeyFrame = undefined;
    }
  }
}
