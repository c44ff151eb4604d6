import { latin1FromBytes } from '@mediamesh/bytes';
import { headerExtension } from '@mediamesh/rtp';
import type { RtpPacket } from '@mediamesh/rtp';
import type { IncomingTrack } from './to-stream.ts';

const UNKNOWN = -1;

/**
 * Which track a packet is of: its payload type says it, and between simulcast layers its sender, whose first packets name the layer.
 * What a layer sends again (RTX) comes from a sender of its own.
 *
 * Source: RFC 8852, RFC 8853 5.4.
 */
export class TrackRouter {
  private readonly tracks: readonly IncomingTrack[];
  // Of simulcast layers, by index: the last sender that named it.
  private readonly ssrcs: number[];
  private readonly rtxSsrcs: number[];

  constructor(tracks: readonly IncomingTrack[]) {
    this.tracks = tracks;
    this.ssrcs = tracks.map(() => UNKNOWN);
    this.rtxSsrcs = tracks.map(() => UNKNOWN);
  }

  /** Hot. Index of the track; -1 when the packet is of none. `bytes` is the whole packet. */
  indexOf({ payloadType, ssrc }: RtpPacket, bytes: Uint8Array): number {
    const { tracks, ssrcs, rtxSsrcs } = this;
    let hasLayers = false;
    for (let i = 0; i < tracks.length; i++) {
      const { payloadType: ofMedia, rtxPayloadType, layer } = tracks[i]!;
      if (ofMedia !== payloadType && rtxPayloadType !== payloadType) continue;
      if (layer === undefined || (ofMedia === payloadType ? ssrcs : rtxSsrcs)[i] === ssrc) return i;
      hasLayers = true;
    }
    return hasLayers ? this.learn(payloadType, ssrc, bytes) : -1;
  }

  private learn(payloadType: number, ssrc: number, bytes: Uint8Array): number {
    const { tracks } = this;
    for (let i = 0; i < tracks.length; i++) {
      const { payloadType: ofMedia, rtxPayloadType, layer } = tracks[i]!;
      const isMedia = ofMedia === payloadType;
      if (layer === undefined || (!isMedia && rtxPayloadType !== payloadType)) continue;
      const { rid, ridExtensionId, repairedRidExtensionId } = layer;
      if (nameIn(bytes, isMedia ? ridExtensionId : repairedRidExtensionId) !== rid) continue;
      (isMedia ? this.ssrcs : this.rtxSsrcs)[i] = ssrc;
      return i;
    }
    return -1;
  }
}

function nameIn(bytes: Uint8Array, extensionId: number | undefined): string | undefined {
  const value = extensionId === undefined ? undefined : headerExtension(bytes, extensionId);
  return value && latin1FromBytes(value);
}
