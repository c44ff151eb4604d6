import type { UdpDestination, UdpSocket } from '@mediamesh/net';
import type { RtspFrame } from './from-stream.ts';
import type { ClientStream } from './server/tunnel/client-stream.ts';

/** How frames get to one reader. */
export interface ReaderTransport {
  readonly queuedPackets: number;
  readonly queuedBytes: number;
  /** Returns how many packets were taken. */
  send(frame: RtspFrame): number;
  /** Plain frames of the GOP cache, outside of the queue, before the first live one. */
  sendCatchUp(frames: readonly RtspFrame[], sent: (frame: RtspFrame, packets: number) => void): void;
  /** Nothing more is sent. */
  close(): void;
}

/** Interleaved in the RTSP connection: a frame is one write. */
export class TcpReaderTransport implements ReaderTransport {
  private readonly stream: ClientStream;
  /** By media index; undefined where nothing was set up. */
  private readonly channels: readonly (number | undefined)[];
  private readonly secure: boolean;
  /** The catch-up leaves the connection with this many bytes sent: until then what it holds is not the queue's. */
  private catchUpEnd = 0;
  private frameBytes = 0;
  private framePackets = 0;

  constructor(stream: ClientStream, channels: readonly (number | undefined)[], secure: boolean) {
    this.stream = stream;
    this.channels = channels;
    this.secure = secure;
  }

  get queuedBytes(): number {
    const queued = this.stream.queuedBytes;
    if (this.catchUpEnd === 0) return queued;
    const flushed = this.stream.sentBytes - queued;
    if (flushed >= this.catchUpEnd) this.catchUpEnd = 0;
    else return queued - (this.catchUpEnd - flushed);
    return queued;
  }

  /** Node counts bytes: as many packets as they are of the average size so far. */
  get queuedPackets(): number {
    const queued = this.queuedBytes;
    return queued === 0 ? 0 : (queued * this.framePackets) / this.frameBytes;
  }

  send(frame: RtspFrame): number {
    const channel = this.channels[frame.track.mediaIndex];
    const buffer = this.secure ? frame.secure : frame.plain;
    if (channel === undefined || buffer === undefined) return 0;
    const bytes = buffer.interleaved(channel);
    if (!this.stream.write(bytes)) return 0;
    const { packetCount } = buffer;
    this.frameBytes += bytes.length;
    this.framePackets += packetCount;
    return packetCount;
  }

  sendCatchUp(frames: readonly RtspFrame[], sent: (frame: RtspFrame, packets: number) => void): void {
    for (const frame of frames) sent(frame, this.send(frame));
    this.catchUpEnd = this.stream.sentBytes;
  }

  close(): void {}
}

/** How the packets of one media get to a reader. */
export interface UdpRoute {
  readonly socket: UdpSocket;
  readonly destination: UdpDestination;
}

/** Catch-up over UDP: 13 Mbyte/s in bursts that fit the receive buffer that systems give by default (208 KiB). */
const PACE_BYTES = 65_536;
const PACE_INTERVAL_MS = 5;
/** Live frames that wait behind a catch-up; a reader that collects more starts without them. */
const MAX_PACED_FRAMES = 4_096;

/** Datagrams to the reader's ports: the packets of a frame go to the kernel in one call. */
export class UdpReaderTransport implements ReaderTransport {
  readonly queuedBytes = 0;
  readonly queuedPackets = 0;
  /** By media index. */
  private readonly routes: readonly (UdpRoute | undefined)[];
  private readonly secure: boolean;
  /** Frames that wait for their pace; undefined when there are none. */
  private paced: RtspFrame[] | undefined;
  private sentPaced: (frame: RtspFrame, packets: number) => void = () => {};
  private timer: NodeJS.Timeout | undefined;

  constructor(routes: readonly (UdpRoute | undefined)[], secure: boolean) {
    this.routes = routes;
    this.secure = secure;
  }

  send(frame: RtspFrame): number {
    if (this.paced === undefined) return this.sendNow(frame);
    if (this.paced.length < MAX_PACED_FRAMES) this.paced.push(frame);
    return 0; // counted when it is sent
  }

  sendCatchUp(frames: readonly RtspFrame[], sent: (frame: RtspFrame, packets: number) => void): void {
    if (frames.length === 0) return;
    this.paced = [...frames];
    this.sentPaced = sent;
    this.pace();
  }

  close(): void {
    this.paced = undefined;
    clearTimeout(this.timer);
  }

  private sendNow(frame: RtspFrame): number {
    const route = this.routes[frame.track.mediaIndex];
    const buffer = this.secure ? frame.secure : frame.plain;
    if (route === undefined || buffer === undefined) return 0;
    return route.socket.sendBatch(buffer.bytes, buffer.offsets, buffer.sizes, buffer.packetCount, route.destination);
  }

  private pace(): void {
    const { paced } = this;
    if (paced === undefined) return;
    let budget = PACE_BYTES;
    let done = 0;
    while (done < paced.length && budget > 0) {
      const frame = paced[done++]!;
      budget -= frame.packets.rtpBytes;
      this.sentPaced(frame, this.sendNow(frame));
    }
    paced.splice(0, done);
    if (paced.length === 0) this.paced = undefined;
    else this.timer = setTimeout(() => this.pace(), PACE_INTERVAL_MS);
  }
}
