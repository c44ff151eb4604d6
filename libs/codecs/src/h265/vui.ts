import { ParseError } from '@mediamesh/bytes';
import type { BitReader } from '@mediamesh/bytes';

const EXTENDED_SAR = 255;

export interface H265Timing {
  readonly numUnitsInTick: number;
  readonly timeScale: number;
}

/**
 * Video usability information up to the timing; what follows is not needed.
 *
 * Errors: ParseError at the end of the input.
 * Source: H.265 E.2.1.
 */
export function readH265VuiTiming(reader: BitReader): H265Timing | undefined {
  if (reader.flag() && reader.bits(8) === EXTENDED_SAR) reader.skip(32);
  if (reader.flag()) reader.skip(1); // overscan
  if (reader.flag()) {
    reader.skip(4); // video_format, video_full_range_flag
    if (reader.flag()) reader.skip(24); // colour description
  }
  if (reader.flag()) {
    reader.unsignedExpGolomb(); // chroma sample location, top field
    reader.unsignedExpGolomb(); // and bottom field
  }
  reader.skip(3); // neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag
  if (reader.flag()) for (let i = 0; i < 4; i++) reader.unsignedExpGolomb(); // default display window
  return reader.flag() ? { numUnitsInTick: reader.bits(32), timeScale: reader.bits(32) } : undefined;
}

/** The VUI stands at the end, and some cameras write it badly: it is left out then. */
export function tolerantVuiTiming(reader: BitReader): H265Timing | undefined {
  try {
    return readH265VuiTiming(reader);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
