import { parseSourceUrl } from '@mediamesh/config';

/** What the value of the key `source` stands for, when it is neither `publisher` nor `redirect`. */
export interface SourceKind {
  /** The gateways that pull it. */
  readonly service: string;
  /** `Path.source.type` of the API. */
  readonly sourceType: string;
  /** Of log lines. */
  readonly component: string;
}

const RTSP: SourceKind = { service: 'rtsp', sourceType: 'rtspSource', component: 'RTSP source' };
const RTP: SourceKind = { service: 'rtsp', sourceType: 'rtpSource', component: 'RTP source' };
const RPI_CAMERA: SourceKind = { service: 'rtsp', sourceType: 'rpiCameraSource', component: 'RPI Camera source' };
const RTMP: SourceKind = { service: 'rtmp', sourceType: 'rtmpSource', component: 'RTMP source' };
const HLS: SourceKind = { service: 'hls', sourceType: 'hlsSource', component: 'HLS source' };
const MPEG_TS: SourceKind = { service: 'srt', sourceType: 'mpegtsSource', component: 'MPEG-TS source' };
const SRT: SourceKind = { service: 'srt', sourceType: 'srtSource', component: 'SRT source' };
const WEBRTC: SourceKind = { service: 'webrtc', sourceType: 'webRTCSource', component: 'WebRTC source' };
/** No gateway has it: a path with such a source waits. */
const MOQ: SourceKind = { service: 'moq', sourceType: 'moqSource', component: 'MoQ source' };

/** By scheme. Source: contract 7.1, 2.3.1. */
const KINDS: ReadonlyMap<string, SourceKind> = new Map([
  ['rtsp', RTSP],
  ['rtsps', RTSP],
  ['rtsp+http', RTSP],
  ['rtsps+http', RTSP],
  ['rtsp+ws', RTSP],
  ['rtsps+ws', RTSP],
  ['udp+rtp', RTP],
  ['unix+rtp', RTP],
  ['rtmp', RTMP],
  ['rtmps', RTMP],
  ['http', HLS],
  ['https', HLS],
  ['udp', MPEG_TS],
  ['udp+mpegts', MPEG_TS],
  ['unix+mpegts', MPEG_TS],
  ['srt', SRT],
  ['whep', WEBRTC],
  ['wheps', WEBRTC],
  ['moqt', MOQ],
]);

/** Errors: RangeError for what the schema refuses, and for `publisher` and `redirect`. */
export function sourceKindOf(source: string): SourceKind {
  if (source === 'rpiCamera') return RPI_CAMERA;
  const scheme = parseSourceUrl(source)?.scheme ?? /^([a-z+]+):/i.exec(source)?.[1]?.toLowerCase() ?? '';
  const kind = KINDS.get(scheme);
  if (kind === undefined) throw new RangeError(`the scheme '${scheme}' is not one of a source`);
  return kind;
}

/** `Path.source.type` of a path that is not published to. */
export function staticSourceType(source: string): string {
  return source === 'redirect' ? 'redirect' : sourceKindOf(source).sourceType;
}
