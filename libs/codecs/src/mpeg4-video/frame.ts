import { nextStartCode } from '../timing/start-code.ts';
import { MPEG4_VIDEO_START_CODE, isVideoObjectLayer } from './start-code.ts';

/** What the start codes of a frame say. */
export interface Mpeg4VideoFrame {
  /** Length of the configuration before the first group of VOPs or VOP; 0 when there is none. */
  readonly configBytes: number;
  readonly groupOfVop: boolean;
  /** vop_coding_type of the first VOP, or undefined without a VOP. */
  readonly vopType?: number;
}

/**
 * Never fails: what has no start codes has no configuration and no VOP.
 *
 * Source: ISO 14496-2 6.2.2 to 6.2.5.
 */
export function parseMpeg4VideoFrame(frame: Uint8Array): Mpeg4VideoFrame {
  let layer = false;
  let groupOfVop = false;
  let configBytes = 0;
  for (let at = nextStartCode(frame, 0); at >= 0; at = nextStartCode(frame, at + 4)) {
    const code = frame[at + 3]!;
    if (isVideoObjectLayer(code)) layer = true;
    if (code !== MPEG4_VIDEO_START_CODE.groupOfVop && code !== MPEG4_VIDEO_START_CODE.vop) continue;
    if (layer && configBytes === 0) configBytes = at;
    if (code === MPEG4_VIDEO_START_CODE.groupOfVop) groupOfVop = true;
    else return { configBytes, groupOfVop, vopType: (frame[at + 4] ?? 0) >> 6 };
  }
  return { configBytes: layer && configBytes === 0 ? frame.length : configBytes, groupOfVop };
}
