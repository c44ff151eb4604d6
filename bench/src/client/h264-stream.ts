import { BitWriter } from './bit-writer.ts';

/**
 * 1920x1080, no reordering (picture order count of type 2): what is decoded is what comes next, so that no server has to
 * look for a decoding time in the slices, which hold nothing that can be decoded.
 */
const MACROBLOCK_COLUMNS = 120;
const MACROBLOCK_ROWS = 68;

export const SPS = new BitWriter()
  .fixed(66, 8) // Baseline
  .fixed(0xc0, 8)
  .fixed(40, 8)
  .golomb(0) // id
  .golomb(0) // frame_num has 4 bits
  .golomb(2) // picture order count type
  .golomb(1) // reference frames
  .fixed(0, 1)
  .golomb(MACROBLOCK_COLUMNS - 1)
  .golomb(MACROBLOCK_ROWS - 1)
  .fixed(0b11, 2) // frames only, direct 8x8
  .fixed(1, 1) // cropping: 1088 to 1080 lines
  .golomb(0)
  .golomb(0)
  .golomb(0)
  .golomb(4)
  .fixed(0, 1) // no VUI
  .nalUnit(0x67);

export const PPS = new BitWriter()
  .golomb(0)
  .golomb(0)
  .fixed(0, 2)
  .golomb(0) // slice groups
  .golomb(0)
  .golomb(0)
  .fixed(0, 3)
  .golomb(0)
  .golomb(0)
  .golomb(0)
  .fixed(0, 3)
  .nalUnit(0x68);

/** A slice's NAL header, three bytes of slice header, and then the stamp. */
export const STAMP_OFFSET = 4;
export const STAMP_BYTES = 8;
const IDR_SLICE = [0x65, 0x88, 0x84, 0xaf];
const P_SLICE = [0x41, 0x9a, 0x21, 0xaf];

/** A key frame is this many times as large as another. */
const KEY_FRAME_WEIGHT = 6;
/** Frames between key frames differ by up to this factor from their mean. */
const SIZE_VARIATION = 0.3;
const MIN_SLICE_BYTES = 64;

/** Microseconds of the machine's monotonic clock, the same in all of its processes. */
export function monotonicUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1_000);
}

/** Seven bits a byte, the eighth set: no start code can come of it. */
export function writeStamp(target: Uint8Array, offset: number, us: number): void {
  let rest = us;
  for (let i = STAMP_BYTES - 1; i >= 0; i--) {
    target[offset + i] = 0x80 | (rest % 128);
    rest = Math.floor(rest / 128);
  }
}

export function readStamp(source: Uint8Array, offset: number): number {
  let us = 0;
  for (let i = 0; i < STAMP_BYTES; i++) us = us * 128 + (source[offset + i]! & 0x7f);
  return us;
}

/** The slices of a group of pictures whose mean is the bitrate: NAL units without start codes. */
export function groupOfPictures(bitrateBps: number, fps: number, keyIntervalFrames: number): readonly Uint8Array[] {
  const bytes = (bitrateBps / 8 / fps) * keyIntervalFrames;
  const unit = bytes / (keyIntervalFrames - 1 + KEY_FRAME_WEIGHT);
  let random = 1;
  const next = (): number => (random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0);
  return Array.from({ length: keyIntervalFrames }, (_, index) => {
    const variation = 1 + SIZE_VARIATION * ((next() >>> 8) / 0x80_0000 - 1);
    const size = index === 0 ? unit * KEY_FRAME_WEIGHT : unit * variation;
    const slice = new Uint8Array(Math.max(MIN_SLICE_BYTES, Math.round(size)));
    for (let i = 0; i < slice.length; i++) slice[i] = (next() >>> 16) | 0x10;
    slice.set(index === 0 ? IDR_SLICE : P_SLICE);
    return slice;
  });
}
