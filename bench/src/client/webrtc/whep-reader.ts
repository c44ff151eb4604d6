import { FrameCounter } from '../frame-counter.ts';
import type { ReadFigures } from '../frame-counter.ts';
import { VIDEO_PAYLOAD_TYPE, WebRtcPeer } from './webrtc-peer.ts';

/** A reader over WHEP: decrypts what holds a frame's stamp, and looks at nothing else than the headers of the rest. */
export class WhepReader {
  readonly counter: FrameCounter;
  private readonly figures: ReadFigures;
  private readonly url: string;
  private readonly peer = new WebRtcPeer();

  constructor(url: string, figures: ReadFigures) {
    this.url = url;
    this.figures = figures;
    this.counter = new FrameCounter(figures);
    this.peer.client.onProtectedRtp = (packet) => this.receive(packet);
  }

  async open(): Promise<void> {
    await this.peer.open(this.url, 'recvonly');
  }

  close(): void {
    this.peer.close();
  }

  private receive(packet: Uint8Array): void {
    const { figures, counter, peer } = this;
    figures.packets++;
    figures.bytes += packet.length;
    if ((packet[1]! & 0x7f) !== VIDEO_PAYLOAD_TYPE) return; // sent again
    const isLast = counter.isStamped ? counter.header(packet, 0) : counter.head(peer.client.unprotect(packet), 0);
    if (isLast) counter.frameEnded();
  }
}
