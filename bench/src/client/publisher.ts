import { FramePackets, PAYLOAD_TYPE } from './frame-packets.ts';
import type { FrameBytes } from './frame-packets.ts';
import { PPS, SPS, groupOfPictures, monotonicUs } from './h264-stream.ts';
import { RtmpConnection } from './rtmp/rtmp-connection.ts';
import { RtmpFrameBytes, rtmpPreamble } from './rtmp/rtmp-frame.ts';
import { SocketSink } from './frame-sink.ts';
import type { FrameSink } from './frame-sink.ts';
import { RtspClient } from './rtsp-client.ts';
import { WhipPublisher } from './webrtc/whip-publisher.ts';

export interface PublishOptions {
  /** All of one protocol: `rtsp:`, `rtmp:`, or `http:` for WHIP. */
  readonly urls: readonly string[];
  readonly bitrateBps: number;
  readonly fps: number;
  readonly keyIntervalFrames: number;
  readonly packetBytes: number;
}

const CLOCK_RATE_HZ = 90_000;
/** Handshakes at the same time. */
const PARALLEL = 8;
/** A process that was held up sends what it missed, up to this; the rest is left out. */
const MAX_LATE_MS = 500;

export interface PublishFigures {
  frames: number;
  /** Frames that were not written, because the server had not taken the ones before. */
  blocked: number;
  closed: number;
}

/** Publishers of one synthetic stream, over TCP, or RTMP; their frames are spread evenly over the frame interval. */
export class Publishers {
  readonly figures: PublishFigures = { frames: 0, blocked: 0, closed: 0 };
  private readonly options: PublishOptions;
  private readonly frames: readonly FrameBytes[];
  private readonly publishers: Publisher[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(options: PublishOptions) {
    this.options = options;
    const { bitrateBps, fps, keyIntervalFrames, packetBytes } = options;
    const isRtmp = options.urls[0]!.startsWith('rtmp:');
    this.frames = groupOfPictures(bitrateBps, fps, keyIntervalFrames).map((slice, index) =>
      isRtmp ? new RtmpFrameBytes(slice, index === 0) : new FramePackets(slice, index === 0, packetBytes),
    );
  }

  async start(): Promise<void> {
    const waiting = this.options.urls.map((url, index) => ({ url, index }));
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await this.open(next.url, next.index);
    };
    this.timer = setInterval(() => this.sendDue(), 1);
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  stop(): void {
    clearInterval(this.timer);
    for (const { sink } of this.publishers) sink.close();
  }

  private async open(url: string, index: number): Promise<void> {
    const sink = await open(url);
    sink.onClose = () => this.figures.closed++;
    const intervalMs = 1_000 / this.options.fps;
    const startMs = performance.now() + (index * intervalMs) / this.options.urls.length;
    // Each begins with a key frame; in a long run they are not all due at once.
    this.publishers.push({ sink, startMs, sent: 0, sequence: index, ssrc: 0x1000_0000 + index });
  }

  private sendDue(): void {
    const now = performance.now();
    const intervalMs = 1_000 / this.options.fps;
    for (const publisher of this.publishers) {
      if (now < publisher.startMs + publisher.sent * intervalMs) continue;
      if (now - MAX_LATE_MS > publisher.startMs + publisher.sent * intervalMs) publisher.startMs = now - publisher.sent * intervalMs;
      this.send(publisher);
    }
  }

  private send(publisher: Publisher): void {
    const { sink } = publisher;
    const frame = this.frames[publisher.sent % this.frames.length]!;
    const timestamp = Math.round((publisher.sent * CLOCK_RATE_HZ) / this.options.fps) >>> 0;
    publisher.sent++;
    if (sink.isGone) return;
    if (sink.isBusy) {
      this.figures.blocked++;
      return;
    }
    frame.patch(publisher.sequence, timestamp, publisher.ssrc, monotonicUs());
    publisher.sequence = (publisher.sequence + frame.packetCount) & 0xffff;
    sink.send(frame);
    this.figures.frames++;
  }
}

async function open(url: string): Promise<FrameSink> {
  if (url.startsWith('http:')) return openWhip(url);
  return new SocketSink(url.startsWith('rtmp:') ? await openRtmp(url) : await openRtsp(url));
}

async function openWhip(url: string): Promise<WhipPublisher> {
  const publisher = new WhipPublisher();
  await publisher.open(url);
  return publisher;
}

async function openRtsp(url: string): Promise<RtspClient> {
  const client = new RtspClient(url);
  client.onMedia = () => {}; // receiver reports
  await client.request('ANNOUNCE', '', { 'Content-Type': 'application/sdp' }, sdp());
  await client.request('SETUP', 'trackID=0', { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1;mode=record' });
  await client.request('RECORD', '', { Range: 'npt=0.000-' });
  return client;
}

async function openRtmp(url: string): Promise<RtmpConnection> {
  const client = new RtmpConnection(url, 'publish');
  await client.open();
  client.socket.write(rtmpPreamble());
  return client;
}

interface Publisher {
  readonly sink: FrameSink;
  startMs: number;
  sent: number;
  sequence: number;
  readonly ssrc: number;
}

function sdp(): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const profile = Buffer.from(SPS.subarray(1, 4)).toString('hex').toUpperCase();
  return [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    's=bench',
    'c=IN IP4 0.0.0.0',
    't=0 0',
    `m=video 0 RTP/AVP ${PAYLOAD_TYPE}`,
    `a=rtpmap:${PAYLOAD_TYPE} H264/${CLOCK_RATE_HZ}`,
    `a=fmtp:${PAYLOAD_TYPE} packetization-mode=1; profile-level-id=${profile}; sprop-parameter-sets=${base64(SPS)},${base64(PPS)}`,
    'a=control:trackID=0',
    '',
  ].join('\r\n');
}
