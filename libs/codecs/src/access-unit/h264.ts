import { ParseError, copyBytes, equalBytes } from '@mediamesh/bytes';
import type { CodecDescription } from '../description.ts';
import { H264DtsExtractor } from '../h264/dts-extractor.ts';
import { H264_NAL_UNIT, h264NalUnitType } from '../h264/nal-unit.ts';
import { PictureParameterSets } from './picture-parameter-sets.ts';
import type { AccessUnitProcessor, ProcessedUnit } from './processed-unit.ts';

/**
 * H.264: parameter sets follow the stream and stand before each IDR picture; delimiters and parameter sets elsewhere go.
 *
 * Errors:   ParseError on an empty NAL unit or a truncated picture parameter set.
 * Aliasing: NAL units are those of the input; parameter sets are copies.
 */
export class H264Processor implements AccessUnitProcessor {
  /** Parameters changed since the description was made. */
  private changed = false;
  private current: CodecDescription & { readonly codec: 'H264' };
  private readonly pps: PictureParameterSets;
  private readonly dts: H264DtsExtractor;
  private sps: Uint8Array | undefined;

  constructor(description: CodecDescription & { readonly codec: 'H264' }, clockRateHz: number) {
    this.current = description;
    this.sps = description.parameters.sps;
    this.pps = new PictureParameterSets(1, description.parameters.pps);
    this.dts = new H264DtsExtractor(clockRateHz);
    if (this.sps) this.dts.useSps(this.sps);
  }

  get description(): CodecDescription {
    return this.current;
  }

  process(payload: readonly Uint8Array[], ptsTicks: number): ProcessedUnit | null {
    let kept = 0;
    let key = false;
    for (const nalUnit of payload) {
      if (nalUnit.length === 0) throw new ParseError('H264 access unit', 0, 'has an empty NAL unit');
      const type = h264NalUnitType(nalUnit);
      if (type === H264_NAL_UNIT.sps) this.putSps(nalUnit);
      else if (type === H264_NAL_UNIT.pps) {
        if (this.pps.put(nalUnit)) this.changed = true;
      } else if (type !== H264_NAL_UNIT.accessUnitDelimiter) {
        kept++;
        if (type === H264_NAL_UNIT.idr) key = true;
      }
    }
    if (this.changed) this.describe();
    if (kept === 0) return null;
    const units = kept === payload.length && !key ? payload : this.remux(payload, key);
    return { payload: units, ptsTicks, dtsTicks: this.dts.extract(units, ptsTicks), key };
  }

  private putSps(nalUnit: Uint8Array): void {
    if (this.sps && equalBytes(this.sps, nalUnit)) return;
    this.changed = true;
    this.sps = copyBytes(nalUnit);
    this.pps.startSequence();
    this.dts.useSps(this.sps);
  }

  private describe(): void {
    this.changed = false;
    const sps = this.sps;
    const pps = this.pps.first;
    this.current = { codec: 'H264', parameters: { ...this.current.parameters, ...(sps && { sps }), ...(pps && { pps }) } };
  }

  private remux(payload: readonly Uint8Array[], key: boolean): Uint8Array[] {
    const units: Uint8Array[] = [];
    if (key && this.sps && this.pps.first) {
      units.push(this.sps, this.pps.first);
      for (const pps of this.pps.further) units.push(pps);
    }
    for (const nalUnit of payload) {
      const type = h264NalUnitType(nalUnit);
      if (type !== H264_NAL_UNIT.sps && type !== H264_NAL_UNIT.pps && type !== H264_NAL_UNIT.accessUnitDelimiter) units.push(nalUnit);
    }
    return units;
  }
}
