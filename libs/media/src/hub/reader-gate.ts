import type { HubLimits } from './hub-reader.ts';

/** A queue counts as drained at this share of its limits: the key frame that follows must fit, or skipping would start again at once. */
const DRAINED_SHARE = 0.5;

/**
 * Decides for one reader which units it takes, and counts those that it does not.
 * When its queue exceeds a limit, the reader skips to the next key unit of its leading track at which the queue has drained.
 * A reader whose leading track has no deltas (audio only) skips unit by unit.
 */
export class ReaderGate {
  /** Units of its tracks that the reader did not get because its queue was full. */
  unitsSkipped = 0;
  private readonly limits: HubLimits;
  private skipping = false;

  constructor(limits: HubLimits) {
    this.limits = limits;
  }

  /** `leads`: the unit is of the reader's leading track. `hasDeltas`: that track has units that need earlier ones. */
  admit(
    key: boolean,
    leads: boolean,
    hasDeltas: boolean,
    queue: { readonly queuedPackets: number; readonly queuedBytes: number },
  ): boolean {
    const { maxQueuePackets, maxQueueBytes } = this.limits;
    if (this.skipping) {
      const drained = queue.queuedPackets <= maxQueuePackets * DRAINED_SHARE && queue.queuedBytes <= maxQueueBytes * DRAINED_SHARE;
      if (!(key && leads && drained)) {
        this.unitsSkipped++;
        return false;
      }
      this.skipping = false;
      return true;
    }
    if (queue.queuedPackets > maxQueuePackets || queue.queuedBytes > maxQueueBytes) {
      this.skipping = hasDeltas;
      this.unitsSkipped++;
      return false;
    }
    return true;
  }

  /** The reader was skipping since the last admitted unit: what it takes next follows a loss. */
  get isSkipping(): boolean {
    return this.skipping;
  }
}
