import { FrameCounter } from './frame-counter.ts';
import type { ReadFigures } from './frame-counter.ts';
import { RtspClient } from './rtsp-client.ts';
import { setUp } from './set-up.ts';
import type { UdpPoller } from './udp-poller.ts';

const KEEP_ALIVE_MS = 15_000;

/** A reader over UDP, on the given port and the next one. */
export class UdpReader {
  readonly client: RtspClient;
  readonly counter: FrameCounter;
  private readonly figures: ReadFigures;
  private readonly port: number;
  private readonly closeSockets: readonly (() => void)[];
  private keepAlive: NodeJS.Timeout | undefined;

  constructor(url: string, figures: ReadFigures, poller: UdpPoller, port: number) {
    this.figures = figures;
    this.port = port;
    this.counter = new FrameCounter(figures);
    this.closeSockets = [poller.open(port, (bytes, at, length) => this.receive(bytes, at, length)), poller.open(port + 1, () => {})];
    this.client = new RtspClient(url);
    this.client.onMedia = () => {};
  }

  async open(): Promise<void> {
    await setUp(this.client, `RTP/AVP/UDP;unicast;client_port=${this.port}-${this.port + 1}`);
    this.client.onClose = () => this.figures.closed++;
    await this.client.request('PLAY', '', { Range: 'npt=0.000-' });
    this.keepAlive = setInterval(() => this.client.keepAlive(), KEEP_ALIVE_MS);
  }

  close(): void {
    clearInterval(this.keepAlive);
    this.client.onClose = () => {};
    this.client.close();
    for (const close of this.closeSockets) close();
  }

  private receive(bytes: Uint8Array, at: number, length: number): void {
    this.figures.packets++;
    this.figures.bytes += length;
    if (this.counter.head(bytes, at)) this.counter.frameEnded();
  }
}
