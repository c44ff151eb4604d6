import { describe, expect, test } from 'vitest';
import { AAC, H264, OPUS, muxerOf, stampedUnits } from '../testing.cases.ts';
import type { HlsMuxer } from '../muxer/hls-muxer.ts';
import type { HlsVariant } from '../muxer/stamped-unit.ts';
import type { PlaylistText } from './playlist-text.ts';
import { isOutOfReach, isThere, parseReloadTarget } from './blocking-reload.ts';
import { mediaPlaylist } from './media-playlist.ts';
import { multivariantPlaylist } from './multivariant-playlist.ts';

function filled(variant: HlsVariant, seconds: number, tracks = [H264, AAC]): HlsMuxer {
  const { state, units } = stampedUnits({ tracks, seconds });
  const muxer = muxerOf(state, variant);
  for (const unit of units) muxer.write(unit);
  return muxer;
}

const DATE_TIME = '#EXT-X-PROGRAM-DATE-TIME:T';
const ISO_TIME = /2023-11-14T22:13:[12]\d\.\d{3}Z/gu;
const textOf = (playlist: PlaylistText, query = ''): string =>
  playlist
    .withQuery(query)
    .replaceAll(/[0-9a-f]{12}_/gu, 'P_')
    .replaceAll(ISO_TIME, 'T');

describe('playlists, tag by tag as MediaMTX writes them', () => {
  test('low latency: gaps, parts of the last two segments and of the open one, a hint', () => {
    const text = textOf(mediaPlaylist(filled('lowLatency', 3), 0, false), 'session=s');
    const parts = (from: number, count: number): string[] =>
      Array.from({ length: count }, (_, at) => {
        const independent = (from + at) % 5 === 0 ? ',INDEPENDENT=YES' : '';
        return `#EXT-X-PART:DURATION=0.20000,URI="P_video1_part${from + at}.mp4?session=s"${independent}`;
      });
    expect(text.split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:10',
      '#EXT-X-TARGETDURATION:1',
      '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.50000,CAN-SKIP-UNTIL=6.00000',
      '#EXT-X-PART-INF:PART-TARGET=0.20000',
      '#EXT-X-MEDIA-SEQUENCE:2',
      '#EXT-X-MAP:URI="P_video1_init.mp4?session=s"',
      ...Array.from({ length: 5 }, () => ['#EXT-X-GAP', '#EXTINF:1.00000,', 'gap.mp4']).flat(),
      DATE_TIME,
      ...parts(0, 5),
      '#EXTINF:1.00000,',
      'P_video1_seg7.mp4?session=s',
      DATE_TIME,
      ...parts(5, 5),
      '#EXTINF:1.00000,',
      'P_video1_seg8.mp4?session=s',
      ...parts(10, 4),
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="P_video1_part14.mp4?session=s"',
      '',
    ]);
  });

  test('a delta update leaves out what is older than the boundary, and the init file', () => {
    const text = textOf(mediaPlaylist(filled('lowLatency', 12), 1, true));
    expect(text).toContain('#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n#EXTINF');
    expect(text).not.toContain('EXT-X-MAP');
    expect(text.match(/#EXTINF/gu)).toHaveLength(5);
  });

  test('fMP4', () => {
    const text = textOf(mediaPlaylist(filled('fmp4', 4), 0, false));
    expect(text.split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:10',
      '#EXT-X-TARGETDURATION:1',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-MAP:URI="P_video1_init.mp4"',
      '#EXTINF:1.00000,',
      'P_video1_seg0.mp4',
      DATE_TIME,
      '#EXTINF:1.00000,',
      'P_video1_seg1.mp4',
      DATE_TIME,
      '#EXTINF:1.00000,',
      'P_video1_seg2.mp4',
      '',
    ]);
  });

  test('MPEG-TS', () => {
    const text = textOf(mediaPlaylist(filled('mpegts', 2), 0, false));
    expect(text.split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:3',
      '#EXT-X-ALLOW-CACHE:NO',
      '#EXT-X-TARGETDURATION:1',
      '#EXT-X-MEDIA-SEQUENCE:0',
      DATE_TIME,
      '#EXTINF:1.00000,',
      'P_main_seg0.ts',
      '',
    ]);
  });

  test.each<[string, HlsVariant, (typeof H264)[], string[]]>([
    [
      'video and two audio tracks',
      'lowLatency',
      [H264, AAC, OPUS],
      [
        '#EXT-X-VERSION:10',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio2",AUTOSELECT=YES,DEFAULT=YES,URI="audio2_stream.m3u8"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio3",AUTOSELECT=YES,URI="audio3_stream.m3u8"',
        '',
        '#EXT-X-STREAM-INF:BANDWIDTH=B,AVERAGE-BANDWIDTH=B,CODECS="avc1.64000a,mp4a.40.2,opus",R,AUDIO="audio"',
        'video1_stream.m3u8',
      ],
    ],
    [
      'two audio tracks',
      'fmp4',
      [AAC, OPUS],
      [
        '#EXT-X-VERSION:10',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio1",AUTOSELECT=YES,DEFAULT=YES',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio2",AUTOSELECT=YES,URI="audio2_stream.m3u8"',
        '',
        '#EXT-X-STREAM-INF:BANDWIDTH=B,AVERAGE-BANDWIDTH=B,CODECS="mp4a.40.2,opus",AUDIO="audio"',
        'audio1_stream.m3u8',
      ],
    ],
    [
      'MPEG-TS',
      'mpegts',
      [H264, AAC],
      [
        '#EXT-X-VERSION:3',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '',
        '#EXT-X-STREAM-INF:BANDWIDTH=B,AVERAGE-BANDWIDTH=B,CODECS="avc1.64000a,mp4a.40.2",R',
        'main_stream.m3u8',
      ],
    ],
  ])('multivariant, %s', (_, variant, tracks, lines) => {
    const text = textOf(multivariantPlaylist(filled(variant, 4, tracks)));
    const masked = text.replaceAll(/BANDWIDTH=\d+/gu, 'BANDWIDTH=B').replace(/RESOLUTION=\d+x\d+(,FRAME-RATE=[\d.]+)?/u, 'R');
    expect(masked.split('\n')).toEqual(['#EXTM3U', ...lines, '']);
  });
});

describe('blocking reloads', () => {
  test.each([
    [undefined, undefined, undefined],
    ['', '', undefined],
    ['7', undefined, { segment: 7, part: 0 }],
    ['7', '3', { segment: 7, part: 3 }],
    [undefined, '3', 'malformed'],
    ['-1', undefined, 'malformed'],
    ['7', 'x', 'malformed'],
    ['9'.repeat(16), undefined, 'malformed'],
  ])('_HLS_msn=%s, _HLS_part=%s', (segment, part, target) => {
    expect(parseReloadTarget(segment, part)).toEqual(target);
  });

  test('answered from the part on that was asked for', () => {
    const muxer = filled('lowLatency', 3); // segments 7 and 8, and 4 parts of 9
    const there = (segment: number, part: number): boolean => isThere(muxer, { segment, part });
    expect([there(7, 0), there(8, 4), there(8, 99), there(9, 3)]).toEqual([true, true, true, true]);
    expect([there(9, 4), there(10, 0)]).toEqual([false, false]);
    const outOfReach = (segment: number): boolean => isOutOfReach(muxer, { segment, part: 0 });
    expect([outOfReach(1), outOfReach(2), outOfReach(10), outOfReach(11)]).toEqual([true, false, false, true]);
  });
});
