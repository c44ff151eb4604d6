import type { Config } from '@mediamesh/config';
import type { SessionKind } from '@mediamesh/contracts';

/** A list of connections or sessions: `/v3/<name>/{list,get,kick}`. Source: contract 2.2. */
export interface SessionList {
  /** Undefined while no gateway holds such sessions: the list is empty. */
  readonly kind: SessionKind | undefined;
  readonly notFound: string;
  readonly canKick: boolean;
  /** Its server is enabled; else the routes do not exist. */
  isServed(config: Config): boolean;
}

const CONNECTION = { notFound: 'connection not found', canKick: true };
const SESSION = { notFound: 'session not found', canKick: true };

const isRtsp = ({ rtsp, rtspEncryption }: Config): boolean => rtsp && rtspEncryption !== 'strict';
const isRtsps = ({ rtsp, rtspEncryption }: Config): boolean => rtsp && rtspEncryption !== 'no';

/** By the name in the route. */
export const SESSION_LISTS: ReadonlyMap<string, SessionList> = new Map<string, SessionList>([
  ['rtspconns', { ...CONNECTION, kind: 'rtspConn', canKick: false, isServed: isRtsp }],
  ['rtspsessions', { ...SESSION, kind: 'rtspSession', isServed: isRtsp }],
  ['rtspsconns', { ...CONNECTION, kind: 'rtspsConn', canKick: false, isServed: isRtsps }],
  ['rtspssessions', { ...SESSION, kind: 'rtspsSession', isServed: isRtsps }],
  ['rtmpconns', { ...CONNECTION, kind: 'rtmpConn', isServed: ({ rtmp, rtmpEncryption }) => rtmp && rtmpEncryption !== 'strict' }],
  ['rtmpsconns', { ...CONNECTION, kind: 'rtmpsConn', isServed: ({ rtmp, rtmpEncryption }) => rtmp && rtmpEncryption !== 'no' }],
  ['hlssessions', { ...SESSION, kind: 'hlsSession', isServed: ({ hls }) => hls }],
  ['webrtcsessions', { ...SESSION, kind: 'webRTCSession', isServed: ({ webrtc }) => webrtc }],
  ['srtconns', { ...CONNECTION, kind: 'srtConn', isServed: ({ srt }) => srt }],
  ['moqsessions', { ...SESSION, kind: undefined, isServed: ({ moq }) => moq }],
]);
