export { HlsSources } from './source/hls-sources.ts';
export type { HlsSourcesParts } from './source/hls-sources.ts';
