export { AMF0_MARKER, amf0EcmaArray, amf0Member, amf0Object, isAmf0Object } from './amf0/value.ts';
export type { Amf0Date, Amf0Object, Amf0Value } from './amf0/value.ts';
export { MAX_AMF0_DEPTH, MAX_AMF0_STRING_BYTES, MAX_AMF0_VALUES, parseAmf0 } from './amf0/parse.ts';
export { serializeAmf0 } from './amf0/serialize.ts';

export { AUDIO_FOUR_CC, VIDEO_FOUR_CC, fourCcNumber, fourCcText } from './tag/four-cc.ts';
export { MAX_EXTENSIONS, MAX_TRACKS_PER_TAG } from './tag/multitrack.ts';
export type { TagSink } from './tag/sink.ts';
export { FLV_CODEC_H264, parseVideoTag, sizeOfVideoTagHeader, writeVideoTagHeader } from './tag/video.ts';
export type { VideoCodec, VideoPacket, VideoTag, VideoTagHeader } from './tag/video.ts';
export { FLV_SAMPLE_RATES, FLV_SOUND_FORMAT, parseAudioTag, sizeOfAudioTagHeader, writeAudioTagHeader } from './tag/audio.ts';
export type { AudioCodec, AudioPacket, AudioTag, AudioTagHeader, SoundFormat } from './tag/audio.ts';

export { FLV_TAG } from './file/tag-type.ts';
export { FlvReader, MAX_FLV_HEADER_BYTES, MAX_FLV_TAG_BYTES } from './file/flv-reader.ts';
export type { FlvTag } from './file/flv-reader.ts';
export { serializeFlvHeader, serializeFlvTag } from './file/flv-writer.ts';
export { MAX_AGGREGATED_TAGS, parseAggregate } from './file/aggregate.ts';
