import { BitReader, ParseError } from '@mediamesh/bytes';
import { removeEmulationPrevention } from '../h264/emulation-prevention.ts';
import { MAX_PARAMETER_SET_BYTES } from '../h264/sps.ts';
import { H265_NAL_UNIT, h265NalUnitType } from './nal-unit.ts';

const MAX_PPS_ID = 63;

/** Picture parameter set: the fields that a slice header's start depends on. */
export interface H265Pps {
  readonly id: number;
  readonly spsId: number;
  readonly dependentSliceSegmentsEnabled: boolean;
  readonly outputFlagPresent: boolean;
  readonly numExtraSliceHeaderBits: number;
}

/**
 * Errors: ParseError when truncated or of another NAL unit type.
 * Source: H.265 7.3.2.3.
 */
export function parseH265Pps(nalUnit: Uint8Array): H265Pps {
  if (h265NalUnitType(nalUnit) !== H265_NAL_UNIT.pps) throw new ParseError('PPS', 0, 'is not a picture parameter set');
  if (nalUnit.length > MAX_PARAMETER_SET_BYTES) throw new ParseError('PPS', 0, `is larger than ${MAX_PARAMETER_SET_BYTES} bytes`);
  const reader = new BitReader(removeEmulationPrevention(nalUnit), 'PPS');
  reader.skip(16);
  const id = reader.unsignedExpGolomb();
  if (id > MAX_PPS_ID) throw new ParseError('PPS', 2, `pps_pic_parameter_set_id is ${id}`);
  const spsId = reader.unsignedExpGolomb();
  return {
    id,
    spsId,
    dependentSliceSegmentsEnabled: reader.flag(),
    outputFlagPresent: reader.flag(),
    numExtraSliceHeaderBits: reader.bits(3),
  };
}
