import { parseSourceUrl } from '@mediamesh/config';

/** `Path.source.type` of a path that is not published to. Source: contract 7.1. */
export function staticSourceType(source: string): string {
  if (source === 'redirect') return 'redirect';
  if (source === 'rpiCamera') return 'rpiCameraSource';
  const [scheme = '', inner] = parseSourceUrl(source)?.scheme.split('+', 2) ?? [];
  return SOURCE_TYPES[scheme] ?? (inner === 'rtp' ? 'rtpSource' : 'mpegtsSource');
}

const SOURCE_TYPES: Readonly<Record<string, string>> = {
  rtsp: 'rtspSource',
  rtsps: 'rtspSource',
  rtmp: 'rtmpSource',
  rtmps: 'rtmpSource',
  http: 'hlsSource',
  https: 'hlsSource',
  srt: 'srtSource',
  moqt: 'moqSource',
  whep: 'webRTCSource',
  wheps: 'webRTCSource',
};
