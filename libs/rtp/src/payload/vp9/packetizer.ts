import { parseVp9FrameHeader } from '@mediamesh/codecs';
import type { Vp9FrameHeader } from '@mediamesh/codecs';
import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';

const PICTURE_ID_PRESENT = 0x80;
const INTER_PICTURE = 0x40;
const BEGIN_OF_FRAME = 0x08;
const END_OF_FRAME = 0x04;
const SCALABILITY_PRESENT = 0x02;
const DESCRIPTOR_BYTES = 3;
/** Header, width and height, and a group of one picture that refers to the one before. */
const SCALABILITY_BYTES = 8;

/**
 * VP9 frames into RTP, in non-flexible mode and without layers: a 15-bit picture id, and on key frames the scalability structure with the size.
 *
 * Source: RFC 9628 4.2; the marker is on the last packet (4.1).
 */
export class Vp9Packetizer implements Packetizer {
  private readonly maxPayloadBytes: number;
  private pictureId = 0;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    for (const picture of payload) {
      this.writePicture(picture, frame);
      this.pictureId = (this.pictureId + 1) & 0x7fff;
    }
  }

  private writePicture(picture: Uint8Array, frame: RtpFrame): void {
    const key = keyFrameHeaderOf(picture);
    for (let from = 0; from < picture.length;) {
      const sized = from === 0 ? key : undefined;
      const headerBytes = DESCRIPTOR_BYTES + (sized === undefined ? 0 : SCALABILITY_BYTES);
      const to = Math.min(from + this.maxPayloadBytes - headerBytes, picture.length);
      const last = to === picture.length;
      const at = frame.packet(headerBytes + to - from, last);
      const target = frame.bytes;
      target[at] =
        PICTURE_ID_PRESENT |
        (key === undefined ? INTER_PICTURE : 0) |
        (from === 0 ? BEGIN_OF_FRAME : 0) |
        (last ? END_OF_FRAME : 0) |
        (sized === undefined ? 0 : SCALABILITY_PRESENT);
      target[at + 1] = 0x80 | (this.pictureId >> 8);
      target[at + 2] = this.pictureId;
      if (sized !== undefined) writeScalability(sized, target, at + DESCRIPTOR_BYTES);
      target.set(picture.subarray(from, to), at + headerBytes);
      from = to;
    }
  }
}

/** Undefined for other frames; what is no VP9 frame is passed on as one of them. */
function keyFrameHeaderOf(picture: Uint8Array): Vp9FrameHeader | undefined {
  try {
    const header = parseVp9FrameHeader(picture);
    return header.key ? header : undefined;
  } catch {
    return undefined;
  }
}

function writeScalability({ width = 0, height = 0 }: Vp9FrameHeader, target: Uint8Array, at: number): void {
  target[at] = 0x18; // one spatial layer, sizes and a group follow
  target[at + 1] = width >>> 8;
  target[at + 2] = width;
  target[at + 3] = height >>> 8;
  target[at + 4] = height;
  target[at + 5] = 1; // pictures in the group
  target[at + 6] = 0x04; // temporal layer 0, one reference
  target[at + 7] = 1; // to the picture before
}
