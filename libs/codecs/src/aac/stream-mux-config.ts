import { BitReader, BitWriter, ParseError } from '@mediamesh/bytes';
import { readAudioSpecificConfig, writeAudioSpecificConfig } from './audio-specific-config.ts';
import type { AudioSpecificConfig } from './audio-specific-config.ts';

/** otherDataLenBits is coded in bytes; more than two of them would be 8 KiB of ancillary data a frame. */
export const MAX_OTHER_DATA_BITS = 0xffff;
const FULLNESS_VARIABLE_RATE = 0xff;

export interface StreamMuxLayer {
  /** Absent: that of the layer before. */
  readonly config?: AudioSpecificConfig;
  /** Frames have a length each (absent), or all this one: `frameLength`, in bytes less 20. */
  readonly frameLength?: number;
  /** Of frames with a length each. */
  readonly bufferFullness: number;
}

/** Configuration of a LATM multiplex. */
export interface StreamMuxConfig {
  /** Frames of each layer in an element. */
  readonly subFrameCount: number;
  /** Programs of layers. */
  readonly programs: readonly (readonly StreamMuxLayer[])[];
  readonly otherDataBits?: number;
  readonly crc?: number;
}

/**
 * Errors: ParseError on audioMuxVersion 1, on streams with different time framing, on CELP and HVXC layers, or when truncated.
 *         One that ends behind its first AudioSpecificConfig is completed: some SDPs have it so.
 * Source: ISO 14496-3 1.7.3.
 */
export function parseStreamMuxConfig(bytes: Uint8Array): StreamMuxConfig {
  return readStreamMuxConfig(new BitReader(bytes, 'StreamMuxConfig'));
}

/** As `parseStreamMuxConfig`, inside an element. */
export function readStreamMuxConfig(reader: BitReader): StreamMuxConfig {
  if (reader.flag()) fail(reader, 'has audioMuxVersion 1');
  if (!reader.flag()) fail(reader, 'has streams with different time framing');
  const subFrameCount = reader.bits(6) + 1;
  const programCount = reader.bits(4) + 1;
  const programs: StreamMuxLayer[][] = [];
  for (let program = 0; program < programCount; program++) {
    const layers: StreamMuxLayer[] = [];
    programs.push(layers);
    const layerCount = reader.bits(3) + 1;
    for (let layer = 0; layer < layerCount; layer++) {
      const first = program === 0 && layer === 0;
      const config = first || !reader.flag() ? readAudioSpecificConfig(reader) : undefined;
      if (first && reader.remainingBits < 3) {
        layers.push({ ...(config && { config }), bufferFullness: FULLNESS_VARIABLE_RATE });
        return { subFrameCount, programs: [layers] };
      }
      layers.push({ ...(config && { config }), ...readFrameLength(reader) });
    }
  }
  const otherDataBits = reader.flag() ? readOtherDataBits(reader) : undefined;
  const crc = reader.flag() ? reader.bits(8) : undefined;
  return { subFrameCount, programs, ...(otherDataBits !== undefined && { otherDataBits }), ...(crc !== undefined && { crc }) };
}

export function serializeStreamMuxConfig(config: StreamMuxConfig): Uint8Array {
  const writer = new BitWriter();
  writeStreamMuxConfig(writer, config);
  return writer.finish();
}

/** Errors: ParseError when an AudioSpecificConfig cannot be written. */
export function writeStreamMuxConfig(writer: BitWriter, config: StreamMuxConfig): void {
  writer.flag(false).flag(true);
  writer.bits(config.subFrameCount - 1, 6).bits(config.programs.length - 1, 4);
  for (const [program, layers] of config.programs.entries()) {
    writer.bits(layers.length - 1, 3);
    for (const [layer, { config: audio, frameLength, bufferFullness }] of layers.entries()) {
      if (program !== 0 || layer !== 0) writer.flag(audio === undefined);
      if (audio) writeAudioSpecificConfig(writer, audio);
      if (frameLength === undefined) writer.bits(0, 3).bits(bufferFullness, 8);
      else writer.bits(1, 3).bits(frameLength, 9);
    }
  }
  const { otherDataBits, crc } = config;
  writer.flag(otherDataBits !== undefined);
  if (otherDataBits !== undefined) writeOtherDataBits(writer, otherDataBits);
  writer.flag(crc !== undefined);
  if (crc !== undefined) writer.bits(crc, 8);
}

function readFrameLength(reader: BitReader): Pick<StreamMuxLayer, 'frameLength' | 'bufferFullness'> {
  const type = reader.bits(3);
  if (type === 0) return { bufferFullness: reader.bits(8) };
  if (type === 1) return { frameLength: reader.bits(9), bufferFullness: FULLNESS_VARIABLE_RATE };
  return fail(reader, `has the frame length type ${type}`);
}

function readOtherDataBits(reader: BitReader): number {
  let bits = 0;
  let more = true;
  while (more) {
    more = reader.flag();
    bits = bits * 256 + reader.bits(8);
    if (bits > MAX_OTHER_DATA_BITS) fail(reader, `has more than ${MAX_OTHER_DATA_BITS} bits of other data`);
  }
  return bits;
}

function writeOtherDataBits(writer: BitWriter, bits: number): void {
  if (bits > 0xff) writer.flag(true).bits(bits >> 8, 8);
  writer.flag(false).bits(bits & 0xff, 8);
}

function fail(reader: BitReader, problem: string): never {
  throw new ParseError('StreamMuxConfig', reader.position >> 3, problem);
}
