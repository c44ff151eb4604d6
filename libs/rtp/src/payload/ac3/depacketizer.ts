import { ParseError } from '@mediamesh/bytes';
import { parseAc3SyncFrame } from '@mediamesh/codecs';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { FragmentBuffer } from '../fragment-buffer.ts';
import { NO_UNITS } from '../no-units.ts';
import { AC3_PAYLOAD_HEADER_BYTES, Ac3FrameType } from './payload-header.ts';

const STRUCTURE = 'AC-3 RTP payload';

/**
 * AC-3 over RTP into frames.
 *
 * Shape:    a packet of whole frames is a unit; fragments are joined up to the size that the frame's header says. Fragments of a frame whose start was lost are skipped.
 * Errors:   ParseError when frames are malformed or exceed their packet, or fragments exceed their frame.
 * Aliasing: whole frames alias the packet; joined ones are copies.
 * Source:   RFC 4184 4.
 */
export class Ac3Depacketizer implements Depacketizer {
  private readonly fragments = new FragmentBuffer(STRUCTURE);
  private frameBytes = 0;
  private timestamp = 0;

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    const { payload, timestamp } = packet;
    try {
      if (payload.length < AC3_PAYLOAD_HEADER_BYTES) throw new ParseError(STRUCTURE, 0, 'its header is truncated');
      const data = payload.subarray(AC3_PAYLOAD_HEADER_BYTES);
      const type = payload[0]! & 3;
      if (type === Ac3FrameType.further) return this.readFragment(timestamp, data);
      this.fragments.clear();
      if (type === Ac3FrameType.complete) return [{ timestamp, payload: framesOf(data) }];
      this.frameBytes = parseAc3SyncFrame(data).sizeBytes;
      this.timestamp = timestamp;
      return this.addFragment(data);
    } catch (error) {
      this.fragments.clear();
      throw error;
    }
  }

  reset(): void {
    this.fragments.clear();
  }

  private readFragment(timestamp: number, data: Uint8Array): readonly DepacketizedUnit[] {
    if (this.fragments.sizeBytes === 0) return NO_UNITS;
    if (timestamp !== this.timestamp) throw new ParseError(STRUCTURE, 0, 'a fragment has the timestamp of another frame');
    return this.addFragment(data);
  }

  private addFragment(data: Uint8Array): readonly DepacketizedUnit[] {
    const { fragments } = this;
    fragments.add(data);
    if (fragments.sizeBytes > this.frameBytes) throw new ParseError(STRUCTURE, 0, 'its fragments exceed their frame');
    return fragments.sizeBytes < this.frameBytes ? NO_UNITS : [{ timestamp: this.timestamp, payload: [fragments.take()] }];
  }
}

/** Frames are at least 128 bytes, so that a packet bounds their count. */
function framesOf(data: Uint8Array): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < data.length;) {
    const rest = data.subarray(at);
    const frameBytes = parseAc3SyncFrame(rest).sizeBytes;
    if (frameBytes > rest.length) throw new ParseError(STRUCTURE, at, 'a frame exceeds its packet');
    frames.push(rest.subarray(0, frameBytes));
    at += frameBytes;
  }
  if (frames.length === 0) throw new ParseError(STRUCTURE, 0, 'has no frame');
  return frames;
}
