import { describe, expect, test } from 'vitest';
import { ParseError } from '@mediamesh/bytes';
import { decodeG711, encodeG711, lpcmOfG711, parseAc3SyncFrame, parseMpegAudioFrameHeader, parseOpusToc } from './index.ts';
import { storedFrames } from './stored-frames.cases.ts';

const b = (...bytes: number[]) => Uint8Array.from(bytes);

describe('Opus', () => {
  test.each([
    ['SILK 10 ms', b(0x00), 480, 1, 1],
    ['SILK 60 ms, stereo', b(0x1c), 2880, 2, 1],
    ['hybrid 10 ms', b(0x60), 480, 1, 1],
    ['hybrid 20 ms', b(0x68), 960, 1, 1],
    ['CELT 2.5 ms', b(0x80), 120, 1, 1],
    ['CELT 20 ms, stereo', b(0xfc), 960, 2, 1],
    ['two frames of equal size', b(0xf9), 1920, 1, 2],
    ['two frames of other sizes', b(0xfa), 1920, 1, 2],
    ['six frames of 20 ms', b(0xfb, 6), 5760, 1, 6],
  ])('%s', (_, packet, durationTicks, channelCount, frameCount) => {
    expect(parseOpusToc(packet)).toMatchObject({ durationTicks, channelCount, frameCount });
  });

  test.each([
    ['empty', b()],
    ['no count', b(0xfb)],
    ['no frames', b(0xfb, 0)],
    ['140 ms', b(0xfb, 7)],
  ])('%s is malformed', (_, packet) => {
    expect(() => parseOpusToc(packet)).toThrow(ParseError);
  });

  test('of libopus', () => {
    const { frames } = storedFrames('opus/testdata/mono');
    for (const frame of frames) expect(parseOpusToc(frame)).toMatchObject({ durationTicks: 960, channelCount: 1 });
  });
});

describe('MPEG audio', () => {
  test.each(['layer2', 'layer3'])('of ffmpeg: %s', (name) => {
    const { frames } = storedFrames(`mpeg-audio/testdata/${name}`);
    for (const frame of frames) {
      expect(parseMpegAudioFrameHeader(frame)).toEqual({
        version: 1,
        layer: Number(name.at(-1)),
        bitrateBps: 64000,
        sampleRateHz: 48000,
        channelCount: 1,
        sizeBytes: frame.length,
        sampleCount: 1152,
      });
    }
  });

  test.each([
    ['layer 1, 44.1 kHz, 384 kbit/s', b(0xff, 0xff, 0xc0, 0), { version: 1, layer: 1, sizeBytes: 416, sampleCount: 384 }],
    ['layer 3, 44.1 kHz, 128 kbit/s, padded', b(0xff, 0xfb, 0x92, 0), { sizeBytes: 418, sampleCount: 1152, channelCount: 2 }],
    ['MPEG-2 layer 3, 22.05 kHz, 64 kbit/s', b(0xff, 0xf3, 0x80, 0), { version: 2, sizeBytes: 208, sampleCount: 576 }],
    ['MPEG-2.5 layer 3, 8 kHz, 8 kbit/s', b(0xff, 0xe3, 0x18, 0xc0), { version: 2.5, sizeBytes: 72, sampleCount: 576, channelCount: 1 }],
    ['MPEG-2 layer 2, 24 kHz, 64 kbit/s', b(0xff, 0xf5, 0x84, 0), { version: 2, sizeBytes: 384, sampleCount: 1152 }],
  ])('%s', (_, header, expected) => {
    expect(parseMpegAudioFrameHeader(header)).toMatchObject(expected);
  });

  test.each([
    ['truncated', b(0xff, 0xfb, 0x92)],
    ['no sync word', b(0xff, 0x1b, 0x92, 0)],
    ['a reserved version', b(0xff, 0xeb, 0x92, 0)],
    ['a reserved layer', b(0xff, 0xf9, 0x92, 0)],
    ['free format', b(0xff, 0xfb, 0x02, 0)],
    ['a forbidden bitrate', b(0xff, 0xfb, 0xf2, 0)],
    ['a reserved rate', b(0xff, 0xfb, 0x9e, 0)],
  ])('%s is malformed', (_, header) => {
    expect(() => parseMpegAudioFrameHeader(header)).toThrow(ParseError);
  });
});

describe('AC-3', () => {
  test('of ffmpeg', () => {
    const { frames } = storedFrames('ac3/testdata/stereo');
    for (const frame of frames) {
      expect(parseAc3SyncFrame(frame)).toMatchObject({
        sampleRateHz: 48000,
        bitrateBps: 96000,
        sizeBytes: frame.length,
        channelCount: 2,
        lfe: false,
      });
    }
  });

  test.each([
    ['5.1, 48 kHz, 448 kbit/s', b(0x0b, 0x77, 0, 0, 0x1e, 0x40, 0xe1, 0), { channelCount: 6, lfe: true, sizeBytes: 1792 }],
    ['mono, 44.1 kHz, 32 kbit/s, padded', b(0x0b, 0x77, 0, 0, 0x41, 0x40, 0x20, 0), { channelCount: 1, lfe: false, sizeBytes: 140 }],
    ['stereo, 32 kHz, 640 kbit/s', b(0x0b, 0x77, 0, 0, 0xa5, 0x40, 0x40, 0), { channelCount: 2, sampleRateHz: 32000, sizeBytes: 3840 }],
  ])('%s', (_, frame, expected) => {
    expect(parseAc3SyncFrame(frame)).toMatchObject(expected);
  });

  test.each([
    ['no sync word', b(0x0b, 0x78, 0, 0, 0x1e, 0x40, 0xe1, 0)],
    ['a reserved rate', b(0x0b, 0x77, 0, 0, 0xde, 0x40, 0xe1, 0)],
    ['a reserved size', b(0x0b, 0x77, 0, 0, 0x26, 0x40, 0xe1, 0)],
    ['Enhanced AC-3', b(0x0b, 0x77, 0, 0, 0x1e, 0x80, 0xe1, 0)],
    ['truncated', b(0x0b, 0x77, 0, 0, 0x1e, 0x40)],
  ])('%s is malformed', (_, frame) => {
    expect(() => parseAc3SyncFrame(frame)).toThrow(ParseError);
  });
});

describe('G.711', () => {
  test.each([
    [true, 0xff, 0],
    [true, 0x80, 32124],
    [true, 0x00, -32124],
    [true, 0xfe, 8],
    [false, 0xd5, 8],
    [false, 0x55, -8],
    [false, 0xaa, 32256],
    [false, 0x2a, -32256],
  ])('mu-law %s, code %i', (muLaw, code, value) => {
    expect([...decodeG711(b(code), muLaw)]).toEqual([value]);
    expect(lpcmOfG711(b(code), muLaw)).toEqual(b((value >> 8) & 0xff, value & 0xff));
  });

  test.each([true, false])('every code survives, mu-law %s', (muLaw) => {
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i).filter((code) => !muLaw || code !== 0x7f); // 0x7f is minus zero
    expect(encodeG711(decodeG711(codes, muLaw), muLaw)).toEqual(codes);
  });

  test.each([true, false])('every value is near its code, mu-law %s', (muLaw) => {
    const linear = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
    const back = decodeG711(encodeG711(linear, muLaw), muLaw);
    for (let i = 0; i < linear.length; i++) {
      const error = Math.abs(linear[i]! - back[i]!);
      if (error > Math.max(16, Math.abs(linear[i]!) / 16)) expect.fail(`${linear[i]} became ${back[i]}`);
    }
  });
});
