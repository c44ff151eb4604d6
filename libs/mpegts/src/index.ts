export { TsDemuxer, MAX_PROGRAMS, MAX_STREAMS } from './demuxer.ts';
export type { TsEvent, TsStream, TsUnit } from './demuxer.ts';
