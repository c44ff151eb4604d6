import type { StreamDescription } from '../track.ts';
import { leadingTrack, startsAtKeyUnits } from '../leading-track.ts';
import type { AttachOptions, HubLimits, HubReader } from './hub-reader.ts';
import { ReaderGate } from './reader-gate.ts';

/** A reader with what the hub knows of it. */
export class Attachment<Frame> {
  readonly reader: HubReader<Frame>;
  readonly gate: ReaderGate;
  detached = false;
  /** -1 once it has a unit that it can show, or when nobody asks. */
  attachedMs = -1;
  leadingId = 0;
  /** The leading track has deltas: a reader that loses units goes on at its next key unit. */
  leadingHasDeltas = false;
  /** By track id: 1 for a track of this reader. */
  takes: Uint8Array = new Uint8Array(0);
  /** By track id: 1 while deltas are of no use, since what they refer to did not reach this reader. */
  awaitsKey: Uint8Array = new Uint8Array(0);
  private readonly trackIds: readonly number[] | undefined;

  constructor(reader: HubReader<Frame>, options: AttachOptions, limits: HubLimits) {
    this.reader = reader;
    this.trackIds = options.trackIds;
    this.gate = new ReaderGate(limits);
  }

  adopt(description: StreamDescription): void {
    const wanted = this.trackIds;
    const tracks = wanted === undefined ? description.tracks : description.tracks.filter((track) => wanted.includes(track.id));
    const leading = leadingTrack(tracks);
    this.leadingId = leading?.id ?? 0;
    this.leadingHasDeltas = leading !== undefined && startsAtKeyUnits(leading);
    const size = 1 + description.tracks.reduce((max, track) => Math.max(max, track.id), 0);
    this.takes = new Uint8Array(size);
    this.awaitsKey = new Uint8Array(size);
    for (const track of tracks) this.takes[track.id] = 1;
  }
}
