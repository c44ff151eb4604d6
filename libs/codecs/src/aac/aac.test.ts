import { describe, expect, test } from 'vitest';
import { ParseError, bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { storedBytes } from '../stored-frames.cases.ts';
import { audioSpecificConfigOfAdts, MAX_ADTS_FRAME_BYTES, parseAdts, serializeAdts } from './adts.ts';
import { MAX_AAC_FRAME_BYTES, parseAudioMuxElement, serializeAudioMuxElement } from './audio-mux-element.ts';
import { parseAudioSpecificConfig, serializeAudioSpecificConfig } from './audio-specific-config.ts';
import type { AudioSpecificConfig } from './audio-specific-config.ts';
import { parseStreamMuxConfig, serializeStreamMuxConfig } from './stream-mux-config.ts';
import type { StreamMuxConfig } from './stream-mux-config.ts';

const LC_STEREO_44 = { objectType: 2, sampleRateHz: 44100, channelConfig: 2, channelCount: 2, frameLength: 1024 } as const;

describe('AudioSpecificConfig', () => {
  test.each<readonly [string, string, AudioSpecificConfig]>([
    ['LC, 44.1 kHz, stereo', '1210', LC_STEREO_44],
    ['LC, 48 kHz, 7.1', '11b8', { ...LC_STEREO_44, sampleRateHz: 48000, channelConfig: 7, channelCount: 8 }],
    ['LC, 960 samples', '1194', { ...LC_STEREO_44, sampleRateHz: 48000, frameLength: 960 }],
    ['LC, explicit 53 kHz', '1780678410', { ...LC_STEREO_44, sampleRateHz: 53000 }],
    ['SBR, 24 to 48 kHz', '2b118800', { ...LC_STEREO_44, sampleRateHz: 24000, extension: { ps: false, sampleRateHz: 48000 } }],
    [
      'PS, mono, 22.05 to 44.1 kHz',
      'eb8a0800',
      { ...LC_STEREO_44, sampleRateHz: 22050, channelConfig: 1, channelCount: 1, extension: { ps: true, sampleRateHz: 44100 } },
    ],
    ['core coder delay', '12127d00', { ...LC_STEREO_44, coreCoderDelay: 4000 }],
  ])('%s', (_, hex, config) => {
    expect(parseAudioSpecificConfig(bytesFromHex(hex))).toEqual(config);
    expect(hexFromBytes(serializeAudioSpecificConfig(config))).toBe(hex);
  });

  test.each([
    ['empty', ''],
    ['truncated', '12'],
    ['a reserved rate', '1690'],
    ['a reserved channel configuration', '1240'],
    ['ER AAC ELD', 'f8e85000'],
    ['SBR over SBR', '2b118a8000'],
  ])('%s is malformed', (_, hex) => {
    expect(() => parseAudioSpecificConfig(bytesFromHex(hex))).toThrow(ParseError);
  });

  test('channels in a program config element are counted as 0, and not written', () => {
    const config = parseAudioSpecificConfig(bytesFromHex('1200'));
    expect(config).toMatchObject({ channelConfig: 0, channelCount: 0 });
    expect(() => serializeAudioSpecificConfig(config)).toThrow(ParseError);
  });
});

describe('ADTS', () => {
  const frames = parseAdts(storedBytes('aac/testdata/mono.adts'));

  test('of ffmpeg: header fields and round trip', () => {
    expect(frames.length).toBeGreaterThan(5);
    expect(frames[0]).toMatchObject({ objectType: 2, sampleRateHz: 48000, channelConfig: 1 });
    expect(hexFromBytes(serializeAudioSpecificConfig(audioSpecificConfigOfAdts(frames[0]!)))).toBe('1188');
    expect(parseAdts(serializeAdts(frames))).toEqual(frames);
  });

  test('a CRC is skipped', () => {
    const [plain] = [serializeAdts([{ ...frames[0]!, payload: Uint8Array.of(1, 2, 3, 4) }])];
    plain[1] = 0xf0;
    expect(parseAdts(plain)[0]!.payload).toEqual(Uint8Array.of(3, 4));
  });

  test('the largest frame, and one byte more', () => {
    const payload = new Uint8Array(MAX_ADTS_FRAME_BYTES - 7);
    expect(parseAdts(serializeAdts([{ ...frames[0]!, payload }]))[0]!.payload).toHaveLength(payload.length);
    expect(() => serializeAdts([{ ...frames[0]!, payload: new Uint8Array(payload.length + 1) }])).toThrow(ParseError);
    expect(() => serializeAdts([{ ...frames[0]!, sampleRateHz: 53000 }])).toThrow(ParseError);
  });

  test('truncation at every offset is malformed', () => {
    const bytes = serializeAdts([frames[0]!]);
    for (let length = 1; length < bytes.length; length++) expect(() => parseAdts(bytes.subarray(0, length))).toThrow(ParseError);
  });
});

describe('LATM', () => {
  const simple: StreamMuxConfig = { subFrameCount: 1, programs: [[{ config: LC_STEREO_44, bufferFullness: 255 }]] };

  test.each([
    ['usual', '40002420 3fc0', simple],
    [
      'several programs, layers, sub frames, other data, CRC',
      undefined,
      {
        subFrameCount: 3,
        programs: [
          [
            { config: LC_STEREO_44, bufferFullness: 20 },
            { frameLength: 100, bufferFullness: 255 },
          ],
          [{ config: { ...LC_STEREO_44, sampleRateHz: 8000 }, bufferFullness: 1 }],
        ],
        otherDataBits: 1000,
        crc: 0x5a,
      },
    ],
  ] as const)('StreamMuxConfig: %s', (_, hex, config) => {
    const bytes = serializeStreamMuxConfig(config);
    if (hex) expect(hexFromBytes(bytes)).toBe(hex.replace(' ', ''));
    expect(parseStreamMuxConfig(bytes)).toEqual(config);
  });

  test('a StreamMuxConfig that ends behind its AudioSpecificConfig is completed', () => {
    expect(parseStreamMuxConfig(bytesFromHex('40002420'))).toEqual(simple);
  });

  test('audioMuxVersion 1 is refused', () => {
    expect(() => parseStreamMuxConfig(bytesFromHex('c00024203fc0'))).toThrow(ParseError);
  });

  test('elements of ffmpeg hold the frames of its ADTS', () => {
    const loas = storedBytes('aac/testdata/mono.loas');
    const expected = parseAdts(storedBytes('aac/testdata/mono.adts'));
    let known: StreamMuxConfig | undefined;
    let count = 0;
    for (let at = 0; at < loas.length;) {
      const size = ((loas[at + 1]! & 0x1f) << 8) | loas[at + 2]!;
      const { config, frames } = parseAudioMuxElement(loas.subarray(at + 3, at + 3 + size), known, true);
      known = config;
      expect(frames).toEqual([expected[count++]!.payload]);
      at += 3 + size;
    }
    expect(count).toBe(expected.length);
    expect(known!.programs[0]![0]!.config).toMatchObject({ sampleRateHz: 48000, channelConfig: 1 });
  });

  test.each([false, true])('round trip of an element, configuration in-band: %s', (inBand) => {
    const config = { ...simple, subFrameCount: 3 };
    const frames = [Uint8Array.of(1, 2, 3), new Uint8Array(255).fill(7), new Uint8Array(600).fill(9)];
    const bytes = serializeAudioMuxElement(frames, config, inBand);
    expect(parseAudioMuxElement(bytes, inBand ? undefined : config, inBand)).toEqual({ config, frames });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseAudioMuxElement(bytes.subarray(0, length), inBand ? undefined : config, inBand)).toThrow(ParseError);
    }
    expect(() => serializeAudioMuxElement(frames.slice(1), config, inBand)).toThrow(ParseError);
  });

  test('an element that refers to no configuration, the largest frame, and one byte more', () => {
    expect(() => parseAudioMuxElement(Uint8Array.of(0x80, 0), undefined, true)).toThrow(ParseError);
    const most = serializeAudioMuxElement([new Uint8Array(MAX_AAC_FRAME_BYTES)], simple, false);
    expect(parseAudioMuxElement(most, simple, false).frames[0]).toHaveLength(MAX_AAC_FRAME_BYTES);
    const more = serializeAudioMuxElement([new Uint8Array(MAX_AAC_FRAME_BYTES + 1)], simple, false);
    expect(() => parseAudioMuxElement(more, simple, false)).toThrow(ParseError);
  });
});
