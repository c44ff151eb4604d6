import { bytesFromBase64, bytesFromHex } from '@mediamesh/bytes';
import type { RtpFormat } from './rtp-format.ts';

export const SPS = 'Z2QAHqzZQKAv+XARAAADAAEAAAMAMg8WLZY=';
export const PPS = 'aOvjyyLA';

/** Descriptions as devices and programs write them, and what is read of them: media type, then its formats. */
export interface SdpCase {
  readonly name: string;
  readonly text: string;
  readonly title?: string;
  readonly media: readonly { readonly mediaType: string; readonly control?: string; readonly formats: readonly RtpFormat[] }[];
}

function h264(payloadType: number, packetizationMode?: number): RtpFormat {
  return {
    payloadType,
    clockRateHz: 90000,
    description: { codec: 'H264', parameters: { sps: bytesFromBase64(SPS), pps: bytesFromBase64(PPS) } },
    wire: packetizationMode === undefined ? {} : { packetizationMode },
  };
}

export const SDP_CASES: readonly SdpCase[] = [
  {
    name: 'ffmpeg, H264 and AAC',
    text: `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=No Name\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\na=tool:libavformat 59.27.100\r\nm=video 0 RTP/AVP 96\r\nb=AS:200\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1; sprop-parameter-sets=${SPS},${PPS}; profile-level-id=64001E\r\na=control:streamid=0\r\nm=audio 0 RTP/AVP 97\r\nb=AS:128\r\na=rtpmap:97 MPEG4-GENERIC/44100/2\r\na=fmtp:97 profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3; config=121056E500\r\na=control:streamid=1\r\n`,
    title: 'No Name',
    media: [
      { mediaType: 'video', control: 'streamid=0', formats: [h264(96, 1)] },
      {
        mediaType: 'audio',
        control: 'streamid=1',
        formats: [
          {
            payloadType: 97,
            clockRateHz: 44100,
            description: { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('121056e500') } },
            wire: { sizeLength: 13, indexLength: 3, indexDeltaLength: 3, profileLevelId: 1 },
          },
        ],
      },
    ],
  },
  {
    name: 'Hikvision style: H264 without packetization-mode 1, metadata, trailing attributes',
    text: `v=0\r\no=- 1109162014219182 0 IN IP4 0.0.0.0\r\ns=HIK Media Server V3.4.2\r\ni=HIK Media Server Session Description : standard\r\ne=NONE\r\nc=IN c=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\nb=AS:1034\r\na=range:npt=now-\r\nm=video 0 RTP/AVP 96\r\ni=Video Media\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=4D0014;packetization-mode=0;sprop-parameter-sets=${SPS},${PPS}\r\na=control:trackID=video\r\nb=AS:1024\r\nm=audio 0 RTP/AVP 0\r\ni=Audio Media\r\na=rtpmap:0 PCMU/8000\r\na=control:trackID=audio\r\nb=AS:10\r\na=Media_header:MEDIAINFO=494D4B48020100000400000100000000000000000000000000000000000000000000000000000000;\r\na=appversion:1.0\r\n`,
    title: 'HIK Media Server V3.4.2',
    media: [
      { mediaType: 'video', control: 'trackID=video', formats: [h264(96, 0)] },
      {
        mediaType: 'audio',
        control: 'trackID=audio',
        formats: [
          {
            payloadType: 0,
            clockRateHz: 8000,
            description: { codec: 'G711', parameters: { muLaw: true, sampleRateHz: 8000, channelCount: 1 } },
            wire: {},
          },
        ],
      },
    ],
  },
  {
    name: 'Dahua style: origin with words, LF line ends, H265 and ONVIF metadata',
    text: 'v=0\no=RTSP Session 1 2 IN IP4 0.0.0.0\ns=Media Server\nc=IN IP4 0.0.0.0\nt=0 0\na=control:*\na=packetization-supported:DH\na=range:npt=now-\nm=video 0 RTP/AVP 98\na=control:trackID=0\na=framerate:25.000000\na=rtpmap:98 H265/90000\na=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAsAAAAwAAAwBaoAWCAeFja5JFL83BQYFBAAADAAEAAAMADKE=;sprop-pps=RAHA8saNA7NA;sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwBarAwAAAMABAAAAwAyqA==\na=recvonly\nm=application 0 RTP/AVP 107\na=control:trackID=4\na=rtpmap:107 vnd.onvif.metadata/90000\na=recvonly\n',
    title: 'Media Server',
    media: [
      {
        mediaType: 'video',
        control: 'trackID=0',
        formats: [
          {
            payloadType: 98,
            clockRateHz: 90000,
            description: {
              codec: 'H265',
              parameters: {
                vps: bytesFromBase64('QAEMAf//AWAAAAMAsAAAAwAAAwBarAwAAAMABAAAAwAyqA=='),
                sps: bytesFromBase64('QgEBAWAAAAMAsAAAAwAAAwBaoAWCAeFja5JFL83BQYFBAAADAAEAAAMADKE='),
                pps: bytesFromBase64('RAHA8saNA7NA'),
              },
            },
            wire: {},
          },
        ],
      },
      {
        mediaType: 'application',
        control: 'trackID=4',
        formats: [
          {
            payloadType: 107,
            clockRateHz: 90000,
            description: {
              codec: 'Generic',
              parameters: { rtpMap: 'vnd.onvif.metadata/90000', fmtp: {}, payloadType: 107, mediaType: 'application' },
            },
            wire: {},
          },
        ],
      },
    ],
  },
  {
    name: 'Axis style: absolute control, G726 and JPEG',
    text: 'v=0\r\no=- 1001 1 IN \r\ns=Session streamed by Axis\r\nt=0 0\r\na=control:rtsp://10.0.0.1/axis-media/media.amp\r\nm=video 0 RTP/AVP 26\r\na=control:rtsp://10.0.0.1/axis-media/media.amp/trackID=1\r\na=framerate:25\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 G726-32/8000\r\na=control:rtsp://10.0.0.1/axis-media/media.amp/trackID=2\r\n',
    title: 'Session streamed by Axis',
    media: [
      {
        mediaType: 'video',
        control: 'rtsp://10.0.0.1/axis-media/media.amp/trackID=1',
        formats: [{ payloadType: 26, clockRateHz: 90000, description: { codec: 'M-JPEG', parameters: {} }, wire: {} }],
      },
      {
        mediaType: 'audio',
        control: 'rtsp://10.0.0.1/axis-media/media.amp/trackID=2',
        formats: [
          {
            payloadType: 97,
            clockRateHz: 8000,
            description: { codec: 'G726', parameters: { bitrateBps: 32000, aal2: false } },
            wire: {},
          },
        ],
      },
    ],
  },
  {
    name: 'TP-Link: smart payload type, vendor media',
    text: 'v=0\r\no=- 14665860 31787219 1 IN IP4 192.168.4.226\r\ns=Session streamed by "TP-LINK RTSP Server"\r\nt=0 0\r\nm=application/TP-LINK 0 RTP/AVP smart/1/90000\r\na=rtpmap:95 TP-LINK/90000\r\na=control:track3\r\n',
    title: 'Session streamed by "TP-LINK RTSP Server"',
    media: [
      {
        mediaType: 'application',
        control: 'track3',
        formats: [
          {
            payloadType: 95,
            clockRateHz: 90000,
            description: { codec: 'Generic', parameters: { rtpMap: 'TP-LINK/90000', fmtp: {}, payloadType: 95, mediaType: 'application' } },
            wire: {},
          },
        ],
      },
    ],
  },
  {
    name: 'no version, no session name, odd origin and timing, blank lines, CR alone',
    text: 'o= 0 0   \rc=IN \rt=now-\r\r\rm=video 8048 MP2T/AVP 33\r',
    media: [
      {
        mediaType: 'video',
        formats: [
          {
            payloadType: 33,
            clockRateHz: 90000,
            description: { codec: 'MPEG-TS', parameters: { rtpMap: '', fmtp: {}, payloadType: 33, mediaType: 'video' } },
            wire: {},
          },
        ],
      },
    ],
  },
  {
    name: 'several formats in a media',
    text: 'v=0\r\ns= \r\nm=video 0 RTP/AVP 96 97 98\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=2\r\n',
    media: [
      {
        mediaType: 'video',
        formats: [
          { payloadType: 96, clockRateHz: 90000, description: { codec: 'VP8', parameters: {} }, wire: {} },
          {
            payloadType: 97,
            clockRateHz: 90000,
            description: {
              codec: 'Generic',
              parameters: { rtpMap: 'rtx/90000', fmtp: { apt: '96' }, payloadType: 97, mediaType: 'video' },
            },
            wire: {},
          },
          { payloadType: 98, clockRateHz: 90000, description: { codec: 'VP9', parameters: { profileId: 2 } }, wire: {} },
        ],
      },
    ],
  },
];

