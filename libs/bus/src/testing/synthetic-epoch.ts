import type { BusUnit, EpochState, StreamDescription, Track } from '@mediamesh/media';

const VIDEO: Track = {
  id: 1,
  kind: 'video',
  clockRateHz: 90_000,
  codec: 'H264',
  parameters: { sps: Uint8Array.of(0x67, 0x42, 0xc0, 0x1e), pps: Uint8Array.of(0x68, 0xce, 0x3c, 0x80) },
};

const AUDIO: Track = { id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };

export const VIDEO_ONLY: StreamDescription = { tracks: [VIDEO], revision: 0 };
export const VIDEO_AND_AUDIO: StreamDescription = { tracks: [VIDEO, AUDIO], revision: 0, title: 'camera' };
export const AUDIO_ONLY: StreamDescription = { tracks: [{ ...AUDIO, id: 1 }], revision: 0 };

const FRAME_MS = 40;

/** Units of a made-up publisher: frames every 40 ms on the media clock, whose bytes follow from their numbers. */
export class SyntheticEpoch {
  readonly path: string;
  readonly epoch: number;
  state: EpochState;
  #number: number;
  #segment: number;
  #timeMs = 0;

  constructor(path: string, epoch: number, description: StreamDescription = VIDEO_ONLY) {
    this.path = path;
    this.epoch = epoch;
    this.state = { path, epoch, firstUnit: 0, firstSegment: 0, firstPart: 0, description };
    this.#number = 0;
    this.#segment = -1;
  }

  /** Raises the description's revision; the following units need it. */
  revise(): EpochState {
    const { description } = this.state;
    this.state = { ...this.state, description: { ...description, revision: description.revision + 1 } };
    return this.state;
  }

  /** A key unit of the first track that begins a segment. */
  key(sizeBytes = 64): BusUnit {
    this.#segment += 1;
    return this.#unit({ key: true, sizeBytes, trackId: 1, starts: true });
  }

  delta(sizeBytes = 64): BusUnit {
    return this.#unit({ key: false, sizeBytes, trackId: 1, starts: false });
  }

  /** A unit of the second track. */
  audio(sizeBytes = 64): BusUnit {
    return this.#unit({ key: true, sizeBytes, trackId: 2, starts: false });
  }

  /** A unit of an audio path's only track, within a segment. */
  audioDelta(sizeBytes = 64): BusUnit {
    return this.#unit({ key: true, sizeBytes, trackId: 1, starts: false });
  }

  /** Units that were made and never written. */
  skip(count: number): void {
    this.#number += count;
  }

  #unit(options: { key: boolean; sizeBytes: number; trackId: number; starts: boolean }): BusUnit {
    const { key, sizeBytes, trackId, starts } = options;
    const number = this.#number;
    this.#number += 1;
    if (trackId === 1) this.#timeMs += FRAME_MS;
    const track = this.state.description.tracks.find((t) => t.id === trackId);
    const ticks = (this.#timeMs * (track?.clockRateHz ?? 1000)) / 1000;
    const unit: BusUnit = {
      trackId,
      ptsTicks: ticks + 3000,
      dtsTicks: ticks,
      ntpUs: 1_750_000_000_000_000 + this.#timeMs * 1000,
      key,
      payload: [new Uint8Array(sizeBytes - (sizeBytes >> 2)).fill(number & 0xff), new Uint8Array(sizeBytes >> 2).fill((number >> 8) + 1)],
      epoch: this.epoch,
      number,
      segment: this.#segment,
      part: this.#segment * 10,
      revision: this.state.description.revision,
      discontinuity: false,
    };
    if (!starts) return unit;
    return {
      ...unit,
      segmentStart: { ntpUs: unit.ntpUs, targetDurationMs: 2000, partTargetMs: 200, discontinuitySequence: 0, firstSegmentInWindow: 0 },
    };
  }
}
