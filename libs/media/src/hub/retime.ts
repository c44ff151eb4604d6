import type { BusUnit } from '../epoch.ts';
import { microsFromTicks } from '../ticks.ts';

/** Steps of the retimed units: MediaMTX's readers round to milliseconds in RTMP, so shorter ones would collapse. */
const STEPS_A_SECOND = 1000;

/**
 * Retimes the units of one track, so that what has accumulated since a key frame plays at once and ends at the live edge.
 *
 * Shape:  units in decoding order in, copies with other times out (payloads are shared). Units that need no change are returned as they are.
 * Units:  steps of 1 ms, rounded up to ticks.
 * How:    one monotonic, piecewise-linear map for PTS and DTS alike, so PTS >= DTS and the display order hold, B-frames included.
 *         Its knots are the distinct times up to the edge, a step apart, the last one at the edge; beyond the edge it is the identity.
 *         The edge is the DTS of the last unit and not the expected DTS of the next: frames that come early (jitter, variable rates)
 *         would land before what was retimed, while every live unit has a later DTS than the last one.
 *         A track whose units are already denser than the steps keeps its times.
 */
export function retimeToLiveEdge(units: readonly BusUnit[], clockRateHz: number): readonly BusUnit[] {
  const last = units.at(-1);
  if (last === undefined) return units;
  const edge = last.dtsTicks;
  const knots = knotsUpTo(edge, units);
  const step = Math.ceil(clockRateHz / STEPS_A_SECOND);
  const start = edge - (knots.length - 1) * step;
  if (start <= knots[0]!) return units;
  const position = new Map<number, number>();
  for (let i = 0; i < knots.length; i++) position.set(knots[i]!, start + i * step);
  return units.map((unit) => {
    const ptsTicks = position.get(unit.ptsTicks) ?? unit.ptsTicks;
    const dtsTicks = position.get(unit.dtsTicks) ?? unit.dtsTicks;
    const ntpUs = unit.ntpUs + microsFromTicks(ptsTicks - unit.ptsTicks, clockRateHz);
    return { ...unit, ptsTicks, dtsTicks, ntpUs };
  });
}

function knotsUpTo(edge: number, units: readonly BusUnit[]): readonly number[] {
  const times = new Set<number>();
  for (const unit of units) {
    if (unit.dtsTicks <= edge) times.add(unit.dtsTicks);
    if (unit.ptsTicks <= edge) times.add(unit.ptsTicks);
  }
  return [...times].sort((a, b) => a - b);
}
