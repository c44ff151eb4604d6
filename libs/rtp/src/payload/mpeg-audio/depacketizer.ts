import { ParseError } from '@mediamesh/bytes';
import { parseMpegAudioFrameHeader } from '@mediamesh/codecs';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { FragmentBuffer } from '../fragment-buffer.ts';
import { MAX_AUDIO_FRAMES } from '../limits.ts';
import { NO_UNITS } from '../no-units.ts';

const STRUCTURE = 'MPEG-1/2 audio RTP payload';
const HEADER_BYTES = 4;

/**
 * MPEG-1 and MPEG-2 audio over RTP into frames.
 *
 * Shape:    a packet of whole frames is a unit; fragments are joined up to the size that the frame's header says. Fragments of a frame whose start was lost are skipped.
 * Errors:   ParseError when frames are malformed or exceed their packet, or a fragment does not follow the one before.
 * Aliasing: whole frames alias the packet; joined ones are copies.
 * Source:   RFC 2250 3.5.
 */
export class MpegAudioDepacketizer implements Depacketizer {
  private readonly fragments = new FragmentBuffer(STRUCTURE);
  private frameBytes = 0;
  private timestamp = 0;

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    const { payload } = packet;
    if (payload.length < HEADER_BYTES) {
      this.reset();
      throw new ParseError(STRUCTURE, 0, 'its header is truncated');
    }
    const offset = (payload[2]! << 8) | payload[3]!;
    const data = payload.subarray(HEADER_BYTES);
    return offset === 0 ? this.readFrames(packet.timestamp, data) : this.readFragment(offset, data);
  }

  reset(): void {
    this.fragments.clear();
  }

  private readFrames(timestamp: number, data: Uint8Array): readonly DepacketizedUnit[] {
    this.fragments.clear();
    const frames: Uint8Array[] = [];
    for (let at = 0; at < data.length;) {
      const rest = data.subarray(at);
      const frameBytes = parseMpegAudioFrameHeader(rest).sizeBytes;
      if (frameBytes > rest.length) {
        if (frames.length > 0) throw new ParseError(STRUCTURE, at, 'a frame exceeds its packet');
        this.frameBytes = frameBytes;
        this.timestamp = timestamp;
        this.fragments.add(rest);
        return NO_UNITS;
      }
      if (frames.length === MAX_AUDIO_FRAMES) throw new ParseError(STRUCTURE, at, `has more than ${MAX_AUDIO_FRAMES} frames`);
      frames.push(rest.subarray(0, frameBytes));
      at += frameBytes;
    }
    return frames.length === 0 ? NO_UNITS : [{ timestamp, payload: frames }];
  }

  private readFragment(offset: number, data: Uint8Array): readonly DepacketizedUnit[] {
    const { fragments } = this;
    if (fragments.sizeBytes === 0) return NO_UNITS;
    if (offset !== fragments.sizeBytes || offset + data.length > this.frameBytes) {
      fragments.clear();
      throw new ParseError(STRUCTURE, 2, 'a fragment does not follow the one before');
    }
    fragments.add(data);
    return fragments.sizeBytes < this.frameBytes ? NO_UNITS : [{ timestamp: this.timestamp, payload: [fragments.take()] }];
  }
}
