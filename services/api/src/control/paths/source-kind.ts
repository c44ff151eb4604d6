import { parseSourceUrl } from '@mediamesh/config';

/** Contract 7.1: which gateway pulls a URL, and what it is called. */
export function sourceKindOf(url: string): { readonly service: string; readonly sourceType: string; readonly component: string } {
  const scheme = parseSourceUrl(url)?.scheme.split('+', 1)[0];
  switch (scheme) {
    case 'rtsp':
    case 'rtsps':
      return { service: 'rtsp', sourceType: 'rtspSource', component: 'RTSP source' };
    case 'rtmp':
    case 'rtmps':
      return { service: 'rtmp', sourceType: 'rtmpSource', component: 'RTMP source' };
    case 'http':
    case 'https':
      return { service: 'hls', sourceType: 'hlsSource', component: 'HLS source' };
    case 'srt':
      return { service: 'srt', sourceType: 'srtSource', component: 'SRT source' };
    case 'whep':
    case 'wheps':
      return { service: 'webrtc', sourceType: 'webRTCSource', component: 'WebRTC source' };
    default:
      return { service: 'rtsp', sourceType: 'rtpSource', component: 'RTP source' };
  }
}
