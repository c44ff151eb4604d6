export type {
  Ac3Parameters,
  Av1Parameters,
  CodecDescription,
  CodecName,
  G711Parameters,
  G722Parameters,
  G726Parameters,
  GenericParameters,
  H264Parameters,
  H265Parameters,
  LpcmParameters,
  Mpeg4AudioLatmParameters,
  Mpeg4AudioParameters,
  Mpeg4VideoParameters,
  NoParameters,
  OpusParameters,
  Vp9Parameters,
} from './description.ts';

export { codecProps } from './codec-props.ts';
export type { CodecProps } from './codec-props.ts';
export { trackKindOf } from './track-kind.ts';
export type { CodecKind } from './track-kind.ts';
export { createAccessUnitProcessor } from './access-unit/processor.ts';
export type { AccessUnitProcessor, ProcessedUnit } from './access-unit/processed-unit.ts';

export { parseAnnexB, serializeAnnexB, sizeOfAnnexB } from './h264/annex-b.ts';
export { parseAvcc, serializeAvcc, sizeOfAvcc } from './h264/avcc.ts';
export { H264DtsExtractor } from './h264/dts-extractor.ts';
export { removeEmulationPrevention } from './h264/emulation-prevention.ts';
export {
  H264_NAL_UNIT,
  MAX_ACCESS_UNIT_BYTES,
  MAX_NAL_UNITS_PER_ACCESS_UNIT,
  h264NalUnitType,
  isH264RandomAccess,
} from './h264/nal-unit.ts';
export { parseH264SliceHeader } from './h264/slice-header.ts';
export type { H264SliceHeader } from './h264/slice-header.ts';
export { MAX_H264_MACROBLOCKS_A_SIDE, MAX_PARAMETER_SET_BYTES, parseH264Sps } from './h264/sps.ts';
export type { H264Sps } from './h264/sps.ts';
export { MAX_REORDER_FRAMES } from './h264/vui.ts';
export type { H264Vui } from './h264/vui.ts';

export { H265DtsExtractor } from './h265/dts-extractor.ts';
export { H265_NAL_UNIT, h265NalUnitType, isH265RandomAccess } from './h265/nal-unit.ts';
export { parseH265Pps } from './h265/pps.ts';
export type { H265Pps } from './h265/pps.ts';
export type { ProfileTierLevel } from './h265/profile-tier-level.ts';
export type { ShortTermRefPicSet } from './h265/short-term-ref-pic-set.ts';
export { parseH265SliceHeader } from './h265/slice-header.ts';
export type { H265SliceHeader } from './h265/slice-header.ts';
export { MAX_H265_PIXELS_A_SIDE, parseH265Sps } from './h265/sps.ts';
export type { H265Sps } from './h265/sps.ts';
export { parseH265Vps } from './h265/vps.ts';
export type { H265Vps } from './h265/vps.ts';

export { MAX_ADTS_FRAME_BYTES, audioSpecificConfigOfAdts, parseAdts, serializeAdts } from './aac/adts.ts';
export type { AdtsFrame } from './aac/adts.ts';
export { AAC_OBJECT_TYPE, parseAudioSpecificConfig, serializeAudioSpecificConfig } from './aac/audio-specific-config.ts';
export type { AudioSpecificConfig } from './aac/audio-specific-config.ts';
