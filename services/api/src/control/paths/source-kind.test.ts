import { expect, test } from 'vitest';
import { sourceKindOf, staticSourceType } from './source-kind.ts';

test.each([
  ['rtsp://a', 'rtsp', 'rtspSource', 'RTSP source'],
  ['rtsps+ws://a', 'rtsp', 'rtspSource', 'RTSP source'],
  ['rtsp+http://a', 'rtsp', 'rtspSource', 'RTSP source'],
  ['rtmp://a', 'rtmp', 'rtmpSource', 'RTMP source'],
  ['RTMPS://a', 'rtmp', 'rtmpSource', 'RTMP source'],
  ['https://a/b.m3u8', 'hls', 'hlsSource', 'HLS source'],
  ['http://a:$G1/b.m3u8', 'hls', 'hlsSource', 'HLS source'],
  ['udp://239.0.0.1:1', 'srt', 'mpegtsSource', 'MPEG-TS source'],
  ['udp+mpegts://239.0.0.1:1', 'srt', 'mpegtsSource', 'MPEG-TS source'],
  ['unix+mpegts:///run/x', 'srt', 'mpegtsSource', 'MPEG-TS source'],
  ['unix+mpegts:x', 'srt', 'mpegtsSource', 'MPEG-TS source'],
  ['udp+rtp://239.0.0.1:1', 'rtsp', 'rtpSource', 'RTP source'],
  ['unix+rtp:///run/x', 'rtsp', 'rtpSource', 'RTP source'],
  ['srt://a:1', 'srt', 'srtSource', 'SRT source'],
  ['wheps://a', 'webrtc', 'webRTCSource', 'WebRTC source'],
  ['moqt://a', 'moq', 'moqSource', 'MoQ source'],
  ['rpiCamera', 'rtsp', 'rpiCameraSource', 'RPI Camera source'],
])('the source %s', (source, service, sourceType, component) => {
  expect(sourceKindOf(source)).toEqual({ service, sourceType, component });
  expect(staticSourceType(source)).toBe(sourceType);
});

test('a redirect has a type, and nobody pulls it', () => {
  expect(staticSourceType('redirect')).toBe('redirect');
  expect(() => sourceKindOf('redirect')).toThrow(RangeError);
});

test('other schemes are refused', () => {
  expect(() => sourceKindOf('ftp://a')).toThrow("the scheme 'ftp' is not one of a source");
});
