import { describe, expect, test } from 'vitest';
import { AUDIO, GENERIC_VIDEO, SECOND_VIDEO, VIDEO } from './testing.cases.ts';
import { describeTracks, trackLabel, tracksMatch } from './track-label.ts';
import type { Track } from './track.ts';

const AAC: Track = { id: 2, kind: 'audio', clockRateHz: 44_100, codec: 'MPEG-4 Audio', parameters: { config: Uint8Array.of(0x12, 0x10) } };
const VORBIS: Track = {
  id: 1,
  kind: 'audio',
  clockRateHz: 48_000,
  codec: 'Vorbis',
  parameters: { rtpMap: 'vorbis/48000/2', fmtp: { configuration: 'AAAA' }, payloadType: 96, mediaType: 'audio' },
};

describe('labels', () => {
  test.each<[Track[], string]>([
    [[VIDEO, AAC], '2 tracks (H264, MPEG-4 Audio)'],
    [[AUDIO], '1 track (Opus)'],
    [[VIDEO, AUDIO, SECOND_VIDEO], '3 tracks (H264, Opus, H265)'],
  ])('%#', (tracks, text) => {
    expect(describeTracks(tracks)).toBe(text);
  });

  test('are the codecs', () => expect(trackLabel(AAC)).toBe('MPEG-4 Audio'));
});

describe('tracksMatch', () => {
  const changed = { ...AAC, parameters: { config: Uint8Array.of(0x11, 0x90) } } as Track;
  const extended = { ...AAC, parameters: { config: Uint8Array.of(0x12, 0x10, 0x56, 0xe5, 0x00) } } as Track;
  test.each<[string, Track[], Track[], boolean]>([
    ['the same', [VIDEO, AAC], [VIDEO, AAC], true],
    ['equal bytes', [AAC], [{ ...AAC, parameters: { config: Uint8Array.of(0x12, 0x10) } } as Track], true],
    ['other parameters of video', [VIDEO], [{ ...VIDEO, parameters: { sps: Uint8Array.of(1) } } as Track], true],
    ['other configuration of audio', [AAC], [changed], false],
    ['another clock rate', [AAC], [{ ...AAC, clockRateHz: 48_000 }], false],
    ['another order', [VIDEO, AUDIO], [{ ...AUDIO, id: 1 } as Track, { ...VIDEO, id: 2 } as Track], false],
    ['fewer', [VIDEO, AUDIO], [VIDEO], false],
    ['another codec', [VIDEO], [{ ...SECOND_VIDEO, id: 1 } as Track], false],
    ['mono after stereo of Opus', [AUDIO], [{ ...AUDIO, parameters: { channelCount: 1 } } as Track], true],
    ['AAC with an extension behind its configuration', [AAC], [extended], true],
    [
      'an optional parameter more',
      [AUDIO],
      [{ ...AUDIO, parameters: { channelCount: 2, multistream: { streamCount: 1, coupledCount: 1, mapping: [0, 1] } } } as Track],
      false,
    ],
    ['equal fmtp', [VORBIS], [structuredClone(VORBIS)], true],
    ['other fmtp', [VORBIS], [{ ...VORBIS, parameters: { ...VORBIS.parameters, fmtp: { configuration: 'BBBB' } } } as Track], false],
    [
      'another generic codec',
      [GENERIC_VIDEO],
      [{ ...GENERIC_VIDEO, parameters: { ...GENERIC_VIDEO.parameters, rtpMap: 'y/90000' } } as Track],
      false,
    ],
  ])('%s', (_, a, b, matches) => {
    expect(tracksMatch({ tracks: a, revision: 0 }, { tracks: b, revision: 7 })).toBe(matches);
  });
});
