import { ParseError, equalBytes } from '@mediamesh/bytes';
import { parseAudioMuxElement, serializeAudioMuxElement, serializeStreamMuxConfig } from '@mediamesh/codecs';
import type { AudioMuxElement, CodecDescription, StreamMuxConfig } from '@mediamesh/codecs';
import type { ElementaryDecoder, ElementaryUnit } from './decoder.ts';

const STRUCTURE = 'LOAS frame';
export const LOAS_HEADER_BYTES = 3;
const SYNC_WORD = 0x2b7;

/** Payloads of a run of LOAS frames. Errors: ParseError. Aliasing: views of the input. Source: ISO 14496-3 1.7.2. */
export function parseLoas(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < LOAS_HEADER_BYTES) throw new ParseError(STRUCTURE, at, 'its header is truncated');
    if (((bytes[at]! << 3) | (bytes[at + 1]! >> 5)) !== SYNC_WORD) throw new ParseError(STRUCTURE, at, 'has no sync word');
    const start = at + LOAS_HEADER_BYTES;
    const end = start + (((bytes[at + 1]! & 0x1f) << 8) | bytes[at + 2]!);
    if (end > bytes.length) throw new ParseError(STRUCTURE, at, `is ${end - at} bytes, ${bytes.length - at} are left`);
    frames.push(bytes.subarray(start, end));
    at = end;
  }
  return frames;
}

/** The header of an element of `sizeBytes`. Errors: ParseError when that exceeds 13 bits. */
export function writeLoasHeaderInto(sizeBytes: number, target: Uint8Array, at: number): void {
  if (sizeBytes > 0x1fff) throw new ParseError(STRUCTURE, 0, `its element is ${sizeBytes} bytes`);
  target[at] = SYNC_WORD >> 3;
  target[at + 1] = ((SYNC_WORD & 7) << 5) | (sizeBytes >> 8);
  target[at + 2] = sizeBytes;
}

/**
 * AAC in LATM. Its configuration is in the stream; units get it outside, since hardly a player of RTSP takes it inside.
 * Errors: ParseError also when the configuration changes.
 */
export class LoasDecoder implements ElementaryDecoder {
  readonly isTimed = true;
  description: CodecDescription | undefined;
  clockRateHz = 0;
  private config: StreamMuxConfig | undefined;
  private serializedConfig: Uint8Array | undefined;

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    const units: ElementaryUnit[] = [];
    let offsetTicks = 0;
    for (const bytes of parseLoas(payload)) {
      const element = parseAudioMuxElement(bytes, this.config, true);
      if (element.config !== this.config) this.use(element.config);
      units.push({ offsetTicks, payload: [serializeAudioMuxElement(element.frames, element.config, false)] });
      offsetTicks += element.frames.length * frameTicksOf(element);
    }
    return units;
  }

  private use(config: StreamMuxConfig): void {
    const serialized = serializeStreamMuxConfig(config);
    if (this.serializedConfig !== undefined && !equalBytes(serialized, this.serializedConfig))
      throw new ParseError(STRUCTURE, 0, 'its configuration changes, which is not supported');
    this.config = config;
    if (this.description !== undefined) return;
    const layer = layerOf(config);
    this.serializedConfig = serialized;
    this.clockRateHz = layer.extension?.sampleRateHz ?? layer.sampleRateHz;
    this.description = { codec: 'MPEG-4 Audio LATM', parameters: { profileLevelId: 30, configInBand: false, config: serialized } };
  }
}

function layerOf(config: StreamMuxConfig): NonNullable<StreamMuxConfig['programs'][number][number]['config']> {
  const layer = config.programs[0]?.[0]?.config;
  if (layer === undefined) throw new ParseError(STRUCTURE, 0, 'has no layer');
  return layer;
}

function frameTicksOf({ config }: AudioMuxElement): number {
  const { frameLength, sampleRateHz, extension } = layerOf(config);
  return Math.round((frameLength * (extension?.sampleRateHz ?? sampleRateHz)) / sampleRateHz);
}
