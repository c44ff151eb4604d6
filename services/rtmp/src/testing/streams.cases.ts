import { ChunkReader, serializeMessage } from '@mediamesh/rtmp';
import type { RtmpMessage } from '@mediamesh/rtmp';
import type { BusUnit, EpochState, Track } from '@mediamesh/media';
import { PPS, SPS } from './tags.cases.ts';

export const VIDEO: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: { sps: SPS, pps: PPS } };
export const SOUND: Track = {
  id: 2,
  kind: 'audio',
  clockRateHz: 48_000,
  codec: 'MPEG-4 Audio',
  parameters: { config: Uint8Array.of(0x11, 0x90) },
};

export function epochState(tracks: readonly Track[], revision = 1): EpochState {
  return { path: 'cam', epoch: 5, firstUnit: 0, firstSegment: 0, firstPart: 0, description: { tracks, revision } };
}

export function unit(trackId: number, ptsTicks: number, payload: readonly Uint8Array[], more: Partial<BusUnit> = {}): BusUnit {
  return {
    trackId,
    ptsTicks,
    dtsTicks: ptsTicks,
    ntpUs: 1_000_000,
    key: true,
    payload,
    epoch: 5,
    number: 0,
    segment: 0,
    part: 0,
    revision: 1,
    discontinuity: false,
    ...more,
  };
}

/** The messages in what was written for readers. */
export function messagesIn(bytes: Uint8Array): readonly RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  const reader = new ChunkReader((message) => messages.push(message));
  const chunkSize = { typeId: 1, streamId: 0, chunkStreamId: 2, timestampMs: 0 };
  reader.push(serializeMessage(chunkSize, Uint8Array.of(0, 1, 0, 0), 128));
  reader.push(bytes);
  return messages.filter(({ typeId }) => typeId !== 1);
}
