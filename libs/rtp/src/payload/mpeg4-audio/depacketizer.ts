import { BitReader, ParseError } from '@mediamesh/bytes';
import { parseAdts } from '@mediamesh/codecs';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { FragmentBuffer } from '../fragment-buffer.ts';
import { MAX_AUDIO_FRAMES } from '../limits.ts';
import { LossGate } from '../loss-gate.ts';
import { NO_UNITS } from '../no-units.ts';
import { checkAuHeaderLengths } from './au-header.ts';
import type { AuHeaderLengths } from './au-header.ts';

const STRUCTURE = 'MPEG-4 generic RTP payload';
const HEADERS_LENGTH_BYTES = 2;
const NONE = -1;

/**
 * MPEG-4 generic over RTP into AAC frames.
 *
 * Shape:    a packet of whole frames is a unit; fragments are joined up to the marker.
 * Errors:   ParseError when the AU headers are malformed, or frames exceed their packet or a limit.
 * Aliasing: whole frames alias the packet; joined ones are copies.
 * Source:   RFC 3640 3.2. Some senders put the fragment's own size in place of the frame's into the AU header of a fragment, and some cameras put ADTS into the frames: both are read.
 */
export class Mpeg4AudioDepacketizer implements Depacketizer {
  private readonly lengths: AuHeaderLengths;
  private readonly fragments = new FragmentBuffer(STRUCTURE);
  /** Of the fragmented frame in progress; negative when there is none. */
  private timestamp = NONE;
  /** AU-size of its first fragment. */
  private announcedBytes = 0;
  /** This stream's fragments announce their own size: after a loss, the end of a frame can't be told from a whole one. */
  private selfSized = false;
  private readonly gate = new LossGate();

  constructor(lengths: AuHeaderLengths) {
    checkAuHeaderLengths(lengths);
    this.lengths = lengths;
  }

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    try {
      return this.read(packet);
    } catch (error) {
      this.clear();
      this.gate.skip(packet);
      throw error;
    }
  }

  reset(): void {
    this.gate.close(this.timestamp);
    this.clear();
  }

  private read(packet: RtpPacket): readonly DepacketizedUnit[] {
    const { payload, marker } = packet;
    const previous = this.timestamp >= 0 && this.timestamp !== packet.timestamp ? this.takeFragmented() : undefined;
    const sizes = this.parseSizes(payload);
    const dataAt = HEADERS_LENGTH_BYTES + ((((payload[0]! << 8) | payload[1]!) + 7) >>> 3);
    const data = payload.subarray(dataAt);
    if (this.timestamp < 0 && !this.gate.admit(packet, this.selfSized ? -1 : 0)) return NO_UNITS;
    let complete: DepacketizedUnit | undefined;
    if (this.timestamp >= 0 || (sizes.length === 1 && (sizes[0]! > data.length || !marker))) {
      complete = this.readFragment(packet, data, sizes[0]!);
    } else complete = { timestamp: packet.timestamp, payload: framesOf(data, sizes) };
    if (previous === undefined) return complete === undefined ? NO_UNITS : [complete];
    return complete === undefined ? [previous] : [previous, complete];
  }

  private readFragment(packet: RtpPacket, data: Uint8Array, announcedBytes: number): DepacketizedUnit | undefined {
    if (this.timestamp < 0) {
      this.timestamp = packet.timestamp;
      this.announcedBytes = announcedBytes;
      this.selfSized = announcedBytes <= data.length;
    }
    this.fragments.add(data.length > announcedBytes ? data.subarray(0, announcedBytes) : data);
    return packet.marker ? this.takeFragmented() : undefined;
  }

  /** The fragmented frame, or undefined when fragments are missing. */
  private takeFragmented(): DepacketizedUnit | undefined {
    const { timestamp, fragments } = this;
    const complete = this.selfSized || fragments.sizeBytes === this.announcedBytes;
    if (!complete || fragments.sizeBytes === 0) {
      this.clear();
      return undefined;
    }
    const frame = fragments.take();
    this.timestamp = NONE;
    return { timestamp, payload: withoutAdts([frame]) };
  }

  private clear(): void {
    this.fragments.clear();
    this.timestamp = NONE;
  }

  private parseSizes(payload: Uint8Array): number[] {
    if (payload.length < HEADERS_LENGTH_BYTES) throw new ParseError(STRUCTURE, 0, 'AU-headers-length is truncated');
    const headersBits = (payload[0]! << 8) | payload[1]!;
    const { sizeLength, indexLength, indexDeltaLength } = this.lengths;
    const bits = new BitReader(payload, STRUCTURE);
    bits.skip(HEADERS_LENGTH_BYTES * 8);
    const sizes: number[] = [];
    let left = headersBits;
    while (left > 0) {
      const indexBits = sizes.length === 0 ? indexLength : indexDeltaLength;
      left -= sizeLength + indexBits;
      if (left < 0)
        throw new ParseError(STRUCTURE, bits.position >> 3, `AU-headers-length is ${headersBits} bits, which ends inside a header`);
      if (sizes.length === MAX_AUDIO_FRAMES) throw new ParseError(STRUCTURE, 0, `has more than ${MAX_AUDIO_FRAMES} frames`);
      sizes.push(bits.bits(sizeLength));
      if (bits.bits(indexBits) !== 0) throw new ParseError(STRUCTURE, bits.position >> 3, 'its frames are interleaved');
    }
    if (sizes.length === 0) throw new ParseError(STRUCTURE, 0, 'has no AU header');
    return sizes;
  }
}

function framesOf(data: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at + size > data.length) throw new ParseError(STRUCTURE, at, 'a frame exceeds its packet');
    if (size > 0) frames.push(data.subarray(at, at + size));
    at += size;
  }
  if (frames.length === 0) throw new ParseError(STRUCTURE, 0, 'its frames are empty');
  return withoutAdts(frames);
}

function withoutAdts(frames: readonly Uint8Array[]): readonly Uint8Array[] {
  const first = frames[0]!;
  const isAdts = first[0] === 0xff && (first[1]! & 0xf6) === 0xf0; // a raw frame can't begin so: its first element would be END
  if (!isAdts) return frames;
  const raw: Uint8Array[] = [];
  for (const frame of frames) for (const { payload } of parseAdts(frame)) raw.push(payload);
  return raw;
}
