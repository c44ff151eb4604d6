import type { AudioTag } from './audio.ts';
import type { VideoTag } from './video.ts';

type Expected<T> = Partial<Omit<T, 'body' | 'kind'>> & { readonly body: string };

/** What a video message holds; `body` in hexadecimal. */
export const VIDEO_CASES: readonly { readonly name: string; readonly hex: string; readonly tags: readonly Expected<VideoTag>[] }[] = [
  {
    name: 'a configuration of H264',
    hex: '17' + '00' + '000000' + '0142c01e',
    tags: [{ codec: 'H264', packet: 'sequenceStart', key: true, compositionMs: 0, trackId: 0, body: '0142c01e' }],
  },
  {
    name: 'a frame of H264 with a composition time',
    hex: '27' + '01' + '000050' + '00000001aa',
    tags: [{ codec: 'H264', packet: 'frame', key: false, compositionMs: 80, body: '00000001aa' }],
  },
  {
    name: 'a negative composition time',
    hex: '27' + '01' + 'ffffd8' + 'aa',
    tags: [{ codec: 'H264', packet: 'frame', compositionMs: -40, body: 'aa' }],
  },
  { name: 'the end of H264', hex: '17' + '02' + '000000', tags: [{ codec: 'H264', packet: 'sequenceEnd', body: '' }] },
  {
    name: 'H265 as some CDNs have it',
    hex: '1c' + '01' + '000000' + 'aa',
    tags: [{ codec: 'H265', packet: 'frame', key: true, body: 'aa' }],
  },
  { name: 'VP6', hex: '14' + 'aa', tags: [{ codec: undefined, codecLabel: 'VP6', packet: 'frame', body: 'aa' }] },
  { name: 'a command of a player', hex: '57' + '00', tags: [{ packet: 'other', body: '00' }] },
  { name: 'nothing', hex: '', tags: [] },
  {
    name: 'a configuration of H265',
    hex: '90' + '68766331' + '01',
    tags: [{ codec: 'H265', packet: 'sequenceStart', key: true, trackId: 0, body: '01' }],
  },
  {
    name: 'a frame of H265 with a composition time',
    hex: 'a1' + '68766331' + '000050' + 'aa',
    tags: [{ codec: 'H265', packet: 'frame', key: false, compositionMs: 80, body: 'aa' }],
  },
  { name: 'a frame of H265 without', hex: '93' + '68766331' + 'aa', tags: [{ codec: 'H265', packet: 'frame', key: true, body: 'aa' }] },
  {
    name: 'a frame of AV1, which has no composition time',
    hex: '91' + '61763031' + '0a',
    tags: [{ codec: 'AV1', packet: 'frame', body: '0a' }],
  },
  { name: 'a frame of VP9', hex: 'a3' + '76703039' + 'aa', tags: [{ codec: 'VP9', packet: 'frame', key: false, body: 'aa' }] },
  { name: 'metadata of colours', hex: '94' + '68766331' + '0201', tags: [{ codec: 'H265', packet: 'other', body: '0201' }] },
  { name: 'a codec that nobody knows', hex: '93' + '78787878' + 'aa', tags: [{ codec: undefined, codecLabel: 'xxxx', body: 'aa' }] },
  { name: 'a command of a player, extended', hex: 'd0' + '00', tags: [] },
  {
    name: 'one track of many',
    hex: '96' + '00' + '61766331' + '02' + 'aabb',
    tags: [{ codec: 'H264', packet: 'sequenceStart', key: true, trackId: 2, body: 'aabb' }],
  },
  {
    name: 'many tracks of one codec',
    hex: 'a6' + '11' + '61766331' + '01' + '000005' + '000028aabb' + '02' + '000004' + '000000cc',
    tags: [
      { codec: 'H264', packet: 'frame', trackId: 1, compositionMs: 40, body: 'aabb' },
      { codec: 'H264', packet: 'frame', trackId: 2, compositionMs: 0, body: 'cc' },
    ],
  },
  {
    name: 'many tracks of many codecs',
    hex: 'a6' + '23' + '61766331' + '00' + '000001' + 'aa' + '61763031' + '01' + '000002' + 'bbcc',
    tags: [
      { codec: 'H264', packet: 'frame', trackId: 0, body: 'aa' },
      { codec: 'AV1', packet: 'frame', trackId: 1, body: 'bbcc' },
    ],
  },
  {
    name: 'nanoseconds',
    hex: '97' + '02' + '07a120' + '03' + '68766331' + 'aa',
    tags: [{ codec: 'H265', packet: 'frame', nanosecondOffset: 500_000, body: 'aa' }],
  },
  {
    name: 'an extension of an unknown kind, and nanoseconds before one track of many',
    hex: '97' + '00' + 'ff' + '17' + '02' + '000001' + '06' + '03' + '61763031' + '04' + 'aa',
    tags: [{ codec: 'AV1', packet: 'frame', trackId: 4, nanosecondOffset: 1, body: 'aa' }],
  },
];

