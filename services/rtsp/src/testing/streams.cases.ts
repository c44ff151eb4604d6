import type { BusUnit, EpochState, Track } from '@mediamesh/media';

export const VIDEO: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: {} };
export const AUDIO: Track = {
  id: 2,
  kind: 'audio',
  clockRateHz: 48_000,
  codec: 'LPCM',
  parameters: { bitDepth: 16, sampleRateHz: 48_000, channelCount: 1 },
};

export function epochState(tracks: readonly Track[], more: { epoch?: number; continues?: number; revision?: number } = {}): EpochState {
  const { revision = 1, epoch = 5, continues } = more;
  const state = { path: 'cam', epoch, firstUnit: 0, firstSegment: 0, firstPart: 0, description: { tracks, revision } };
  return continues === undefined ? state : { ...state, continues };
}

/** One NAL unit of an IDR picture, or samples. */
export function unit(track: Track, ptsTicks: number, sizeBytes: number): BusUnit {
  const payload = new Uint8Array(sizeBytes).fill(0x22);
  payload[0] = 0x65;
  return {
    trackId: track.id,
    ptsTicks,
    dtsTicks: ptsTicks,
    ntpUs: 1_000_000,
    key: true,
    payload: [payload],
    epoch: 5,
    number: 0,
    segment: 0,
    part: 0,
    revision: 1,
    discontinuity: false,
  };
}
