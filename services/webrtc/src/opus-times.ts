import { OPUS_CLOCK_RATE_HZ, parseOpusToc } from '@mediamesh/codecs';
import type { BusUnit } from '@mediamesh/media';

/** Publishers that stamp packets as they come stamp some together; behind more than that is another clock, or one that was set back. */
export const MAX_AHEAD_TICKS = OPUS_CLOCK_RATE_HZ / 2;

/** Of Opus: what its times and durations are read from. */
export type OpusUnit = Pick<BusUnit, 'ptsTicks' | 'payload'>;

/**
 * When the packets of an Opus track are said to begin: where the one before has ended, since browsers want times that fit the durations
 * exactly, and those of ffmpeg are rounded to its container's clock.
 *
 * Times:  never go back. Where a packet and more is missing (a loss, silence that is not sent, another publisher), the gap stays as it
 *         was, so that sound is never earlier than it should be by a packet.
 * Errors: RangeError for a unit that would have to go back; ParseError of a malformed packet.
 */
export class OpusTimes {
  private nextTicks: number | undefined;

  /** Of the unit that comes next. */
  place(unit: OpusUnit): number {
    const startTicks = this.startOf(unit);
    this.nextTicks = startTicks + durationOf(unit);
    return startTicks;
  }

  /** What must be added to the times of units that were sent already, so that they end where the next one begins. `last`: of them. */
  shiftFrom(last: OpusUnit): number {
    const { nextTicks } = this;
    if (nextTicks === undefined) return 0;
    const shiftTicks = nextTicks - last.ptsTicks - durationOf(last);
    return Math.abs(shiftTicks) > MAX_AHEAD_TICKS ? 0 : shiftTicks;
  }

  private startOf({ ptsTicks, payload }: OpusUnit): number {
    const { nextTicks } = this;
    if (nextTicks === undefined || ptsTicks - nextTicks >= parseOpusToc(payload[0]!).durationTicks) return ptsTicks;
    if (nextTicks - ptsTicks > MAX_AHEAD_TICKS)
      throw new RangeError(`an Opus packet is ${nextTicks - ptsTicks} ticks behind what was sent`);
    return nextTicks;
  }
}

function durationOf({ payload }: OpusUnit): number {
  let durationTicks = 0;
  for (let i = 0; i < payload.length; i++) durationTicks += parseOpusToc(payload[i]!).durationTicks;
  return durationTicks;
}
