import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import { endOfNextStartCode } from '../annex-b.ts';

const HEADER_BYTES = 4;
const START_CODE_BYTES = 4;
const PICTURE = 0x00;
const FIRST_SLICE = 0x01;
const LAST_SLICE = 0xaf;
const SEQUENCE_HEADER = 0xb3;
const PREDICTED = 2;

/**
 * MPEG-1 and MPEG-2 video frames into RTP.
 *
 * Shape:  whole slices share a packet as long as they fit; a larger slice becomes fragments of equal size except the last.
 * Source: RFC 2250 3.1, 3.4; the marker is on the last packet of the frame.
 */
export class MpegVideoPacketizer implements Packetizer {
  private readonly maxPayloadBytes: number;
  /** Header fields of the frame in progress: temporal reference, picture type and motion codes. */
  private pictureFields = 0;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    for (const picture of payload) this.writePicture(picture, frame);
  }

  private writePicture(picture: Uint8Array, frame: RtpFrame): void {
    const room = this.maxPayloadBytes - HEADER_BYTES;
    const boundaries = this.sliceBoundaries(picture);
    let from = 0;
    let to = 0;
    for (const boundary of boundaries) {
      if (to > from && boundary - from > room) {
        this.writeSlices(picture, from, to, frame);
        from = to;
      }
      to = boundary;
    }
    if (to > from) this.writeSlices(picture, from, to, frame);
  }

  /** Where each slice ends; what precedes the first belongs to it. Takes the fields of the picture header on the way. */
  private sliceBoundaries(picture: Uint8Array): readonly number[] {
    const boundaries: number[] = [];
    this.pictureFields = 0;
    let slices = 0;
    for (let at = endOfNextStartCode(picture, 0); at > 0; at = endOfNextStartCode(picture, at)) {
      const code = picture[at]!;
      if (code === PICTURE) this.pictureFields = pictureFieldsAt(picture, at + 1);
      if (code < FIRST_SLICE || code > LAST_SLICE) continue;
      if (slices++ > 0) boundaries.push(at + 1 - START_CODE_BYTES);
    }
    boundaries.push(picture.length);
    return boundaries;
  }

  private writeSlices(picture: Uint8Array, start: number, end: number, frame: RtpFrame): void {
    const room = this.maxPayloadBytes - HEADER_BYTES;
    for (let from = start; from < end; from += room) {
      const to = Math.min(from + room, end);
      const at = frame.packet(HEADER_BYTES + to - from, to === picture.length);
      const target = frame.bytes;
      const fields = this.pictureFields;
      const sequence = from === 0 && picture[3] === SEQUENCE_HEADER;
      target[at] = fields >>> 24;
      target[at + 1] = fields >>> 16;
      target[at + 2] = (fields >>> 8) | (sequence ? 0x20 : 0) | (from === start ? 0x10 : 0) | (to === end ? 0x08 : 0);
      target[at + 3] = fields;
      target.set(picture.subarray(from, to), at + HEADER_BYTES);
    }
  }
}

/** The RTP header's TR, P, FBV, BFC, FFV and FFC, of the picture header that begins at `at`, behind its start code. Source: ISO 11172-2 2.4.2.5. */
function pictureFieldsAt(picture: Uint8Array, at: number): number {
  if (at + 5 > picture.length) return 0;
  const temporalReference = (picture[at]! << 2) | (picture[at + 1]! >> 6);
  const type = (picture[at + 1]! >> 3) & 7;
  const motion = ((picture[at + 3]! << 8) | picture[at + 4]!) & 0x7ff; // behind 16 bits of vbv_delay, 8 bits in all from bit 29
  const forward = type >= PREDICTED ? (motion >> 7) & 0x0f : 0;
  const backward = type === PREDICTED + 1 ? (motion >> 3) & 0x0f : 0;
  return (temporalReference << 16) | (type << 8) | (backward << 4) | forward;
}
