import { BitReader, ParseError } from '@mediamesh/bytes';
import { nextStartCode } from '../timing/start-code.ts';
import { isVideoObjectLayer } from './start-code.ts';

const EXTENDED_PAR = 15;
const RECTANGULAR = 0;
const GRAYSCALE = 3;

export interface VideoObjectLayer {
  /** Absent when the layer does not say it; false announces B-VOPs. */
  readonly lowDelay?: boolean;
  /** Frames a second, when they are fixed. */
  readonly fps?: number;
  /** In pixels; rectangular layers only. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * The first video object layer of a configuration.
 *
 * Errors: ParseError when there is none, or when it is truncated.
 * Source: ISO 14496-2 6.2.3.
 */
export function parseVideoObjectLayer(config: Uint8Array): VideoObjectLayer {
  let at = nextStartCode(config, 0);
  while (at >= 0 && !isVideoObjectLayer(config[at + 3]!)) at = nextStartCode(config, at + 4);
  if (at < 0) throw new ParseError('MPEG-4 video configuration', 0, 'has no video object layer');
  const reader = new BitReader(config.subarray(at + 4), 'video object layer');
  reader.skip(9); // random_accessible_vol, video_object_type_indication
  let version = 1;
  if (reader.flag()) {
    version = reader.bits(4);
    reader.skip(3); // priority
  }
  if (reader.bits(4) === EXTENDED_PAR) reader.skip(16);
  const lowDelay = reader.flag() ? readControl(reader) : undefined;
  const shape = reader.bits(2);
  if (shape === GRAYSCALE && version !== 1) reader.skip(4);
  reader.skip(1);
  const resolution = reader.bits(16);
  reader.skip(1);
  const increment = reader.flag() ? reader.bits(bitsFor(resolution)) : 0;
  const fps = increment > 0 ? resolution / increment : undefined;
  return { ...(lowDelay !== undefined && { lowDelay }), ...(fps !== undefined && { fps }), ...(shape === RECTANGULAR && readSize(reader)) };
}

/** Returns low_delay. */
function readControl(reader: BitReader): boolean {
  reader.skip(2); // chroma_format
  const lowDelay = reader.flag();
  if (reader.flag()) reader.skip(79); // vbv_parameters
  return lowDelay;
}

function readSize(reader: BitReader): { width: number; height: number } {
  reader.skip(1);
  const width = reader.bits(13);
  reader.skip(1);
  return { width, height: reader.bits(13) };
}

/** Bits that hold 0 to `resolution` - 1, at least one. */
function bitsFor(resolution: number): number {
  return Math.max(1, 32 - Math.clz32(Math.max(0, resolution - 1)));
}