/** One format: its lines, what they mean, and the lines that are written for it where they differ. */
export interface FormatCase {
  readonly name: string;
  readonly media: string;
  readonly payloadType: number;
  readonly rtpMap?: string;
  readonly fmtp?: string;
  readonly format: Omit<RtpFormat, 'payloadType' | 'wire'> & { readonly wire?: RtpFormat['wire'] };
  readonly written?: { readonly rtpMap: string; readonly fmtp: string };
}

export const FORMAT_CASES: readonly FormatCase[] = [
  {
    name: 'AV1',
    media: 'video',
    payloadType: 96,
    rtpMap: 'AV1/90000',
    fmtp: 'level-idx=8; profile=2; tier=1',
    format: { clockRateHz: 90000, description: { codec: 'AV1', parameters: { levelIdx: 8, profile: 2, tier: 1 } } },
  },
  {
    name: 'H264 with start codes in its parameter sets',
    media: 'video',
    payloadType: 96,
    rtpMap: 'H264/90000',
    fmtp: 'packetization-mode=1; sprop-parameter-sets=AAAAAWdNABQ=,AAAAAWjr',
    format: {
      clockRateHz: 90000,
      description: { codec: 'H264', parameters: { sps: bytesFromHex('674d0014'), pps: bytesFromHex('68eb') } },
      wire: { packetizationMode: 1 },
    },
    written: { rtpMap: 'H264/90000', fmtp: 'packetization-mode=1; profile-level-id=4D0014; sprop-parameter-sets=Z00AFA==,aOs=' },
  },
  {
    name: 'H264 with a placeholder for its SPS, and the static type of some cameras',
    media: 'video',
    payloadType: 35,
    rtpMap: 'H264/90000',
    fmtp: 'packetization-mode=1; sprop-parameter-sets=AAAA,aOs=',
    format: { clockRateHz: 90000, description: { codec: 'H264', parameters: {} }, wire: { packetizationMode: 1 } },
    written: { rtpMap: 'H264/90000', fmtp: 'packetization-mode=1' },
  },
  {
    name: 'H265 with DON',
    media: 'video',
    payloadType: 96,
    rtpMap: 'H265/90000',
    fmtp: 'sprop-max-don-diff=2',
    format: { clockRateHz: 90000, description: { codec: 'H265', parameters: { maxDonDiff: 2 } } },
  },
  {
    name: 'MPEG-4 Video',
    media: 'video',
    payloadType: 96,
    rtpMap: 'MP4V-ES/90000',
    fmtp: 'config=000001B001; profile-level-id=3',
    format: {
      clockRateHz: 90000,
      description: { codec: 'MPEG-4 Video', parameters: { profileLevelId: 3, config: bytesFromHex('000001b001') } },
    },
  },
  {
    name: 'MPEG-1/2 Video',
    media: 'video',
    payloadType: 32,
    format: { clockRateHz: 90000, description: { codec: 'MPEG-1/2 Video', parameters: {} } },
  },
  {
    name: 'Opus, stereo',
    media: 'audio',
    payloadType: 111,
    rtpMap: 'opus/48000/2',
    fmtp: 'sprop-stereo=1',
    format: { clockRateHz: 48000, description: { codec: 'Opus', parameters: { channelCount: 2 } } },
  },
  {
    name: 'Opus without fmtp is mono',
    media: 'audio',
    payloadType: 111,
    rtpMap: 'OPUS/48000/2',
    format: { clockRateHz: 48000, description: { codec: 'Opus', parameters: { channelCount: 1 } } },
    written: { rtpMap: 'opus/48000/2', fmtp: 'sprop-stereo=0' },
  },
  {
    name: 'multiopus',
    media: 'audio',
    payloadType: 111,
    rtpMap: 'multiopus/48000/6',
    fmtp: 'channel_mapping=0,4,1,2,3,5; coupled_streams=2; num_streams=4; sprop-maxcapturerate=48000',
    format: {
      clockRateHz: 48000,
      description: {
        codec: 'Opus',
        parameters: { channelCount: 6, multistream: { streamCount: 4, coupledCount: 2, mapping: [0, 4, 1, 2, 3, 5] } },
      },
    },
  },
  {
    name: 'AAC with other field sizes, an underscore in its mode, and HE-AAC with parametric stereo',
    media: 'audio',
    payloadType: 97,
    rtpMap: 'mpeg4-generic/22050/2',
    fmtp: 'streamtype=5;mode=AAC_hbr;profile-level-id=16;config=eb8a08;sizelength=6;indexlength=2',
    format: {
      clockRateHz: 22050,
      description: { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('eb8a08') } },
      wire: { sizeLength: 6, indexLength: 2, indexDeltaLength: 0, profileLevelId: 16 },
    },
    written: {
      rtpMap: 'mpeg4-generic/22050/2',
      fmtp: 'config=eb8a08; indexlength=2; mode=AAC-hbr; profile-level-id=16; sizelength=6; streamtype=5',
    },
  },
  {
    name: 'LATM, configuration outside',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'MP4A-LATM/24000/2',
    fmtp: 'profile-level-id=15;object=2;cpresent=0;config=400026203fc0;SBR-enabled=1',
    format: {
      clockRateHz: 24000,
      description: {
        codec: 'MPEG-4 Audio LATM',
        parameters: { profileLevelId: 15, configInBand: false, config: bytesFromHex('400026203fc0'), sbrEnabled: true },
      },
    },
    written: { rtpMap: 'MP4A-LATM/24000', fmtp: 'SBR-enabled=1; config=400026203fc0; cpresent=0; profile-level-id=15' },
  },
  {
    name: 'LATM, configuration inside',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'MP4A-LATM/90000/1',
    fmtp: 'cpresent=1; profile-level-id=30',
    format: { clockRateHz: 90000, description: { codec: 'MPEG-4 Audio LATM', parameters: { profileLevelId: 30, configInBand: true } } },
  },
  {
    name: 'MPEG-1/2 Audio',
    media: 'audio',
    payloadType: 14,
    format: { clockRateHz: 90000, description: { codec: 'MPEG-1/2 Audio', parameters: {} } },
  },
  {
    name: 'AC-3 without channel count',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'AC3/48000',
    format: { clockRateHz: 48000, description: { codec: 'AC3', parameters: { sampleRateHz: 48000, channelCount: 6 } } },
    written: { rtpMap: 'AC3/48000/6', fmtp: '' },
  },
  {
    name: 'G726 in AAL2 order',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'AAL2-G726-40/8000',
    format: { clockRateHz: 8000, description: { codec: 'G726', parameters: { bitrateBps: 40000, aal2: true } } },
  },
  {
    name: 'G722',
    media: 'audio',
    payloadType: 9,
    rtpMap: 'G722/8000',
    format: { clockRateHz: 8000, description: { codec: 'G722', parameters: { channelCount: 1 } } },
  },
  {
    name: 'G711 A-law, static without lines',
    media: 'audio',
    payloadType: 8,
    format: { clockRateHz: 8000, description: { codec: 'G711', parameters: { muLaw: false, sampleRateHz: 8000, channelCount: 1 } } },
    written: { rtpMap: 'PCMA/8000', fmtp: '' },
  },
  {
    name: 'G711 mu-law, dynamic and stereo',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'PCMU/16000/2',
    format: { clockRateHz: 16000, description: { codec: 'G711', parameters: { muLaw: true, sampleRateHz: 16000, channelCount: 2 } } },
  },
  {
    name: 'LPCM, static',
    media: 'audio',
    payloadType: 10,
    format: { clockRateHz: 44100, description: { codec: 'LPCM', parameters: { bitDepth: 16, sampleRateHz: 44100, channelCount: 2 } } },
    written: { rtpMap: 'L16/44100/2', fmtp: '' },
  },
  {
    name: 'LPCM, 24 bits',
    media: 'audio',
    payloadType: 98,
    rtpMap: 'L24/48000/2',
    format: { clockRateHz: 48000, description: { codec: 'LPCM', parameters: { bitDepth: 24, sampleRateHz: 48000, channelCount: 2 } } },
  },
  {
    name: 'KLV',
    media: 'application',
    payloadType: 97,
    rtpMap: 'SMPTE336M/90000',
    format: { clockRateHz: 90000, description: { codec: 'KLV', parameters: {} } },
  },
  {
    name: 'Vorbis',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'VORBIS/44100/2',
    fmtp: 'configuration=AQIDBA==',
    format: {
      clockRateHz: 44100,
      description: {
        codec: 'Vorbis',
        parameters: { rtpMap: 'VORBIS/44100/2', fmtp: { configuration: 'AQIDBA==' }, payloadType: 96, mediaType: 'audio' },
      },
    },
  },
  {
    name: 'Speex',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'speex/16000',
    fmtp: 'vbr=off',
    format: {
      clockRateHz: 16000,
      description: { codec: 'Speex', parameters: { rtpMap: 'speex/16000', fmtp: { vbr: 'off' }, payloadType: 96, mediaType: 'audio' } },
    },
  },
  {
    name: 'FLAC',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'FLAC/48000/2',
    format: {
      clockRateHz: 48000,
      description: { codec: 'FLAC', parameters: { rtpMap: 'FLAC/48000/2', fmtp: {}, payloadType: 96, mediaType: 'audio' } },
    },
  },
  {
    name: 'MPEG-TS without rtpmap gets one',
    media: 'video',
    payloadType: 33,
    format: {
      clockRateHz: 90000,
      description: { codec: 'MPEG-TS', parameters: { rtpMap: '', fmtp: {}, payloadType: 33, mediaType: 'video' } },
    },
    written: { rtpMap: 'MP2T/90000', fmtp: '' },
  },
  {
    name: 'data without clock rate',
    media: 'application',
    payloadType: 107,
    format: {
      clockRateHz: 90000,
      description: { codec: 'Generic', parameters: { rtpMap: '', fmtp: {}, payloadType: 107, mediaType: 'application' } },
    },
    written: { rtpMap: '', fmtp: '' },
  },
  {
    name: 'an inherited name as parameter',
    media: 'audio',
    payloadType: 96,
    rtpMap: 'custom/8000',
    fmtp: '__proto__=x',
    format: {
      clockRateHz: 8000,
      description: {
        codec: 'Generic',
        parameters: { rtpMap: 'custom/8000', fmtp: Object.fromEntries([['__proto__', 'x']]), payloadType: 96, mediaType: 'audio' },
      },
    },
  },
];

