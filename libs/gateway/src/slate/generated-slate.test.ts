import { createAccessUnitProcessor } from '@mediamesh/codecs';
import type { AlwaysAvailableTrack } from '@mediamesh/config';
import { hexFromBytes } from '@mediamesh/bytes';
import { spliceLabel } from '@mediamesh/media';
import { describe, expect, test } from 'vitest';
import { generatedSlate } from './generated-slate.ts';

const track = (codec: string, sampleRate = 0, channelCount = 0, muLaw = false): AlwaysAvailableTrack => ({
  codec,
  sampleRate,
  channelCount,
  muLaw,
});

test.each<[AlwaysAvailableTrack, string, number]>([
  [track('AV1'), '1 video AV1 90000', 2],
  [track('VP9'), '1 video VP9 90000', 2],
  [track('H265'), '1 video H265 90000', 2],
  [track('H264'), '1 video H264 90000', 2],
  [track('Opus'), '1 audio Opus 48000', 0.02],
  [
    track('MPEG4Audio', 44_100, 1),
    '1 audio MPEG-4 Audio 44100 {channelConfig:1,channelCount:1,frameLength:1024,objectType:2,sampleRateHz:44100}',
    1024 / 44_100,
  ],
  [track('G711', 8_000, 1, true), '1 audio G711 8000 {channelCount:1,muLaw:true,sampleRateHz:8000}', 0.1],
  [track('LPCM', 48_000, 2), '1 audio LPCM 48000 {bitDepth:16,channelCount:2,sampleRateHz:48000}', 0.1],
])('%o', (wanted, label, loopSeconds) => {
  const [made] = generatedSlate([wanted]);
  expect(spliceLabel(made!.track)).toBe(label);
  expect(made!.loopTicks / made!.track.clockRateHz).toBeCloseTo(loopSeconds);
  expect(made!.samples[0]!.dtsTicks).toBe(0);
});

test('tracks are in the order of the configuration', () => {
  expect(generatedSlate([track('Opus'), track('H264')]).map((made) => [made.track.id, made.track.codec])).toEqual([
    [1, 'Opus'],
    [2, 'H264'],
  ]);
});

test.each(['AV1', 'VP9', 'H265', 'H264'])('the picture of %s has a key frame a second, the first one at 0', (codec) => {
  const [{ track: made, samples }] = generatedSlate([track(codec)]) as [ReturnType<typeof generatedSlate>[number]];
  const processor = createAccessUnitProcessor(made, made.clockRateHz);
  const keys = samples.filter(({ payload, ptsTicks }) => processor.process(payload, ptsTicks)?.key === true);
  expect(keys.map(({ dtsTicks }) => dtsTicks)).toEqual([0, 90_000]);
  expect(samples).toHaveLength(20);
});

describe('silence', () => {
  const unitOf = (wanted: AlwaysAvailableTrack): string => hexFromBytes(generatedSlate([wanted])[0]!.samples[0]!.payload[0]!);

  // Elements without bands, then END; ffmpeg decodes it in e2e/scenarios/always-available.test.ts.
  test.each([
    [1, '00000007'],
    [2, '21000000001c'],
  ])('of AAC with %i channels', (channels, bytes) => {
    expect(unitOf(track('MPEG4Audio', 48_000, channels))).toBe(bytes);
  });

  test('of G711 is its zero', () => {
    expect(unitOf(track('G711', 8_000, 1, true))).toBe('ff'.repeat(800));
    expect(unitOf(track('G711', 8_000, 2))).toBe('d5'.repeat(1_600));
  });

  test('of LPCM is 16 bits a sample', () => expect(unitOf(track('LPCM', 8_000, 2))).toBe('00'.repeat(3_200)));

  test.each([7, 9])('AAC has no configuration for %i channels', (channels) => {
    expect(() => generatedSlate([track('MPEG4Audio', 48_000, channels)])).toThrow(`no configuration for ${channels} channels`);
  });
});
