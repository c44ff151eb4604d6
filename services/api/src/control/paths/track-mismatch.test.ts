import { expect, test } from 'vitest';
import { trackMismatch } from './track-mismatch.ts';

const H264 = { codec: 'H264', codecProps: null };
const aac = (sampleRate: number, channelCount: number, audioObjectType = 2) => ({
  codec: 'MPEG-4 Audio',
  codecProps: { sampleRate, channelCount },
  audioObjectType,
});
const g711 = (muLaw: boolean) => ({ codec: 'G711', codecProps: { muLaw, sampleRate: 8_000, channelCount: 1 } });
const lpcm = (bitDepth: number) => ({ codec: 'LPCM', codecProps: { bitDepth, sampleRate: 48_000, channelCount: 2 } });

// Contract 7.9.
test.each([
  ['other codecs', [aac(48_000, 2)], [H264, aac(48_000, 2)], 'wants to publish [MPEG-4 Audio], but stream expects [H264 MPEG-4 Audio]'],
  [
    'another order',
    [aac(48_000, 2), H264],
    [H264, aac(48_000, 2)],
    'wants to publish [MPEG-4 Audio H264], but stream expects [H264 MPEG-4 Audio]',
  ],
  [
    'another AAC',
    [H264, aac(44_100, 1)],
    [H264, aac(48_000, 2)],
    'MPEG-4 audio configuration does not match, is type=2, sampleRate=44100, channelCount=1, but stream expects type=2, sampleRate=48000, channelCount=2',
  ],
  [
    'another kind of AAC',
    [aac(48_000, 2, 4)],
    [aac(48_000, 2)],
    'MPEG-4 audio configuration does not match, is type=4, sampleRate=48000, channelCount=2, but stream expects type=2, sampleRate=48000, channelCount=2',
  ],
  [
    'another AAC, of a gateway that does not tell its kind',
    [{ codec: 'MPEG-4 Audio', codecProps: { sampleRate: 44_100, channelCount: 2 } }],
    [aac(48_000, 2)],
    'MPEG-4 audio configuration does not match, is type=2, sampleRate=44100, channelCount=2, but stream expects type=2, sampleRate=48000, channelCount=2',
  ],
  [
    'another G711',
    [g711(true)],
    [g711(false)],
    'G711 configuration does not match, is MULaw=true, sampleRate=8000, channelCount=1, but stream expects MULaw=false, sampleRate=8000, channelCount=1',
  ],
  [
    'another LPCM',
    [lpcm(24)],
    [lpcm(16)],
    'LPCM configuration does not match, is bitDepth=24, sampleRate=48000, channelCount=2, but stream expects bitDepth=16, sampleRate=48000, channelCount=2',
  ],
])('%s', (_, wanted, expected, message) => {
  expect(trackMismatch(wanted, expected)).toBe(message);
});
