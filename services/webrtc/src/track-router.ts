import { latin1FromBytes } from '@mediamesh/bytes';
import { headerExtension } from '@mediamesh/rtp';
import type { RtpPacket } from '@mediamesh/rtp';
import type { IncomingTrack } from './to-stream.ts';

/**
 * Which track a packet is of: its payload type says it, and between simulcast layers its sender, whose first packets name the layer.
 *
 * Source: RFC 8852, RFC 8853 5.4.
 */
export class TrackRouter {
  private readonly tracks: readonly IncomingTrack[];
  /** Of simulcast layers, by index: the last sender that named it. */
  private readonly ssrcs: number[];

  constructor(tracks: readonly IncomingTrack[]) {
    this.tracks = tracks;
    this.ssrcs = tracks.map(() => -1);
  }

  /** Hot. Index of the track; -1 when the packet is of none. `bytes` is the whole packet. */
  indexOf({ payloadType, ssrc }: RtpPacket, bytes: Uint8Array): number {
    const { tracks, ssrcs } = this;
    let hasLayers = false;
    for (let i = 0; i < tracks.length; i++) {
      const track = tracks[i]!;
      if (track.payloadType !== payloadType && track.rtxPayloadType !== payloadType) continue;
      if (track.layer === undefined || ssrcs[i] === ssrc) return i;
      hasLayers = true;
    }
    return hasLayers ? this.learn(payloadType, ssrc, bytes) : -1;
  }

  private learn(payloadType: number, ssrc: number, bytes: Uint8Array): number {
    const index = this.tracks.findIndex((track) => track.payloadType === payloadType && isNamed(track, bytes));
    if (index >= 0) this.ssrcs[index] = ssrc;
    return index;
  }
}

function isNamed({ layer }: IncomingTrack, bytes: Uint8Array): boolean {
  const value = layer && headerExtension(bytes, layer.extensionId);
  return value !== undefined && latin1FromBytes(value) === layer!.rid;
}
