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

interface FoundTrack {
  readonly track: IncomingTrack;
  readonly ssrc: number;
}

interface GatheredPacket {
  readonly bytes: Uint8Array;
  readonly nowUs: number;
}

/**
 * The first packets of a publisher, which show what it really sends: of each media one track, if any. They are kept until the path is
 * taken.
 *
 * Errors: none leave: what is no packet is left out here, and counted when the stream is there.
 * Source: contract 6.4.2.
 */
export class TrackGathering {
  private readonly tracks: readonly IncomingTrack[];
  private readonly mediaCount: number;
  private readonly options: TrackGatheringOptions;
  private readonly router: TrackRouter;
  private readonly timer: WheelTimer;
  private readonly senderSsrc = randomInt(1, 2 ** 32);
  /** Media of each track, by index. */
  private readonly medias: readonly number[];
  /** By media. */
  private readonly found = new Map<number, FoundTrack>();
  private packets: GatheredPacket[] = [];
  private isDone = false;

  /** `medias`: of each, the tracks of which one may come. */
  constructor(medias: readonly (readonly IncomingTrack[])[], options: TrackGatheringOptions) {
    this.tracks = medias.flat();
    this.medias = medias.flatMap((tracks, media) => tracks.map(() => media));
    this.mediaCount = medias.length;
    this.options = options;
    this.router = new TrackRouter(this.tracks);
    this.timer = options.timers.schedule(options.timeoutMs, () => this.done());
  }

  /** `nowUs` is wall-clock time. */
  rtp(bytes: Uint8Array, nowUs: number): void {
    const packet = readRtpPacket(bytes);
    const index = packet === undefined ? -1 : this.router.indexOf(packet, bytes);
    const track = this.tracks[index];
    // What is sent again was not asked for yet: browsers probe the path by it.
    if (packet === undefined || track === undefined || track.payloadType !== packet.payloadType) return;
    const { ssrc, payload } = packet;
    const media = this.medias[index]!;
    const isFirst = !this.found.has(media);
    if (payload.length > 0 && (isFirst || this.packets.length < MAX_GATHERED_PACKETS)) this.packets.push({ bytes, nowUs });
    if (!isFirst) return;
    this.found.set(media, { track, ssrc });
    this.allowBitrate();
    if (this.found.size === this.mediaCount) this.done();
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
    const found = [...this.found.values()].map(({ track }) => track);
    this.options.onDone(this.tracks.filter((track) => found.includes(track)));
  }

  /** Encoders do not begin with the higher layers before they may send as much. */
  private allowBitrate(): void {
    const ssrcs = [...this.found.values()].flatMap(({ track, ssrc }) => (track.feedback.includes('goog-remb') ? [ssrc] : []));
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
