import type { BitReader } from '@mediamesh/bytes';

export interface ProfileTierLevel {
  readonly profileSpace: number;
  readonly tierFlag: boolean;
  readonly profileIdc: number;
  /** general_profile_compatibility_flag[0] is the highest bit. */
  readonly compatibilityFlags: number;
  /** The 48 bits from general_progressive_source_flag on, as they are. */
  readonly constraintBytes: Uint8Array;
  /** 30 times the level. */
  readonly levelIdc: number;
}

/** Source: H.265 7.3.3. The layers' own values are skipped. */
export function readProfileTierLevel(reader: BitReader, maxSubLayers: number): ProfileTierLevel {
  const profileSpace = reader.bits(2);
  const tierFlag = reader.flag();
  const profileIdc = reader.bits(5);
  const compatibilityFlags = reader.bits(32);
  const constraintBytes = new Uint8Array(6);
  for (let i = 0; i < 6; i++) constraintBytes[i] = reader.bits(8);
  const levelIdc = reader.bits(8);
  const layers = maxSubLayers - 1;
  let layerBits = 0;
  for (let i = 0; i < layers; i++) layerBits += (reader.flag() ? 88 : 0) + (reader.flag() ? 8 : 0);
  if (layers > 0) reader.skip(2 * (8 - layers));
  reader.skip(layerBits);
  return { profileSpace, tierFlag, profileIdc, compatibilityFlags, constraintBytes, levelIdc };
}
