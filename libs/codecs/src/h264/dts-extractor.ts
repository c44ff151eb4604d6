import { ParseError, equalBytes } from '@mediamesh/bytes';
import { PresentationWindow, frameTicks } from '../timing/presentation-window.ts';
import { H264_NAL_UNIT, h264NalUnitType } from './nal-unit.ts';
import { PictureOrder } from './picture-order.ts';
import { parseH264SliceHeader } from './slice-header.ts';
import { parseH264Sps } from './sps.ts';
import type { H264Sps } from './sps.ts';

const BASELINE_PROFILE = 66;
/** Profiles in which constraint_set3_flag means intra pictures only. */
const INTRA_PROFILES = new Set([44, 86, 100, 110, 122, 244]);

/**
 * Decoding times of H.264 access units.
 *
 * The reorder depth comes from the SPS (max_num_reorder_frames, or what its profile and POC type imply), else from the picture order
 * counts as they come.
 *
 * Shape:  access units in decoding order, SPS in-band or through `useSps`; without SPS, and before the first IDR picture, the depth is what the times show.
 * Units:  ticks of the track's clock.
 * Errors: none: what cannot be read is left out of account. DTS never decreases.
 * Source: H.264 C.4.5.3, E.2.1.
 */
export class H264DtsExtractor {
  private readonly window: PresentationWindow;
  private readonly clockRateHz: number;
  private spsBytes: Uint8Array | undefined;
  private sps: H264Sps | undefined;
  private depth = 0;
  private order: PictureOrder | undefined;
  private ordered = false;

  constructor(clockRateHz = 90_000) {
    this.clockRateHz = clockRateHz;
    this.window = new PresentationWindow(clockRateHz);
  }

  /** The SPS that is current from the next access unit on. */
  useSps(nalUnit: Uint8Array): void {
    if (this.spsBytes === nalUnit || (this.spsBytes && equalBytes(this.spsBytes, nalUnit))) return;
    this.spsBytes = nalUnit;
    this.sps = undefined;
    this.order = undefined;
    this.ordered = false;
    this.window.inOrder = false;
    this.depth = 0;
    this.window.startSequence();
    try {
      this.startSequence(parseH264Sps(nalUnit));
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
  }

  extract(nalUnits: readonly Uint8Array[], ptsTicks: number): number {
    let slice: Uint8Array | undefined;
    for (const nalUnit of nalUnits) {
      const type = h264NalUnitType(nalUnit);
      if (type === H264_NAL_UNIT.sps) this.useSps(nalUnit);
      else if (type === H264_NAL_UNIT.idr || type === H264_NAL_UNIT.nonIdr) {
        slice = nalUnit;
        break;
      }
    }
    if (this.order && slice) this.depth = this.orderedDepth(slice, this.order);
    return this.window.push(ptsTicks, this.depth);
  }

  private startSequence(sps: H264Sps): void {
    this.sps = sps;
    this.window.frameTicks = frameTicks(sps.fps, this.clockRateHz);
    this.window.inOrder = sps.pocType === 2 || neverReorders(sps);
    const restriction = sps.vui?.bitstreamRestriction;
    if (restriction) this.depth = restriction.maxNumReorderFrames;
    else if (sps.pocType === 0 && !this.window.inOrder) this.order = new PictureOrder(sps.log2MaxPocLsb);
  }

  private orderedDepth(slice: Uint8Array, order: PictureOrder): number {
    const idr = h264NalUnitType(slice) === H264_NAL_UNIT.idr;
    if (!idr && !this.ordered) return 0;
    try {
      const header = parseH264SliceHeader(slice, this.sps!);
      if (!idr) return order.push(header.pocLsb, (slice[0]! & 0x60) !== 0);
      order.start(header.pocLsb);
      this.ordered = true;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
    return this.depth;
  }
}

function neverReorders(sps: H264Sps): boolean {
  return sps.profileIdc === BASELINE_PROFILE || (INTRA_PROFILES.has(sps.profileIdc) && (sps.constraintFlags & 0x10) !== 0);
}
