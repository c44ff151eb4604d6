import { BitReader, BitWriter, ParseError } from '@mediamesh/bytes';
import { readStreamMuxConfig, writeStreamMuxConfig } from './stream-mux-config.ts';
import type { StreamMuxConfig, StreamMuxLayer } from './stream-mux-config.ts';

/** Bytes of an AAC frame: 6144 bits for each of 8 channels. */
export const MAX_AAC_FRAME_BYTES = 6144;
const FIXED_LENGTH_OFFSET = 20;
const LENGTH_ESCAPE = 255;

export interface AudioMuxElement {
  /** In force behind this element. */
  readonly config: StreamMuxConfig;
  /** Frames of the first layer of the first program. */
  readonly frames: readonly Uint8Array[];
}

/**
 * Shape:    one element; `known` is the configuration in force, `inBand` says whether the element starts with whether it changes.
 * Errors:   ParseError when truncated, without a configuration, or when a frame exceeds MAX_AAC_FRAME_BYTES.
 * Aliasing: frames are copies: their bits are not aligned to bytes.
 * Source:   ISO 14496-3 1.7.3.
 */
export function parseAudioMuxElement(bytes: Uint8Array, known: StreamMuxConfig | undefined, inBand: boolean): AudioMuxElement {
  const reader = new BitReader(bytes, 'AudioMuxElement');
  const config = inBand && !reader.flag() ? readStreamMuxConfig(reader) : known;
  if (!config) throw new ParseError('AudioMuxElement', 0, 'has no configuration, and none is known');
  const layers = config.programs.flat();
  const frames: Uint8Array[] = [];
  for (let i = 0; i < config.subFrameCount; i++) {
    const lengths = layers.map((layer) => readLength(reader, layer));
    for (const [layer, length] of lengths.entries()) {
      if (layer === 0) frames.push(readBytes(reader, length));
      else reader.skip(length * 8);
    }
  }
  return { config, frames };
}

/**
 * Shape:  as many frames as the configuration's `subFrameCount`, of its only layer; `inBand` writes the configuration too.
 * Errors: ParseError on another number of frames, several layers, or frames of a fixed length.
 */
export function serializeAudioMuxElement(frames: readonly Uint8Array[], config: StreamMuxConfig, inBand: boolean): Uint8Array {
  const layer = config.programs[0]?.[0];
  if (config.programs.flat().length !== 1 || layer?.frameLength !== undefined) {
    throw new ParseError('AudioMuxElement', 0, 'is only written with one layer of variable frames');
  }
  if (frames.length !== config.subFrameCount) throw new ParseError('AudioMuxElement', 0, `needs ${config.subFrameCount} frames`);
  const writer = new BitWriter();
  if (inBand) writeStreamMuxConfig(writer.flag(false), config);
  for (const frame of frames) {
    let left = frame.length;
    for (; left >= LENGTH_ESCAPE; left -= LENGTH_ESCAPE) writer.bits(LENGTH_ESCAPE, 8);
    writer.bits(left, 8);
    for (const byte of frame) writer.bits(byte, 8);
  }
  return writer.finish();
}

function readLength(reader: BitReader, layer: StreamMuxLayer): number {
  if (layer.frameLength !== undefined) return layer.frameLength + FIXED_LENGTH_OFFSET;
  let length = 0;
  let part = LENGTH_ESCAPE;
  while (part === LENGTH_ESCAPE) {
    part = reader.bits(8);
    length += part;
    if (length > MAX_AAC_FRAME_BYTES) throw new ParseError('AudioMuxElement', reader.position >> 3, `has a frame of ${length} bytes`);
  }
  return length;
}

function readBytes(reader: BitReader, length: number): Uint8Array {
  if (length * 8 > reader.remainingBits) {
    throw new ParseError('AudioMuxElement', reader.position >> 3, `its frame is ${length} bytes, ${reader.remainingBits} bits are left`);
  }
  const shift = reader.position & 7;
  const start = reader.position >> 3;
  const { input } = reader;
  const target = new Uint8Array(length);
  if (shift === 0) target.set(input.subarray(start, start + length));
  else for (let i = 0; i < length; i++) target[i] = (input[start + i]! << shift) | (input[start + i + 1]! >> (8 - shift));
  reader.skip(length * 8);
  return target;
}
