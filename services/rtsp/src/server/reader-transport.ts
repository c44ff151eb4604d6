import type { TcpConnection, UdpSocket } from '@mediamesh/net';
import type { RtspFrame } from '../from-stream.ts';
import type { UdpMedia, UdpPorts } from './udp-ports.ts';

/** How frames get to one reader. */
export interface ReaderTransport {
  readonly queuedPackets: number;
  readonly queuedBytes: number;
  /** Returns how many packets were taken. */
  send(frame: RtspFrame): number;
  /** Frames of the GOP cache, outside of the queue, before the first live one. */
  sendCatchUp(frames: readonly RtspFrame[], sent: (frame: RtspFrame, packets: number) => void): void;
  sendRtcp(mediaIndex: number, bytes: Uint8Array): void;
  close(): void;
}

/** Interleaved in the RTSP connection: a frame is one write. */
export class TcpReaderTransport implements ReaderTransport {
  private readonly connection: TcpConnection;
  /** By media index; undefined where nothing was set up. */
  private readonly channels: readonly (number | undefined)[];
  /** The catch-up leaves the connection with this many bytes sent: until then what it holds is not the queue's. */
  private catchUpEnd = 0;
  private frameBytes = 0;
  private framePackets = 0;

  constructor(connection: TcpConnection, channels: readonly (number | undefined)[]) {
    this.connection = connection;
    this.channels = channels;
  }

  get queuedBytes(): number {
    const queued = this.connection.queuedBytes;
    if (this.catchUpEnd === 0) return queued;
    const flushed = this.connection.sentBytes - queued;
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
    if (channel === undefined) return 0;
    const bytes = frame.interleaved(channel);
    if (!this.connection.write(bytes)) return 0;
    const { packetCount } = frame.packets;
    this.frameBytes += bytes.length;
    this.framePackets += packetCount;
    return packetCount;
  }

  sendCatchUp(frames: readonly RtspFrame[], sent: (frame: RtspFrame, packets: number) => void): void {
    for (const frame of frames) sent(frame, this.send(frame));
    this.catchUpEnd = this.connection.sentBytes;
  }

  sendRtcp(mediaIndex: number, bytes: Uint8Array): void {
    const channel = this.channels[mediaIndex];
    if (channel === undefined) return;
    const framed = new Uint8Array(bytes.length + 4);
    framed[0] = 0x24;
    framed[1] = channel + 1;
    framed[2] = bytes.length >>> 8;
    framed[3] = bytes.length;
    framed.set(bytes, 4);
    this.connection.write(framed);
  }

  close(): void {}
}

/** Catch-up over UDP: 13 Mbyte/s in bursts that fit the receive buffer that systems give by default (208 KiB). */
const PACE_BYTES = 65_536;
const PACE_INTERVAL_MS = 5;
/** Live frames that wait behind a catch-up; a reader that collects more starts without them. */
const MAX_PACED_FRAMES = 4_096;

/** Datagrams to the client's ports: the packets of a frame go to the kernel in one call. */
export class UdpReaderTransport implements ReaderTransport {
  readonly queuedBytes = 0;
  readonly queuedPackets = 0;
  private readonly ports: UdpPorts;
  private readonly medias: readonly (UdpMedia | undefined)[];
  /** Frames that wait for their pace; undefined when there are none. */
  private paced: RtspFrame[] | undefined;
  private sentPaced: (frame: RtspFrame, packets: number) => void = () => {};
  private timer: NodeJS.Timeout | undefined;

  constructor(ports: UdpPorts, medias: readonly (UdpMedia | undefined)[]) {
    this.ports = ports;
    this.medias = medias;
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

  sendRtcp(mediaIndex: number, bytes: Uint8Array): void {
    const media = this.medias[mediaIndex];
    if (media !== undefined) this.ports.rtcp.send(bytes, media.rtcp);
  }

  close(): void {
    this.paced = undefined;
    clearTimeout(this.timer);
    for (const media of this.medias) if (media !== undefined) this.ports.unregister(media);
  }

  private sendNow(frame: RtspFrame): number {
    const media = this.medias[frame.track.mediaIndex];
    return media === undefined ? 0 : sendFrame(this.ports.rtp, frame, media);
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

function sendFrame(socket: UdpSocket, { packets }: RtspFrame, media: UdpMedia): number {
  return socket.sendBatch(packets.bytes, packets.offsets, packets.sizes, packets.packetCount, media.rtp);
}
