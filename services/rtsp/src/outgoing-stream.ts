import type { PathFeed } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import type { FromStream, OutgoingTrack, RtspFrame } from './from-stream.ts';
import type { OutboundCounters } from './outbound.ts';
import type { ReaderTransport } from './reader-transport.ts';

export interface OutgoingStreamOptions {
  readonly feed: PathFeed<RtspFrame, FromStream>;
  readonly counters: OutboundCounters;
  readonly transport: ReaderTransport;
  readonly onEnd: (reason: string) => void;
}

/** A path's stream on its way to one peer: a reader, or a server that it is pushed to. Attached to the hub from `start` to `close`. */
export class OutgoingStream implements HubReader<RtspFrame> {
  private readonly options: OutgoingStreamOptions;
  private closed = false;

  constructor(options: OutgoingStreamOptions) {
    this.options = options;
  }

  get framesDiscarded(): number {
    return this.options.feed.hub.unitsSkippedBy(this);
  }

  get queuedPackets(): number {
    return this.options.transport.queuedPackets;
  }

  get queuedBytes(): number {
    return this.options.transport.queuedBytes;
  }

  /**
   * `announce` is told of the catch-up's frames before the first packet is sent.
   * Instant start is for peers whose packets are plain: packets before the live ones would use their key stream twice.
   */
  start(tracks: readonly OutgoingTrack[], instantStart: boolean, announce: (catchUp: readonly RtspFrame[]) => void): void {
    const { feed, transport } = this.options;
    const catchUp = feed.hub.attach(this, { instantStart, trackIds: tracks.map(({ track }) => track.id) });
    const frames = feed.maker.prepareCatchUp(catchUp.units);
    announce(frames);
    if (this.closed) return; // torn down by what came with the request
    const nowUs = Date.now() * 1000;
    transport.sendCatchUp(frames, (frame, packets) => this.sent(frame, packets, nowUs));
  }

  /** Hot: once a frame. */
  write(_unit: BusUnit, frame: RtspFrame): void {
    const packets = this.options.transport.send(frame);
    if (packets > 0) this.sent(frame, packets, Date.now() * 1000);
  }

  /** Parameters travel in-band too: nothing is to be sent. */
  describe(): void {}

  end(reason: string): void {
    this.options.onEnd(reason);
  }

  close(): void {
    this.closed = true;
    this.options.feed.hub.detach(this);
    this.options.transport.close();
  }

  private sent(frame: RtspFrame, packets: number, nowUs: number): void {
    this.options.counters.sent(frame, packets, nowUs);
    this.options.feed.outbound.bytes += frame.packets.rtpBytes;
  }
}
