import { ParseError } from '@mediamesh/bytes';
import type { ByteReader, ByteWriter } from '@mediamesh/bytes';

/** More than a second of 4K: whoever misses more asks for a key frame. */
export const MAX_NACK_SEQUENCE_NUMBERS = 4096;

/** As many sources as a compound packet can report on. */
export const MAX_FULL_INTRA_REQUESTS = 31;

/** Packets to send again. Source: RFC 4585 6.2.1. */
export interface Nack {
  readonly type: 'nack';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly sequenceNumbers: readonly number[];
}

/** A key frame is wanted. Source: RFC 4585 6.3.1. */
export interface PictureLossIndication {
  readonly type: 'pictureLossIndication';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
}

/** A key frame is wanted, with a command number that repeats keep. Source: RFC 5104 4.3.1. */
export interface FullIntraRequest {
  readonly type: 'fullIntraRequest';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly requests: readonly { readonly ssrc: number; readonly commandNumber: number }[];
}

/** Errors: ParseError when truncated or past MAX_NACK_SEQUENCE_NUMBERS. */
export function parseNack(reader: ByteReader): Nack {
  const senderSsrc = reader.u32();
  const mediaSsrc = reader.u32();
  const sequenceNumbers: number[] = [];
  while (reader.remaining > 0) {
    const first = reader.u16();
    const bitmask = reader.u16();
    sequenceNumbers.push(first);
    for (let bit = 0; bit < 16; bit++) if ((bitmask >> bit) & 1) sequenceNumbers.push((first + 1 + bit) & 0xffff);
    if (sequenceNumbers.length > MAX_NACK_SEQUENCE_NUMBERS)
      throw new ParseError('RTCP NACK', reader.position, `has more than ${MAX_NACK_SEQUENCE_NUMBERS} sequence numbers`);
  }
  return { type: 'nack', senderSsrc, mediaSsrc, sequenceNumbers };
}

export function writeNack(nack: Nack, writer: ByteWriter): void {
  writer.u32(nack.senderSsrc).u32(nack.mediaSsrc);
  const { sequenceNumbers } = nack;
  for (let i = 0; i < sequenceNumbers.length;) {
    const first = sequenceNumbers[i]!;
    let bitmask = 0;
    for (i++; i < sequenceNumbers.length; i++) {
      const distance = (sequenceNumbers[i]! - first) & 0xffff;
      if (distance < 1 || distance > 16) break;
      bitmask |= 1 << (distance - 1);
    }
    writer.u16(first).u16(bitmask);
  }
}

/** Errors: ParseError when truncated. */
export function parsePictureLossIndication(reader: ByteReader): PictureLossIndication {
  return { type: 'pictureLossIndication', senderSsrc: reader.u32(), mediaSsrc: reader.u32() };
}

export function writePictureLossIndication(indication: PictureLossIndication, writer: ByteWriter): void {
  writer.u32(indication.senderSsrc).u32(indication.mediaSsrc);
}

/** Errors: ParseError when truncated or past MAX_FULL_INTRA_REQUESTS. */
export function parseFullIntraRequest(reader: ByteReader): FullIntraRequest {
  const senderSsrc = reader.u32();
  const mediaSsrc = reader.u32();
  const requests: { ssrc: number; commandNumber: number }[] = [];
  while (reader.remaining > 0) {
    if (requests.length === MAX_FULL_INTRA_REQUESTS)
      throw new ParseError('RTCP FIR', reader.position, `has more than ${MAX_FULL_INTRA_REQUESTS} requests`);
    requests.push({ ssrc: reader.u32(), commandNumber: reader.u8() });
    reader.skip(3);
  }
  return { type: 'fullIntraRequest', senderSsrc, mediaSsrc, requests };
}

export function writeFullIntraRequest(request: FullIntraRequest, writer: ByteWriter): void {
  writer.u32(request.senderSsrc).u32(request.mediaSsrc);
  for (const { ssrc, commandNumber } of request.requests) writer.u32(ssrc).u8(commandNumber).u24(0);
}
