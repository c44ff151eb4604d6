import { leadingTrack, startsAtKeyUnits } from '@mediamesh/media';
import type { BusUnit, StreamDescription } from '@mediamesh/media';

/**
 * Where in an epoch readers can begin, which its leading track decides.
 *
 * Video begins at its key units. Where every unit is a key unit, or nobody knows, beginning anywhere would do, but
 * something must mark the places that joining readers are sent to: there it is the first unit of each segment.
 */
export class LeadingTrack {
  readonly trackId: number;
  readonly clockRateHz: number;
  readonly #byKeyUnit: boolean;

  constructor(description: StreamDescription) {
    const track = leadingTrack(description.tracks);
    if (track === undefined) throw new RangeError('a stream without tracks cannot be published');
    this.trackId = track.id;
    this.clockRateHz = track.clockRateHz;
    this.#byKeyUnit = startsAtKeyUnits(track);
  }

  /** A place that joining readers are sent to. `segment` is that of the leading track's unit before this one, -1 at first. */
  isStart(unit: BusUnit, segment: number): boolean {
    if (unit.trackId !== this.trackId) return false;
    return this.#byKeyUnit ? unit.key : unit.segment !== segment;
  }

  /** A reader that has lost units can go on here. */
  isResumable(unit: BusUnit): boolean {
    return unit.trackId === this.trackId && (unit.key || !this.#byKeyUnit);
  }
}
