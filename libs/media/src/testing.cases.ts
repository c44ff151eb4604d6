import type { BusUnit, EpochState, SegmentStart } from './epoch.ts';
import type { HubReader } from './hub/hub-reader.ts';
import type { Track } from './track.ts';

export const VIDEO: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: {} };
export const AUDIO: Track = { id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };
export const SECOND_VIDEO: Track = { id: 3, kind: 'video', clockRateHz: 90_000, codec: 'H265', parameters: {} };

export const GENERIC_VIDEO: Track = {
  id: 1,
  kind: 'video',
  clockRateHz: 90_000,
  codec: 'Generic',
  parameters: { rtpMap: 'x/90000', fmtp: {}, payloadType: 96, mediaType: 'video' },
};

export function epochState(over: Partial<EpochState> = {}): EpochState {
  return {
    path: 'live/one',
    epoch: 5,
    firstUnit: 0,
    firstSegment: 0,
    firstPart: 0,
    timelineOffsetUs: 0,
    description: { tracks: [VIDEO, AUDIO], revision: 0 },
    ...over,
  };
}

export function busUnit(over: Partial<BusUnit> & { segmentStart?: SegmentStart } = {}): BusUnit {
  return {
    trackId: 1,
    ptsTicks: 0,
    dtsTicks: 0,
    ntpUs: 0,
    key: true,
    payload: [Uint8Array.of(1, 2, 3)],
    epoch: 5,
    number: 0,
    segment: 0,
    part: 0,
    revision: 0,
    discontinuity: false,
    ...over,
  };
}

/** A gateway's reader whose queue the test fills and drains. */
export class QueueReader implements HubReader<string> {
  queuedPackets = 0;
  queuedBytes = 0;
  readonly units: BusUnit[] = [];
  readonly frames: string[] = [];
  readonly states: EpochState[] = [];
  readonly ends: string[] = [];
  onWrite: ((unit: BusUnit) => void) | undefined;

  write(unit: BusUnit, frame: string): void {
    this.onWrite?.(unit);
    this.units.push(unit);
    this.frames.push(frame);
  }

  describe(state: EpochState): void {
    this.states.push(state);
  }

  end(reason: string): void {
    this.ends.push(reason);
  }

  get numbers(): readonly number[] {
    return this.units.map((unit) => unit.number);
  }
}
