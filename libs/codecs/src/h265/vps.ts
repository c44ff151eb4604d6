import { ParseError } from '@mediamesh/bytes';
import { BitReader } from '@mediamesh/bytes';
import { removeEmulationPrevention } from '../h264/emulation-prevention.ts';
import { MAX_PARAMETER_SET_BYTES } from '../h264/sps.ts';
import { H265_NAL_UNIT, h265NalUnitType } from './nal-unit.ts';
import { readProfileTierLevel } from './profile-tier-level.ts';
import type { ProfileTierLevel } from './profile-tier-level.ts';

const MAX_SUB_LAYERS = 7;

/** Video parameter set: the fields that the first layer needs. */
export interface H265Vps {
  readonly id: number;
  readonly maxSubLayers: number;
  readonly temporalIdNesting: boolean;
  readonly profileTierLevel: ProfileTierLevel;
}

/**
 * Errors: ParseError when truncated or of another NAL unit type.
 * Source: H.265 7.3.2.1.
 */
export function parseH265Vps(nalUnit: Uint8Array): H265Vps {
  if (h265NalUnitType(nalUnit) !== H265_NAL_UNIT.vps) throw new ParseError('VPS', 0, 'is not a video parameter set');
  if (nalUnit.length > MAX_PARAMETER_SET_BYTES) throw new ParseError('VPS', 0, `is larger than ${MAX_PARAMETER_SET_BYTES} bytes`);
  const reader = new BitReader(removeEmulationPrevention(nalUnit), 'VPS');
  reader.skip(16);
  const id = reader.bits(4);
  reader.skip(8); // base layer flags, vps_max_layers_minus1
  const maxSubLayers = reader.bits(3) + 1;
  if (maxSubLayers > MAX_SUB_LAYERS) throw new ParseError('VPS', 3, `vps_max_sub_layers is ${maxSubLayers}`);
  const temporalIdNesting = reader.flag();
  reader.skip(16); // vps_reserved_0xffff_16bits
  return { id, maxSubLayers, temporalIdNesting, profileTierLevel: readProfileTierLevel(reader, maxSubLayers) };
}
