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

export { audioObjectType, codecProps } from './codec-props.ts';
export type { CodecProps } from './codec-props.ts';
export { trackKindOf } from './track-kind.ts';
export type { CodecKind } from './track-kind.ts';
export { createAccessUnitProcessor } from './access-unit/processor.ts';
export type { AccessUnitProcessor, ProcessedUnit } from './access-unit/processed-unit.ts';

export { parseAnnexB, serializeAnnexB, sizeOfAnnexB } from './h264/annex-b.ts';
export { parseAvcc, serializeAvcc, sizeOfAvcc, writeAvccInto } from './h264/avcc.ts';
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
export { MAX_AAC_FRAME_BYTES, parseAudioMuxElement, serializeAudioMuxElement } from './aac/audio-mux-element.ts';
export type { AudioMuxElement } from './aac/audio-mux-element.ts';
export { AAC_SAMPLE_RATES } from './aac/sample-rates.ts';
export { MAX_OTHER_DATA_BITS, parseStreamMuxConfig, serializeStreamMuxConfig } from './aac/stream-mux-config.ts';
export type { StreamMuxConfig, StreamMuxLayer } from './aac/stream-mux-config.ts';

export { MAX_LEB128_BYTES, readLeb128, sizeOfLeb128, writeLeb128Into } from './av1/leb128.ts';
export {
  MAX_OBUS_PER_TEMPORAL_UNIT,
  parseAv1LowOverhead,
  serializeAv1LowOverhead,
  sizeOfAv1LowOverhead,
  writeAv1LowOverheadInto,
} from './av1/low-overhead.ts';
export { AV1_OBU, AV1_OBU_HAS_EXTENSION, AV1_OBU_HAS_SIZE, av1ObuPayload, av1ObuType, withoutAv1ObuSize } from './av1/obu.ts';
export { parseAv1SequenceHeader } from './av1/sequence-header.ts';
export type { Av1ColourConfig, Av1SequenceHeader } from './av1/sequence-header.ts';
export { isAv1RandomAccess } from './av1/temporal-unit.ts';
export { parseVp8FrameHeader } from './vp8/frame-header.ts';
export type { Vp8FrameHeader } from './vp8/frame-header.ts';
export { parseVp9FrameHeader } from './vp9/frame-header.ts';
export type { Vp9FrameHeader } from './vp9/frame-header.ts';
export { MAX_MPEG4_VIDEO_CONFIG_BYTES } from './access-unit/mpeg4-video.ts';
export { parseMpeg4VideoFrame } from './mpeg4-video/frame.ts';
export type { Mpeg4VideoFrame } from './mpeg4-video/frame.ts';
export { MPEG4_VIDEO_START_CODE, MPEG4_VOP_TYPE } from './mpeg4-video/start-code.ts';
export { parseVideoObjectLayer } from './mpeg4-video/video-object-layer.ts';
export type { VideoObjectLayer } from './mpeg4-video/video-object-layer.ts';
export { MPEG12_PICTURE_TYPE, MPEG12_VIDEO_START_CODE, parseMpeg12Picture } from './mpeg12-video/picture.ts';
export type { Mpeg12Picture } from './mpeg12-video/picture.ts';
export { parseMpeg12SequenceHeader } from './mpeg12-video/sequence-header.ts';
export type { Mpeg12SequenceHeader } from './mpeg12-video/sequence-header.ts';
export { JPEG_MARKER, parseJpegImage } from './jpeg/image.ts';
export type { JpegComponent, JpegImage, JpegQuantizationTable } from './jpeg/image.ts';

export { AC3_SAMPLES_PER_FRAME, parseAc3SyncFrame } from './ac3/sync-frame.ts';
export type { Ac3SyncFrame } from './ac3/sync-frame.ts';
export { decodeG711, encodeG711, lpcmOfG711 } from './g711/companding.ts';
export { G722_CLOCK_RATE_HZ, g722DurationTicks } from './g722/sizes.ts';
export { lpcmFrameBytes, lpcmSampleCount } from './lpcm/sizes.ts';
export { MPEG_AUDIO_HEADER_BYTES, parseMpegAudioFrameHeader } from './mpeg-audio/frame-header.ts';
export type { MpegAudioFrameHeader } from './mpeg-audio/frame-header.ts';
export { MAX_OPUS_PACKET_TICKS, OPUS_CLOCK_RATE_HZ, parseOpusToc } from './opus/packet.ts';
export type { OpusToc } from './opus/packet.ts';
export { KLV_KEY_BYTES, MAX_KLV_UNIT_BYTES, klvUnitBytes, parseKlvUnits } from './klv/unit.ts';
export { nextStartCode } from './timing/start-code.ts';
export { unitDurationTicks } from './unit-duration.ts';
export type { TimedDescription } from './unit-duration.ts';

export { MAX_PARAMETER_SETS, parseAvcConfiguration, serializeAvcConfiguration } from './configuration/avc-configuration.ts';
export type { AvcConfiguration } from './configuration/avc-configuration.ts';
export { MAX_HEVC_ARRAYS, parseHevcConfiguration, serializeHevcConfiguration } from './configuration/hevc-configuration.ts';
export type { HevcConfiguration } from './configuration/hevc-configuration.ts';
export { parseAv1Configuration, serializeAv1Configuration } from './configuration/av1-configuration.ts';
export { parseVpConfiguration, serializeVpConfiguration, vp9LevelIdc } from './configuration/vp-configuration.ts';
export type { VpConfiguration } from './configuration/vp-configuration.ts';
export { FlacPacketizer, flacBlockSize, flacFrameOf } from './flac/packet.ts';
export { FLAC_STREAM_INFO_BYTES, parseFlacStreamInfo } from './flac/stream-info.ts';
export type { FlacStreamInfo } from './flac/stream-info.ts';
export { opusMultistreamOf, parseOpusHead, serializeOpusHead } from './configuration/opus-head.ts';
