import { describe, expect, test } from 'vitest';
import { ParseError, bytesFromHex } from '@mediamesh/bytes';
import {
  codecProps,
  parseAdts,
  parseAnnexB,
  serializeAudioMuxElement,
  serializeStreamMuxConfig,
  trackKindOf,
  unitDurationTicks,
} from './index.ts';
import type { CodecDescription, TimedDescription } from './index.ts';
import { storedBytes, storedFrames } from './stored-frames.cases.ts';

const h264Sps = parseAnnexB(storedBytes('h264/testdata/pyramid.h264')).find((nalUnit) => nalUnit[0] === 0x67)!;
const h265Sps = parseAnnexB(storedBytes('h265/testdata/open.h265')).find((nalUnit) => nalUnit[0]! >> 1 === 33)!;
const broken = Uint8Array.of(0x67, 1);

const unknown = { width: 0, height: 0, profile: '', level: '' };
const props: readonly (readonly [string, CodecDescription, unknown])[] = [
  [
    'AV1 of an SDP',
    { codec: 'AV1', parameters: { profile: 1, levelIdx: 9, tier: 1 } },
    { width: 0, height: 0, profile: 1, level: 9, tier: 1 },
  ],
  ['AV1', { codec: 'AV1', parameters: {} }, { width: 0, height: 0, profile: 0, level: 0, tier: 0 }],
  ['VP9', { codec: 'VP9', parameters: { profileId: 2 } }, { profile: 2 }],
  ['VP9 without profile', { codec: 'VP9', parameters: {} }, { profile: 0 }],
  ['H264', { codec: 'H264', parameters: { sps: h264Sps } }, { width: 64, height: 48, profile: 'High', level: '1' }],
  ['H264 without SPS', { codec: 'H264', parameters: {} }, unknown],
  ['H264 with a broken SPS', { codec: 'H264', parameters: { sps: broken } }, unknown],
  ['H265', { codec: 'H265', parameters: { sps: h265Sps } }, { width: 64, height: 48, profile: 'Main', level: '1' }],
  ['H265 without SPS', { codec: 'H265', parameters: {} }, unknown],
  ['Opus', { codec: 'Opus', parameters: { channelCount: 2 } }, { channelCount: 2 }],
  ['AAC', { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('11b8') } }, { sampleRate: 48000, channelCount: 7 }],
  ['AAC, broken', { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('') } }, { sampleRate: 0, channelCount: 0 }],
  ['AC3', { codec: 'AC3', parameters: { sampleRateHz: 48000, channelCount: 6 } }, { sampleRate: 48000, channelCount: 6 }],
  [
    'G711',
    { codec: 'G711', parameters: { muLaw: true, sampleRateHz: 8000, channelCount: 1 } },
    { muLaw: true, sampleRate: 8000, channelCount: 1 },
  ],
  [
    'LPCM',
    { codec: 'LPCM', parameters: { bitDepth: 24, sampleRateHz: 48000, channelCount: 2 } },
    { bitDepth: 24, sampleRate: 48000, channelCount: 2 },
  ],
  ['LATM', { codec: 'MPEG-4 Audio LATM', parameters: { configInBand: true } }, null],
  ['VP8', { codec: 'VP8', parameters: {} }, null],
  ['KLV', { codec: 'KLV', parameters: {} }, null],
];

test.each(props)('codecProps: %s', (_, description, expected) => {
  expect(codecProps(description)).toEqual(expected);
});

test.each([
  ['H264', 'video'],
  ['M-JPEG', 'video'],
  ['MPEG-TS', 'video'],
  ['MPEG-4 Audio LATM', 'audio'],
  ['FLAC', 'audio'],
  ['KLV', 'data'],
] as const)('trackKindOf: %s is %s', (codec, kind) => {
  expect(trackKindOf({ codec, parameters: {} } as unknown as CodecDescription)).toBe(kind);
});

