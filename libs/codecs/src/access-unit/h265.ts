import { ParseError, copyBytes, equalBytes } from '@mediamesh/bytes';
import type { CodecDescription } from '../description.ts';
import { H265DtsExtractor } from '../h265/dts-extractor.ts';
import { H265_NAL_UNIT, h265NalUnitType, isH265RandomAccessType } from '../h265/nal-unit.ts';
import { PictureParameterSets } from './picture-parameter-sets.ts';
import type { AccessUnitProcessor, ProcessedUnit } from './processed-unit.ts';

const HEADER_BYTES = 2;

/**
 * H.265: parameter sets follow the stream and stand before each IDR and CRA picture; delimiters and parameter sets elsewhere go.
 *
 * Errors:   ParseError on a NAL unit shorter than its header or a truncated picture parameter set.
 * Aliasing: NAL units are those of the input; parameter sets are copies.
 */
export class H265Processor implements AccessUnitProcessor {
  /** Parameters changed since the description was made. */
  private changed = false;
  private current: CodecDescription & { readonly codec: 'H265' };
  private readonly pps: PictureParameterSets;
  private readonly dts: H265DtsExtractor;
  private vps: Uint8Array | undefined;
  private sps: Uint8Array | undefined;

  constructor(description: CodecDescription & { readonly codec: 'H265' }, clockRateHz: number) {
    this.current = description;
    const { vps, sps, pps } = description.parameters;
    this.vps = vps;
    this.sps = sps;
    this.pps = new PictureParameterSets(2, pps);
    this.dts = new H265DtsExtractor(clockRateHz);
    if (sps) this.dts.useSps(sps);
    if (pps) this.dts.usePps(pps);
  }

  get description(): CodecDescription {
    return this.current;
  }

  process(payload: readonly Uint8Array[], ptsTicks: number): ProcessedUnit | null {
    let kept = 0;
    let key = false;
    for (const nalUnit of payload) {
      if (nalUnit.length < HEADER_BYTES) throw new ParseError('H265 access unit', 0, 'has a NAL unit shorter than its header');
      const type = h265NalUnitType(nalUnit);
      if (isParameterSet(type)) this.put(type, nalUnit);
      else if (type !== H265_NAL_UNIT.accessUnitDelimiter) {
        kept++;
        if (isH265RandomAccessType(type)) key = true;
      }
    }
    if (this.changed) this.describe();
    if (kept === 0) return null;
    const units = kept === payload.length && !key ? payload : this.remux(payload, key);
    return { payload: units, ptsTicks, dtsTicks: this.dts.extract(units, ptsTicks), key };
  }

  private put(type: number, nalUnit: Uint8Array): void {
    if (type === H265_NAL_UNIT.pps) {
      if (this.pps.put(nalUnit)) this.changed = true;
      return;
    }
    const known = type === H265_NAL_UNIT.vps ? this.vps : this.sps;
    if (known && equalBytes(known, nalUnit)) return;
    this.changed = true;
    if (type === H265_NAL_UNIT.vps) {
      this.vps = copyBytes(nalUnit);
      return;
    }
    this.sps = copyBytes(nalUnit);
    this.pps.startSequence();
    this.dts.useSps(this.sps);
  }

  private describe(): void {
    this.changed = false;
    const { vps, sps } = this;
    const pps = this.pps.first;
    if (pps) this.dts.usePps(pps);
    this.current = {
      codec: 'H265',
      parameters: { ...this.current.parameters, ...(vps && { vps }), ...(sps && { sps }), ...(pps && { pps }) },
    };
  }

  private remux(payload: readonly Uint8Array[], key: boolean): Uint8Array[] {
    const units: Uint8Array[] = [];
    if (key && this.vps && this.sps && this.pps.first) {
      units.push(this.vps, this.sps, this.pps.first);
      for (const pps of this.pps.further) units.push(pps);
    }
    for (const nalUnit of payload) {
      const type = h265NalUnitType(nalUnit);
      if (!isParameterSet(type) && type !== H265_NAL_UNIT.accessUnitDelimiter) units.push(nalUnit);
    }
    return units;
  }
}

function isParameterSet(type: number): boolean {
  return type >= H265_NAL_UNIT.vps && type <= H265_NAL_UNIT.pps;
}
