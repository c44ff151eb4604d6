import { ParseError, equalBytes } from '@mediamesh/bytes';
import { PresentationWindow, frameTicks } from '../timing/presentation-window.ts';
import { H265_NAL_UNIT, h265NalUnitType, isH265Slice } from './nal-unit.ts';
import { parseH265Pps } from './pps.ts';
import { parseH265SliceHeader } from './slice-header.ts';
import { parseH265Sps } from './sps.ts';
import type { H265Sps } from './sps.ts';

/** Pictures before a first CRA picture that may follow it in decoding; a longer distance to its reference is a gap. */
const MAX_LEADING = 32;

/**
 * Decoding times of H.265 access units, from the reorder depth of the SPS.
 *
 * Shape:  access units in decoding order, parameter sets in-band or through `useSps` and `usePps`.
 * Units:  ticks of the track's clock.
 * Errors: none: what cannot be read is left out of account. DTS never decreases.
 * Source: H.265 C.5.2, 7.4.3.2.1 (sps_max_num_reorder_pics).
 */
export class H265DtsExtractor {
  private readonly window: PresentationWindow;
  private readonly clockRateHz: number;
  private spsBytes: Uint8Array | undefined;
  private ppsBytes: Uint8Array | undefined;
  private sps: H265Sps | undefined;
  private depth = 0;
  private started = false;

  constructor(clockRateHz = 90_000) {
    this.clockRateHz = clockRateHz;
    this.window = new PresentationWindow(clockRateHz);
  }

  /** The SPS that is current from the next access unit on. */
  useSps(nalUnit: Uint8Array): void {
    if (this.spsBytes === nalUnit || (this.spsBytes && equalBytes(this.spsBytes, nalUnit))) return;
    this.spsBytes = nalUnit;
    this.sps = undefined;
    this.depth = 0;
    this.window.startSequence();
    try {
      this.sps = parseH265Sps(nalUnit);
      this.depth = this.sps.maxNumReorderPics;
      this.window.frameTicks = frameTicks(this.sps.fps, this.clockRateHz);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
  }

  usePps(nalUnit: Uint8Array): void {
    this.ppsBytes = nalUnit;
  }

  extract(nalUnits: readonly Uint8Array[], ptsTicks: number): number {
    let slice: Uint8Array | undefined;
    for (const nalUnit of nalUnits) {
      const type = h265NalUnitType(nalUnit);
      if (type === H265_NAL_UNIT.sps) this.useSps(nalUnit);
      else if (type === H265_NAL_UNIT.pps) this.usePps(nalUnit);
      else if (isH265Slice(type)) {
        slice = nalUnit;
        break;
      }
    }
    const leading = this.started || !slice ? 0 : this.leadingPictures(slice);
    this.started = true;
    return this.window.push(ptsTicks, this.depth, leading);
  }

  /** Of a CRA picture that starts the stream: pictures between its nearest earlier reference and itself follow it in decoding. */
  private leadingPictures(slice: Uint8Array): number {
    if (h265NalUnitType(slice) !== H265_NAL_UNIT.cra || !this.sps || !this.ppsBytes) return 0;
    try {
      const nearest = parseH265SliceHeader(slice, this.sps, parseH265Pps(this.ppsBytes)).refPicSet?.before[0];
      const leading = nearest === undefined ? 0 : -nearest - 1;
      return leading > MAX_LEADING ? 0 : leading;
    } catch (error) {
      if (error instanceof ParseError) return 0;
      throw error;
    }
  }
}
