import { ByteWriter } from '@mediamesh/bytes';
import { fullBox } from '../box.ts';

/** Ticks a second of the movie's own duration. */
export const MOVIE_TIMESCALE = 1000;
/** No transformation: 16.16 and 2.30 fixed point. */
export const UNITY_MATRIX: Uint8Array = new ByteWriter(36)
  .u32(0x1_0000)
  .u32(0)
  .u32(0)
  .u32(0)
  .u32(0x1_0000)
  .u32(0)
  .u32(0)
  .u32(0)
  .u32(0x4000_0000)
  .finish();

const NORMAL_RATE = 0x1_0000;
const FULL_VOLUME = 0x0100;
/** All ones: whoever adds a track searches a free one. */
const NEXT_TRACK_ID = 0xffff_ffff;

/** A duration of 0 is that of fragments. Source: ISO 14496-12 8.2.2. */
export function movieHeader(durationMs: number): Uint8Array {
  const writer = new ByteWriter(96).u32(0).u32(0).u32(MOVIE_TIMESCALE).u32(durationMs);
  writer.u32(NORMAL_RATE).u16(FULL_VOLUME).u16(0).u32(0).u32(0).bytes(UNITY_MATRIX);
  return fullBox('mvhd', 0, 0, writer.bytes(new Uint8Array(24)).u32(NEXT_TRACK_ID).finish());
}
