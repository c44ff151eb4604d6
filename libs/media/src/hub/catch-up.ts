import type { BusUnit } from '../epoch.ts';
import { startsAtKeyUnits } from '../leading-track.ts';
import type { StreamDescription } from '../track.ts';
import type { Attachment } from './attachment.ts';
import type { CatchUp, GopCacheMode } from './hub-reader.ts';
import { retimeToLiveEdge } from './retime.ts';

export const NO_CATCH_UP: CatchUp = { mode: 'none', units: [] };

/** What a reader that attaches now is given of the cached units; its tracks that the catch-up leaves without a key unit wait for one. */
export function catchUpFor<Frame>(
  attachment: Attachment<Frame>,
  cached: readonly BusUnit[],
  mode: GopCacheMode,
  description: StreamDescription,
): CatchUp {
  if (mode === 'off' || !attachment.leadingHasDeltas) return NO_CATCH_UP;
  const units: BusUnit[] = [];
  const shown = new Set<number>();
  for (const unit of cached) {
    if (attachment.takes[unit.trackId] !== 1 || (mode === 'catchUp' && unit.trackId !== attachment.leadingId)) continue;
    if (!unit.key && !shown.has(unit.trackId)) continue;
    shown.add(unit.trackId);
    units.push(unit);
  }
  if (!shown.has(attachment.leadingId)) return NO_CATCH_UP;
  for (const track of description.tracks) if (startsAtKeyUnits(track) && !shown.has(track.id)) attachment.awaitsKey[track.id] = 1;
  if (mode === 'burst') return { mode, units };
  const leading = description.tracks.find((track) => track.id === attachment.leadingId)!;
  return { mode, units: retimeToLiveEdge(units, leading.clockRateHz) };
}
