import { FrameCounter, HEAD_BYTES } from './frame-counter.ts';
import type { ReadFigures } from './frame-counter.ts';
import { RtspClient } from './rtsp-client.ts';
import { setUp } from './set-up.ts';

/** A reader over TCP: looks at the head of each packet where it lies, and at nothing else. */
export class TcpReader {
  readonly client: RtspClient;
  readonly counter: FrameCounter;
  private readonly figures: ReadFigures;
  private readonly head = new Uint8Array(4 + HEAD_BYTES);
  private headLength = 0;
  private toSkip = 0;
  private lastOfFrame = false;

  constructor(url: string, figures: ReadFigures) {
    this.figures = figures;
    this.counter = new FrameCounter(figures);
    this.client = new RtspClient(url);
    this.client.onMedia = (bytes, length) => this.receive(bytes, length);
  }

  async open(): Promise<void> {
    await setUp(this.client, 'RTP/AVP/TCP;unicast;interleaved=0-1');
    this.client.onClose = () => this.figures.closed++;
    await this.client.request('PLAY', '', { Range: 'npt=0.000-' });
  }

  close(): void {
    this.client.onClose = () => {};
    this.client.close();
  }

  private receive(bytes: Uint8Array, length: number): void {
    this.figures.bytes += length;
    let at = 0;
    while (at < length) {
      if (this.toSkip > 0) {
        const step = Math.min(this.toSkip, length - at);
        at += step;
        this.toSkip -= step;
      } else if (this.headLength === 0 && length - at >= this.head.length) {
        this.packet(bytes, at, 0);
        continue;
      } else {
        at = this.collect(bytes, at, length);
        if (this.headLength < this.wanted()) return;
        const have = this.headLength;
        this.headLength = 0;
        this.packet(this.head, 0, have);
      }
      if (this.toSkip === 0 && this.lastOfFrame) this.endFrame();
    }
  }

  /** A packet's head that came in two pieces, or a short packet. */
  private collect(bytes: Uint8Array, from: number, length: number): number {
    let at = from;
    while (at < length && this.headLength < this.wanted()) this.head[this.headLength++] = bytes[at++]!;
    return at;
  }

  private wanted(): number {
    const { head, headLength } = this;
    return headLength < 4 ? 4 : Math.min(head.length, 4 + ((head[2]! << 8) | head[3]!));
  }

  /** `consumed` bytes of it are past already. */
  private packet(bytes: Uint8Array, at: number, consumed: number): void {
    if (bytes[at] !== 0x24) throw new Error(`the reader lost its place in the stream: ${bytes[at]}`);
    this.toSkip = 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!) - consumed;
    this.lastOfFrame = false;
    if (bytes[at + 1] !== 0) return;
    this.figures.packets++;
    this.lastOfFrame = this.counter.head(bytes, at + 4);
  }

  private endFrame(): void {
    this.lastOfFrame = false;
    this.counter.frameEnded();
  }
}
