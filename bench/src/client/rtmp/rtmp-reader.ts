import { FrameCounter } from '../frame-counter.ts';
import type { ReadFigures } from '../frame-counter.ts';
import { STAMP_BYTES, STAMP_OFFSET } from '../h264-stream.ts';
import { ChunkSkipper } from './chunk-skipper.ts';
import { RtmpConnection } from './rtmp-connection.ts';

const VIDEO = 9;
const NAL_UNITS = 1;
const TAG_HEADER_BYTES = 5;
const NAL_LENGTH_BYTES = 4;

/** A reader over RTMP: looks at the head of each message, and at nothing else. */
export class RtmpReader {
  readonly counter: FrameCounter;
  private readonly figures: ReadFigures;
  private readonly connection: RtmpConnection;

  constructor(url: string, figures: ReadFigures) {
    this.figures = figures;
    this.counter = new FrameCounter(figures);
    this.connection = new RtmpConnection(url, 'play');
    const skipper = new ChunkSkipper((typeId, head, headBytes) => this.message(typeId, head, headBytes));
    this.connection.onMedia = (bytes, from, length) => {
      figures.bytes += length - from;
      skipper.push(bytes, from, length);
    };
  }

  async open(): Promise<void> {
    this.connection.onClose = () => this.figures.closed++;
    await this.connection.open();
  }

  close(): void {
    this.connection.close();
  }

  private message(typeId: number, head: Uint8Array, headBytes: number): void {
    if (typeId !== VIDEO || head[1] !== NAL_UNITS) return;
    this.figures.packets++;
    let at = TAG_HEADER_BYTES;
    // Over parameter sets to the slice.
    while (at + NAL_LENGTH_BYTES + STAMP_OFFSET + STAMP_BYTES <= headBytes) {
      if (this.counter.slice(head, at + NAL_LENGTH_BYTES)) break;
      at += NAL_LENGTH_BYTES + ((head[at]! << 24) | (head[at + 1]! << 16) | (head[at + 2]! << 8) | head[at + 3]!);
    }
    this.counter.frameEnded();
  }
}
