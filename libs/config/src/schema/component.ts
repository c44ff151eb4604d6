/** What MediaMTX closes and creates again when a global key changes. */
export const COMPONENTS = [
  'logger',
  'auth',
  'metrics',
  'pprof',
  'recordCleaner',
  'playback',
  'pathManager',
  'rtsp',
  'rtsps',
  'rtmp',
  'rtmps',
  'hls',
  'webrtc',
  'srt',
  'moq',
  'api',
] as const;

export type Component = (typeof COMPONENTS)[number];

/** The components of a list of names, `'rtsp rtsps'`. */
export function components(names: string): readonly Component[] {
  return COMPONENTS.filter((component) => names.split(' ').includes(component));
}

const PROTOCOL_SERVERS = components('rtsp rtsps rtmp rtmps hls webrtc srt moq');

/** For each component, those whose closing closes it too. */
export const CLOSED_WITH: { readonly [C in Component]: readonly Component[] } = {
  logger: [],
  auth: [],
  metrics: components('auth logger'),
  pprof: components('auth logger'),
  recordCleaner: components('logger'),
  playback: components('auth logger'),
  pathManager: components('metrics auth logger'),
  rtsp: components('metrics pathManager logger'),
  rtsps: components('metrics pathManager logger'),
  rtmp: components('metrics pathManager logger'),
  rtmps: components('metrics pathManager logger'),
  hls: components('metrics pathManager logger'),
  webrtc: components('metrics pathManager logger'),
  srt: components('metrics pathManager logger'),
  moq: components('metrics pathManager logger'),
  api: [...components('auth pathManager logger'), ...PROTOCOL_SERVERS],
};
