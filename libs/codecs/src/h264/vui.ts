import { ParseError } from '@mediamesh/bytes';
import type { BitReader } from '@mediamesh/bytes';

const EXTENDED_SAR = 255;
/** cpb_cnt_minus1 is at most 31 (H.264 E.2.2). */
const MAX_CPB_COUNT = 32;

/** Frames that can be displayed before a frame that was decoded earlier: at most the size of the decoded picture buffer (H.264 A.3.1). */
export const MAX_REORDER_FRAMES = 16;

export interface H264Vui {
  readonly timing?: { readonly numUnitsInTick: number; readonly timeScale: number; readonly fixedFrameRate: boolean };
  readonly bitstreamRestriction?: { readonly maxNumReorderFrames: number; readonly maxDecFrameBuffering: number };
}

/**
 * Video usability information of a sequence parameter set: what times and reordering need.
 *
 * Errors: ParseError at the end of the input or past a limit.
 * Source: H.264 E.1.1.
 */
export function readH264Vui(reader: BitReader): H264Vui {
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
  const timing = reader.flag() ? { numUnitsInTick: reader.bits(32), timeScale: reader.bits(32), fixedFrameRate: reader.flag() } : undefined;
  const nalHrd = reader.flag();
  if (nalHrd) skipHrd(reader);
  const vclHrd = reader.flag();
  if (vclHrd) skipHrd(reader);
  if (nalHrd || vclHrd) reader.skip(1); // low_delay_hrd_flag
  reader.skip(1); // pic_struct_present_flag
  const bitstreamRestriction = reader.flag() ? readRestriction(reader) : undefined;
  return { ...(timing && { timing }), ...(bitstreamRestriction && { bitstreamRestriction }) };
}

function readRestriction(reader: BitReader): NonNullable<H264Vui['bitstreamRestriction']> {
  reader.skip(1); // motion_vectors_over_pic_boundaries_flag
  for (let i = 0; i < 4; i++) reader.unsignedExpGolomb(); // sizes of pictures, macroblocks and vectors
  const maxNumReorderFrames = reader.unsignedExpGolomb();
  const maxDecFrameBuffering = reader.unsignedExpGolomb();
  if (maxNumReorderFrames > MAX_REORDER_FRAMES) {
    throw new ParseError('SPS', reader.position >> 3, `max_num_reorder_frames is ${maxNumReorderFrames}`);
  }
  return { maxNumReorderFrames, maxDecFrameBuffering };
}

function skipHrd(reader: BitReader): void {
  const count = reader.unsignedExpGolomb() + 1;
  if (count > MAX_CPB_COUNT) throw new ParseError('SPS', reader.position >> 3, `cpb_cnt is ${count}`);
  reader.skip(8); // scales
  for (let i = 0; i < count; i++) {
    reader.unsignedExpGolomb();
    reader.unsignedExpGolomb();
    reader.skip(1);
  }
  reader.skip(20); // delay lengths
}