test.each([
  ['video', 'video'],
  ['audio', 'audio'],
  ['application', 'data'],
])('trackKindOf: generic %s is %s', (mediaType, kind) => {
  const parameters = { rtpMap: 'x/90000', fmtp: {}, payloadType: 97, mediaType };
  expect(trackKindOf({ codec: 'Generic', parameters })).toBe(kind);
});

describe('unitDurationTicks', () => {
  const adts = parseAdts(storedBytes('aac/testdata/mono.adts'));
  const layer3 = storedFrames('mpeg-audio/testdata/layer3').frames;
  const mux = {
    subFrameCount: 2,
    programs: [
      [
        {
          config: { objectType: 2, sampleRateHz: 44100, channelConfig: 2, channelCount: 2, frameLength: 1024 },
          bufferFullness: 255,
        },
      ],
    ],
  } as const;
  const element = (inBand: boolean) => [serializeAudioMuxElement([Uint8Array.of(1), Uint8Array.of(2)], mux, inBand)];
  const bytes = (length: number) => [new Uint8Array(length)];
  const latm = { codec: 'MPEG-4 Audio LATM', clockRateHz: 44100 } as const;

  test.each<readonly [string, TimedDescription, readonly Uint8Array[], number | undefined]>([
    ['Opus', { codec: 'Opus', parameters: { channelCount: 2 }, clockRateHz: 48000 }, [Uint8Array.of(0xfc), Uint8Array.of(0x80)], 1080],
    [
      'AAC',
      { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('1188') }, clockRateHz: 48000 },
      adts.slice(0, 2).map(({ payload }) => payload),
      2048,
    ],
    ['AAC in 90 kHz', { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('1210') }, clockRateHz: 90000 }, bytes(9), 2090],
    [
      'AAC with SBR, in the rate of its output',
      { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('2b118800') }, clockRateHz: 48000 },
      bytes(9),
      2048,
    ],
    ['LATM in-band', { ...latm, parameters: { configInBand: true } }, element(true), 2048],
    ['LATM out of band', { ...latm, parameters: { configInBand: false, config: serializeStreamMuxConfig(mux) } }, element(false), 2048],
    ['LATM, the configuration came earlier', { ...latm, parameters: { configInBand: true } }, [Uint8Array.of(0x80, 0x80)], undefined],
    ['MP3 in 90 kHz', { codec: 'MPEG-1/2 Audio', parameters: {}, clockRateHz: 90000 }, layer3.slice(0, 2), 4320],
    ['AC3', { codec: 'AC3', parameters: { sampleRateHz: 48000, channelCount: 2 }, clockRateHz: 48000 }, [...bytes(4), ...bytes(4)], 3072],
    [
      'G711 stereo',
      { codec: 'G711', parameters: { muLaw: true, sampleRateHz: 8000, channelCount: 2 }, clockRateHz: 8000 },
      bytes(320),
      160,
    ],
    ['G722', { codec: 'G722', parameters: { channelCount: 1 }, clockRateHz: 8000 }, bytes(160), 160],
    ['G726, 24 kbit/s', { codec: 'G726', parameters: { bitrateBps: 24000, aal2: false }, clockRateHz: 8000 }, bytes(60), 160],
    ['LPCM', { codec: 'LPCM', parameters: { bitDepth: 24, sampleRateHz: 48000, channelCount: 2 }, clockRateHz: 48000 }, bytes(288), 48],
    ['video', { codec: 'VP8', parameters: {}, clockRateHz: 90000 }, bytes(9), undefined],
  ])('%s', (_, track, payload, expected) => {
    expect(unitDurationTicks(track, payload)).toBe(expected);
  });

  test('a malformed frame throws', () => {
    const opus = { codec: 'Opus', parameters: { channelCount: 2 }, clockRateHz: 48000 } as const;
    expect(() => unitDurationTicks(opus, [new Uint8Array(0)])).toThrow(ParseError);
  });
});
