import { ParseError } from '@mediamesh/bytes';
import type { BitReader } from '@mediamesh/bytes';

/** Pictures in a reference set: at most the decoded picture buffer, sps_max_dec_pic_buffering_minus1 (H.265 A.4.2). */
export const MAX_REF_PICTURES = 16;

/** A reference picture set. */
export interface ShortTermRefPicSet {
  /** POC differences of references that are displayed earlier, negative, nearest first. */
  readonly before: readonly number[];
  /** Of those displayed later, positive, nearest first. */
  readonly after: readonly number[];
}

/**
 * Shape:  `index` is the set's number; `sets` are the SPS's sets (all of them when a slice header is read).
 * Errors: ParseError when truncated or past MAX_REF_PICTURES.
 * Source: H.265 7.3.7, 7.4.8.
 */
export function readShortTermRefPicSet(
  reader: BitReader,
  index: number,
  sets: readonly ShortTermRefPicSet[],
  inSlice: boolean,
): ShortTermRefPicSet {
  if (index > 0 && reader.flag()) return readPredicted(reader, index, sets, inSlice);
  const negative = reader.unsignedExpGolomb();
  const positive = reader.unsignedExpGolomb();
  if (negative + positive > MAX_REF_PICTURES) fail(reader, `has ${negative} + ${positive} reference pictures`);
  return { before: readDeltas(reader, negative, -1), after: readDeltas(reader, positive, 1) };
}

function readDeltas(reader: BitReader, count: number, sign: 1 | -1): number[] {
  const deltas: number[] = [];
  let delta = 0;
  for (let i = 0; i < count; i++) {
    delta += sign * (reader.unsignedExpGolomb() + 1);
    reader.skip(1); // used_by_curr_pic_flag
    deltas.push(delta);
  }
  return deltas;
}

function readPredicted(reader: BitReader, index: number, sets: readonly ShortTermRefPicSet[], inSlice: boolean): ShortTermRefPicSet {
  const back = inSlice ? reader.unsignedExpGolomb() + 1 : 1;
  const from = sets[index - back];
  if (!from) return fail(reader, 'is predicted from a set that is not there');
  const negative = reader.flag();
  const shift = (reader.unsignedExpGolomb() + 1) * (negative ? -1 : 1);
  const candidates = [...from.before, ...from.after, 0];
  const deltas: number[] = [];
  for (const candidate of candidates) {
    const used = reader.flag();
    if (!used && !reader.flag()) continue; // use_delta_flag
    const delta = candidate + shift;
    if (delta !== 0) deltas.push(delta);
  }
  if (deltas.length > MAX_REF_PICTURES) fail(reader, `has ${deltas.length} reference pictures`);
  deltas.sort((a, b) => a - b);
  return { before: deltas.filter((delta) => delta < 0).reverse(), after: deltas.filter((delta) => delta > 0) };
}

function fail(reader: BitReader, problem: string): never {
  throw new ParseError('short-term reference picture set', reader.position >> 3, problem);
}
