import type { MediaPlaylist } from './media-playlist.ts';

/** Playlists, and what of them matters. */
export const MEDIA_PLAYLISTS: readonly { readonly name: string; readonly text: string; readonly expected: Partial<MediaPlaylist> }[] = [
  {
    name: 'MPEG-TS of a live stream',
    text: '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2.000000,\na.ts\n# a comment\n\n#EXTINF:1.5,title\nb.ts?x=1\n',
    expected: {
      targetDurationMs: 2_000,
      mediaSequence: 7,
      ended: false,
      partTargetMs: undefined,
      segments: [
        { uri: 'a.ts', durationMs: 2_000, discontinuitySequence: 0, gap: false, parts: [] },
        { uri: 'b.ts?x=1', durationMs: 1_500, discontinuitySequence: 0, gap: false, parts: [] },
      ],
    },
  },
  {
    name: 'fMP4 in ranges, with CRLF and a byte order mark',
    text: '\ufeff#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXT-X-MAP:URI="all.mp4",BYTERANGE="700@0"\r\n#EXTINF:4,\r\n#EXT-X-BYTERANGE:100@700\r\nall.mp4\r\n#EXTINF:4,\r\n#EXT-X-BYTERANGE:50\r\nall.mp4\r\n#EXT-X-ENDLIST\r\n',
    expected: {
      ended: true,
      segments: [
        {
          uri: 'all.mp4',
          range: { offset: 700, length: 100 },
          map: { uri: 'all.mp4', range: { offset: 0, length: 700 } },
          durationMs: 4_000,
          discontinuitySequence: 0,
          gap: false,
          parts: [],
        },
        {
          uri: 'all.mp4',
          range: { offset: 800, length: 50 },
          map: { uri: 'all.mp4', range: { offset: 0, length: 700 } },
          durationMs: 4_000,
          discontinuitySequence: 0,
          gap: false,
          parts: [],
        },
      ],
    },
  },
  {
    name: 'discontinuities, gaps and dates',
    text: '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-DISCONTINUITY-SEQUENCE:3\n#EXT-X-PROGRAM-DATE-TIME:2020-01-01T00:00:00Z\n#EXTINF:2,\na.ts\n#EXT-X-GAP\n#EXTINF:2,\nb.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\nc.ts\n',
    expected: {
      segments: [
        { uri: 'a.ts', durationMs: 2_000, discontinuitySequence: 3, gap: false, parts: [], programDateTimeMs: 1_577_836_800_000 },
        { uri: 'b.ts', durationMs: 2_000, discontinuitySequence: 3, gap: true, parts: [], programDateTimeMs: 1_577_836_802_000 },
        { uri: 'c.ts', durationMs: 2_000, discontinuitySequence: 4, gap: false, parts: [] },
      ],
    },
  },
  {
    name: 'low latency',
    text: '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.5\n#EXT-X-PART-INF:PART-TARGET=0.2\n#EXT-X-MAP:URI="i.mp4"\n#EXT-X-PART:DURATION=0.2,URI="p0.mp4",INDEPENDENT=YES\n#EXTINF:0.2,\ns0.mp4\n#EXT-X-PART:DURATION=0.2,URI="p1.mp4"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p2.mp4"\n',
    expected: {
      partTargetMs: 200,
      canBlockReload: true,
      segments: [
        {
          uri: 's0.mp4',
          map: { uri: 'i.mp4' },
          durationMs: 200,
          discontinuitySequence: 0,
          gap: false,
          parts: [{ uri: 'p0.mp4', independent: true, gap: false, durationMs: 200 }],
        },
      ],
      open: {
        map: { uri: 'i.mp4' },
        discontinuitySequence: 0,
        parts: [{ uri: 'p1.mp4', independent: false, gap: false, durationMs: 200 }],
      },
    },
  },
];

export const MULTIVARIANT = `#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="one, \u00fc",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="audio1.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="in the variant"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="text",URI="subs.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="vp8,opus"
unknown.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=200000,AVERAGE-BANDWIDTH=150000,CODECS="avc1.64001f, mp4a.40.2",RESOLUTION=640x360,AUDIO="audio"
video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64001f,mp4a.40.2",AUDIO="audio"
larger.m3u8
`;

/** Texts, and what is said against them. */
export const MALFORMED: readonly (readonly [name: string, text: string, problem: string])[] = [
  ['nothing', '', 'does not begin with #EXTM3U'],
  ['another file', '<html></html>', 'does not begin with #EXTM3U'],
  ['no target duration', '#EXTM3U\n', 'has no EXT-X-TARGETDURATION'],
  ['a URI without EXTINF', '#EXTM3U\n#EXT-X-TARGETDURATION:1\na.ts\n', 'has a URI without EXTINF'],
  ['a duration that is none', '#EXTM3U\n#EXT-X-TARGETDURATION:x\n', "'x' is not a number"],
  ['a negative duration', '#EXTM3U\n#EXT-X-TARGETDURATION:-1\n', "'-1' is not a number"],
  ['a sequence that is no integer', '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1.5\n', "'1.5' is not an integer"],
  ['a sequence that is too large', '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:99999999999999999999\n', 'is not a number from 0 to'],
  ['attributes that are none', '#EXTM3U\n#EXT-X-MAP:URI\n', 'has a malformed attribute'],
  ['a map without address', '#EXTM3U\n#EXT-X-MAP:X=1\n', 'has no URI'],
  ['an empty range', '#EXTM3U\n#EXT-X-MAP:URI="a",BYTERANGE="0@1"\n', 'is empty, or too large'],
  ['a date that is none', '#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:yesterday\n', 'is not a date'],
  ['encrypted media', '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n', 'encrypted'],
  ['a delta update', '#EXTM3U\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n', 'no delta update was asked for'],
];
