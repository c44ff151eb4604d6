import type { Track } from '@mediamesh/media';
import { takenCodecs } from '@mediamesh/webrtc';
import type { IncomingCodec, OfferedMedia } from '@mediamesh/webrtc';
import type { IncomingTrack } from '../to-stream.ts';

/** A second of 64 Mbit/s: what comes beyond is lost like packets of the network. */
export const MAX_HELD_BYTES = 8 * 1024 * 1024;

/** A packet, and the wall-clock microseconds when it came. */
export interface HeldPacket {
  readonly bytes: Uint8Array;
  readonly nowUs: number;
}

interface AnsweredMedia {
  readonly kind: 'video' | 'audio';
  readonly codecs: readonly IncomingCodec[];
  codec: IncomingCodec | undefined;
}

/**
 * What a server sends of what it has answered: a media counts when its first packet has come, and is of the codec that this packet has.
 * Servers answer with several codecs of a media, and with medias that stay silent. Packets are kept until the tracks are known.
 *
 * Source: contract 6.4.2.
 */
export class TrackGathering {
  private readonly medias: readonly AnsweredMedia[];
  private packets: HeldPacket[] = [];
  private heldBytes = 0;

  constructor(media: readonly OfferedMedia[]) {
    this.medias = media
      .filter(({ port, direction }) => port !== 0 && (direction === 'sendonly' || direction === 'sendrecv'))
      .map((answered) => ({
        kind: answered.mediaType === 'video' ? ('video' as const) : ('audio' as const),
        codecs: takenCodecs(answered),
        codec: undefined,
      }))
      .filter(({ codecs }) => codecs.length > 0);
  }

  /** The server sends nothing that we take. */
  get isEmpty(): boolean {
    return this.medias.length === 0;
  }

  get isComplete(): boolean {
    return this.medias.every(({ codec }) => codec !== undefined);
  }

  /** Those that have come so far. */
  get tracks(): readonly IncomingTrack[] {
    const tracks: IncomingTrack[] = [];
    for (const { kind, codec } of this.medias) {
      if (codec === undefined) continue;
      const { payloadType, clockRateHz, feedback } = codec.codec;
      const track: Track = { id: tracks.length + 1, kind, clockRateHz, ...codec.description };
      tracks.push({ track, payloadType, feedback });
    }
    return tracks;
  }

  rtp(bytes: Uint8Array, nowUs: number): void {
    const payloadType = (bytes[1] ?? 0) & 0x7f;
    for (const media of this.medias) media.codec ??= media.codecs.find(({ codec }) => codec.payloadType === payloadType);
    if (this.heldBytes + bytes.length > MAX_HELD_BYTES) return;
    this.heldBytes += bytes.length;
    this.packets.push({ bytes, nowUs });
  }

  /** What has come, in order; nothing is kept any more. */
  take(): readonly HeldPacket[] {
    const { packets } = this;
    this.packets = [];
    return packets;
  }
}