export const AUDIO_CASES: readonly { readonly name: string; readonly hex: string; readonly tags: readonly Expected<AudioTag>[] }[] = [
  {
    name: 'a configuration of AAC',
    hex: 'af' + '00' + '1190',
    tags: [{ codec: 'MPEG-4 Audio', packet: 'sequenceStart', trackId: 0, body: '1190' }],
  },
  { name: 'a frame of AAC', hex: 'af' + '01' + 'aa', tags: [{ codec: 'MPEG-4 Audio', packet: 'frame', body: 'aa' }] },
  {
    name: 'MP3',
    hex: '2f' + 'fffb',
    tags: [
      {
        codec: 'MPEG-1/2 Audio',
        packet: 'frame',
        sound: { sampleRateHz: 44_100, bitDepth: 16, channelCount: 2, muLaw: false },
        body: 'fffb',
      },
    ],
  },
  { name: 'MP3 at 8 kHz', hex: 'e2' + 'ffe3', tags: [{ codec: 'MPEG-1/2 Audio', packet: 'frame', body: 'ffe3' }] },
  {
    name: 'A-law',
    hex: '72' + 'd5',
    tags: [{ codec: 'G711', packet: 'frame', sound: { sampleRateHz: 8_000, bitDepth: 16, channelCount: 1, muLaw: false }, body: 'd5' }],
  },
  {
    name: 'u-law, stereo',
    hex: '83' + 'ffff',
    tags: [{ codec: 'G711', packet: 'frame', sound: { sampleRateHz: 8_000, bitDepth: 16, channelCount: 2, muLaw: true }, body: 'ffff' }],
  },
  {
    name: 'samples of 16 bits at 22.05 kHz',
    hex: '3a' + '0100',
    tags: [{ codec: 'LPCM', packet: 'frame', sound: { sampleRateHz: 22_050, bitDepth: 16, channelCount: 1, muLaw: false }, body: '0100' }],
  },
  {
    name: 'samples of 8 bits in the order of the platform',
    hex: '01' + '8080',
    tags: [{ codec: 'LPCM', packet: 'frame', sound: { sampleRateHz: 5_512, bitDepth: 8, channelCount: 2, muLaw: false }, body: '8080' }],
  },
  { name: 'Speex', hex: 'b6' + 'aa', tags: [{ codec: undefined, codecLabel: 'Speex', packet: 'frame', body: 'aa' }] },
  { name: 'nothing', hex: '', tags: [] },
  {
    name: 'a configuration of Opus',
    hex: '90' + '4f707573' + '4f',
    tags: [{ codec: 'Opus', packet: 'sequenceStart', sound: undefined, body: '4f' }],
  },
  { name: 'a frame of Opus', hex: '91' + '4f707573' + 'fc', tags: [{ codec: 'Opus', packet: 'frame', body: 'fc' }] },
  { name: 'a frame of FLAC', hex: '91' + '664c6143' + 'ff', tags: [{ codec: 'FLAC', packet: 'frame', body: 'ff' }] },
  { name: 'the end of AC-3', hex: '92' + '61632d33', tags: [{ codec: 'AC3', packet: 'sequenceEnd', body: '' }] },
  { name: 'where channels are', hex: '94' + '4f707573' + '0002', tags: [{ codec: 'Opus', packet: 'other', body: '0002' }] },
  {
    name: 'one track of many',
    hex: '95' + '01' + '6d703461' + '03' + 'aa',
    tags: [{ codec: 'MPEG-4 Audio', packet: 'frame', trackId: 3, body: 'aa' }],
  },
  {
    name: 'many tracks of many codecs',
    hex: '95' + '21' + '6d703461' + '00' + '000001' + 'aa' + '2e6d7033' + '01' + '000001' + 'bb',
    tags: [
      { codec: 'MPEG-4 Audio', packet: 'frame', trackId: 0, body: 'aa' },
      { codec: 'MPEG-1/2 Audio', packet: 'frame', trackId: 1, body: 'bb' },
    ],
  },
  {
    name: 'nanoseconds',
    hex: '97' + '02' + '0f423f' + '01' + '4f707573' + 'fc',
    tags: [{ codec: 'Opus', nanosecondOffset: 999_999, body: 'fc' }],
  },
];