const AAC = 'm=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/44100/2\r\na=fmtp:97 ';

/** What is refused, and the part of the message that says why. */
export const MALFORMED: readonly (readonly [name: string, text: string, problem: RegExp])[] = [
  ['no text at all is no line', 'hello', /invalid line/],
  ['unknown key', 'x=1', /invalid line/],
  ['version', 'v=1\r\n', /version/],
  ['media type', 'm=movie 0 RTP/AVP 96\r\n', /malformed media/],
  ['media without formats', 'm=video 0 RTP/AVP\r\n', /malformed media/],
  ['media port', 'm=video x RTP/AVP 96\r\n', /malformed media/],
  ['media protocol', 'm=video 0 FTP 96\r\n', /malformed media/],
  ['payload type', 'm=audio 0 RTP/AVP 128\r\n', /payload type/],
  ['no clock rate', 'm=audio 0 RTP/AVP 96\r\n', /clock rate/],
  ['clock rate of 0', 'm=audio 0 RTP/AVP 96\r\na=rtpmap:96 custom/0\r\n', /clock rate of 0/],
  ['clock rate beyond 31 bits', 'm=audio 0 RTP/AVP 96\r\na=rtpmap:96 custom/9999999999\r\n', /clock rate/],
  ['channel count', 'm=audio 0 RTP/AVP 96\r\na=rtpmap:96 L16/8000/256\r\n', /256 channels/],
  ['Opus with another clock', 'm=audio 0 RTP/AVP 96\r\na=rtpmap:96 opus/16000/2\r\n', /48000/],
  ['Opus with one channel', 'm=audio 0 RTP/AVP 96\r\na=rtpmap:96 opus/48000\r\n', /two channels/],
  ['AAC without config', `${AAC}sizelength=13\r\n`, /config of AAC is missing/],
  ['AAC without sizelength', `${AAC}config=1210\r\n`, /sizelength/],
  ['AAC with another mode', `${AAC}config=1210;sizelength=13;mode=CELP-cbr\r\n`, /mode/],
  ['AAC with a field of 33 bits', `${AAC}config=1210;sizelength=33\r\n`, /33 bits/],
  ['AAC with a truncated config', `${AAC}config=12;sizelength=13\r\n`, /AudioSpecificConfig/],
  ['AAC with another stream type', `${AAC}config=1210;sizelength=13;streamtype=4\r\n`, /streamtype/],
  ['H264 sets that are no base64', 'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=!,!\r\n', /base64/],
  ['duplicate mids', 'm=audio 0 RTP/AVP 0\r\na=mid:1\r\nm=audio 0 RTP/AVP 0\r\na=mid:1\r\n', /media ids/],
  ['mids in some medias only', 'm=audio 0 RTP/AVP 0\r\na=mid:1\r\nm=audio 0 RTP/AVP 0\r\n', /media ids/],
];
