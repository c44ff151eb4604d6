import { ByteReader, ParseError } from '@mediamesh/bytes';
import { OPUS_CLOCK_RATE_HZ } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import { oneUnit } from './decoder.ts';
import type { ElementaryDecoder, ElementaryUnit } from './decoder.ts';

const STRUCTURE = 'Opus access unit';
const PREFIX = 0x3ff;
const SIZE_ESCAPE = 255;
/** 120 ms at 510 kbit/s are 7 650 bytes. */
export const MAX_OPUS_PACKET_BYTES = 8_192;

/** Packets behind their control headers. Errors: ParseError. Aliasing: views of the input. Source: Opus in MPEG-TS 0.1.3, 3. */
export function parseOpusAccessUnits(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes, STRUCTURE);
  const packets: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const head = reader.u16();
    if (head >> 5 !== PREFIX) throw new ParseError(STRUCTURE, reader.position - 2, 'has no control header');
    let size = 0;
    let part = SIZE_ESCAPE;
    while (part === SIZE_ESCAPE) {
      part = reader.u8();
      size += part;
      if (size > MAX_OPUS_PACKET_BYTES) throw new ParseError(STRUCTURE, reader.position, `is larger than ${MAX_OPUS_PACKET_BYTES} bytes`);
    }
    if ((head & 0x10) !== 0) reader.skip(2); // start trim
    if ((head & 0x08) !== 0) reader.skip(2); // end trim
    if ((head & 0x04) !== 0) reader.skip(reader.u8()); // control extension
    packets.push(reader.bytes(size));
  }
  return packets;
}

export function sizeOfOpusControlHeader(packetBytes: number): number {
  return 2 + Math.floor(packetBytes / SIZE_ESCAPE) + 1;
}

/** The control header of a packet of `packetBytes`. */
export function writeOpusControlHeaderInto(packetBytes: number, target: Uint8Array, at: number): void {
  target[at] = (PREFIX << 5) >> 8;
  target[at + 1] = (PREFIX << 5) & 0xff;
  let next = at + 2;
  let left = packetBytes;
  for (; left >= SIZE_ESCAPE; left -= SIZE_ESCAPE) target[next++] = SIZE_ESCAPE;
  target[next] = left;
}

export class OpusDecoder implements ElementaryDecoder {
  readonly isTimed = true;
  readonly clockRateHz = OPUS_CLOCK_RATE_HZ;
  readonly description: CodecDescription;

  constructor(channelCount: number) {
    this.description = { codec: 'Opus', parameters: { channelCount } };
  }

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    return oneUnit(parseOpusAccessUnits(payload));
  }
}
