export { TsDemuxer, MAX_PROGRAMS, MAX_STREAMS } from './demuxer.ts';
export type { TsEvent, TsStream, TsUnit } from './demuxer.ts';
export { TsMuxer, canMuxTs } from './muxer.ts';
export type { TsMuxerOptions, TsMuxerTrack, TsMuxerUnit } from './muxer.ts';
export { TS_PACKET_BYTES } from './packet.ts';
