import type { MediaBus, Publication } from '@mediamesh/bus';
import type { BusUnit, EpochState, HubReader, Track } from '@mediamesh/media';
import type { FrameMaker } from './reader-paths.ts';

export const VIDEO: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: {} };
export const AUDIO: Track = { id: 1, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };

export function epochState(epoch: number, more: Partial<EpochState> = {}): EpochState {
  return { path: 'cam', epoch, firstUnit: 0, firstSegment: 0, firstPart: 0, description: { tracks: [VIDEO], revision: 1 }, ...more };
}

/** Publishes an epoch at the bus, key units only. */
export class Epoch {
  readonly publication: Publication;
  private readonly epoch: number;
  private number = 0;

  static async open(bus: MediaBus, epoch: number, more: Partial<EpochState> = {}): Promise<Epoch> {
    const window = { durationMs: 1_000, sizeBytes: 1_000_000 };
    return new Epoch(await bus.publish(epochState(epoch, more), window, { onDropping: () => {} }), epoch);
  }

  private constructor(publication: Publication, epoch: number) {
    this.publication = publication;
    this.epoch = epoch;
  }

  write(): BusUnit {
    const number = this.number++;
    const ticks = number * 3_600;
    const unit: BusUnit = {
      trackId: 1,
      ptsTicks: ticks,
      dtsTicks: ticks,
      ntpUs: 0,
      key: true,
      payload: [Uint8Array.of(number)],
      epoch: this.epoch,
      number,
      segment: number,
      part: number,
      revision: 1,
      discontinuity: false,
    };
    this.publication.write(unit);
    return unit;
  }
}

/** Frames are texts: `5:0` is the first unit of epoch 5. */
export class TextMaker implements FrameMaker<string> {
  readonly described: number[] = [];

  describe(state: EpochState): void {
    if (state.description.title === 'unreadable') throw new RangeError('no such codec');
    this.described.push(state.epoch);
  }

  prepare(unit: BusUnit): string {
    if (unit.number === 13) throw new RangeError('unlucky');
    return `${unit.epoch}:${unit.number}`;
  }
}

export class TextReader implements HubReader<string> {
  readonly queuedPackets = 0;
  readonly queuedBytes = 0;
  readonly frames: string[] = [];
  ended: string | undefined;

  write(_unit: BusUnit, frame: string): void {
    this.frames.push(frame);
  }

  describe(): void {}

  end(reason: string): void {
    this.ended = reason;
  }
}

const TURNS = 1_000;

/** Messages of the in-process wire take turns of the event loop, not time. */
export async function waitForImmediate(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`not within ${TURNS} turns of the event loop`);
}
