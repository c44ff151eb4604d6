import { randomInt } from 'node:crypto';
import { ParseError } from '@mediamesh/bytes';
import type { TimerWheel, WheelTimer } from '@mediamesh/net';
import { parseRtpPacket, serializeRtcpCompound } from '@mediamesh/rtp';
import type { RtpPacket } from '@mediamesh/rtp';
import { MIN_ALLOWED_BPS } from './to-stream.ts';
import type { IncomingTrack } from './to-stream.ts';
import { TrackRouter } from './track-router.ts';

/** 2 s of 6 Mbit/s: a stream that is larger begins with its next key frame. */
export const MAX_GATHERED_PACKETS = 1_024;

export interface TrackGatheringOptions {
  readonly timers: TimerWheel;
  readonly timeoutMs: number;
  readonly sendRtcp: (compound: Uint8Array) => void;
  /** Those that came, once: as soon as all have, or after the timeout. */
  readonly onDone: (tracks: readonly IncomingTrack[]) => void;
}

interface GatheredPacket {
  readonly bytes: Uint8Array;
  readonly nowUs: number;
}

/**
 * The first packets of a publisher, which show what of its offer it really sends. They are kept until the path is taken.
 *
 * Errors: none leave: what is no packet is left out here, and counted when the stream is there.
 * Source: contract 6.4.2.
 */
export class TrackGathering {
  private readonly tracks: readonly IncomingTrack[];
  private readonly options: TrackGatheringOptions;
  private readonly router: TrackRouter;
  private readonly timer: WheelTimer;
  private readonly senderSsrc = randomInt(1, 2 ** 32);
  /** SSRC by index of the track. */
  private readonly found = new Map<number, number>();
  private packets: GatheredPacket[] = [];
  private isDone = false;

  constructor(tracks: readonly IncomingTrack[], options: TrackGatheringOptions) {
    this.tracks = tracks;
    this.options = options;
    this.router = new TrackRouter(tracks);
    this.timer = options.timers.schedule(options.timeoutMs, () => this.done());
  }

  /** `nowUs` is wall-clock time. */
  rtp(bytes: Uint8Array, nowUs: number): void {
    const packet = readRtpPacket(bytes);
    const index = packet === undefined ? -1 : this.router.indexOf(packet, bytes);
    // What is sent again was not asked for yet: browsers probe the path by it.
    if (packet === undefined || this.tracks[index]?.payloadType !== packet.payloadType) return;
    const { ssrc, payload } = packet;
    const isFirst = !this.found.has(index);
    if (payload.length > 0 && (isFirst || this.packets.length < MAX_GATHERED_PACKETS)) this.packets.push({ bytes, nowUs });
    if (!isFirst) return;
    this.found.set(index, ssrc);
    this.allowBitrate();
    if (this.found.size === this.tracks.length) this.done();
  }

  /** What was kept, in order, and as it came. */
  replay(receive: (bytes: Uint8Array, nowUs: number) => void): void {
    for (const { bytes, nowUs } of this.packets) receive(bytes, nowUs);
    this.packets = [];
  }

  stop(): void {
    this.isDone = true;
    this.options.timers.cancel(this.timer);
  }

  private done(): void {
    if (this.isDone) return;
    this.stop();
    this.options.onDone(this.tracks.filter((_, index) => this.found.has(index)));
  }

  /** Encoders do not begin with the higher layers before they may send as much. */
  private allowBitrate(): void {
    const ssrcs = [...this.found].flatMap(([index, ssrc]) => (this.tracks[index]!.feedback.includes('goog-remb') ? [ssrc] : []));
    if (ssrcs.length === 0) return;
    const { senderSsrc } = this;
    const packet = { type: 'receiverEstimatedMaxBitrate', senderSsrc, bitrateBps: MIN_ALLOWED_BPS, ssrcs } as const;
    this.options.sendRtcp(serializeRtcpCompound([packet]));
  }
}

function readRtpPacket(bytes: Uint8Array): RtpPacket | undefined {
  try {
    return parseRtpPacket(bytes);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
