import { MAX_REORDER_FRAMES } from './vui.ts';

/** POC of a frame is usually twice its position: one for each field. */
const USUAL_STEP = 2;

/**
 * The reorder depth of a sequence whose SPS does not tell it, from gaps in the picture order count: pictures that come before
 * others of lower count are ahead of them.
 *
 * A gap counts at once, since the next picture may fill it, but it is kept only when a picture did: a lost picture leaves a gap too.
 *
 * Source: H.264 8.2.1.1 for the wrapping of the count.
 */
export class PictureOrder {
  private readonly halfRange: number;
  private depth = 0;
  private step = USUAL_STEP;
  /** Every picture up to here has been seen. */
  private front = 0;
  /** Pictures beyond the gap, ascending. */
  private readonly beyond: number[] = [];
  private last = 0;
  private lastReference = 0;
  private lastRise = 0;

  constructor(log2MaxPocLsb: number) {
    this.halfRange = 2 ** (log2MaxPocLsb - 1);
  }

  /** Starts again at an IDR picture. */
  start(pocLsb: number): void {
    this.front = pocLsb;
    this.last = pocLsb;
    this.lastReference = pocLsb;
    this.lastRise = 0;
    this.beyond.length = 0;
  }

  /** Returns the depth with this picture; `reference` is whether others refer to it (nal_ref_idc). */
  push(pocLsb: number, reference: boolean): number {
    const range = this.halfRange * 2;
    let distance = (((pocLsb - this.lastReference) % range) + range) % range;
    if (distance > this.halfRange) distance -= range;
    const poc = this.lastReference + distance;
    const rise = poc - this.last;
    if (reference) this.lastReference = poc;
    this.learnStep(rise);
    this.last = poc;
    this.lastRise = rise;
    this.place(poc);
    return Math.min(MAX_REORDER_FRAMES, Math.max(this.depth, this.beyond.length));
  }

  private learnStep(rise: number): void {
    if (rise % 2 !== 0) this.step = 1;
    // Twice the same rise in a row is not reordered: this encoder counts in larger steps.
    else if (rise > this.step && rise === this.lastRise) this.step = rise;
  }

  private place(poc: number): void {
    const beyond = this.beyond;
    const highest = beyond[beyond.length - 1];
    if (highest !== undefined && (poc > highest || beyond.length === MAX_REORDER_FRAMES)) {
      // Nothing filled the gap before the next picture beyond it, or for too long: the missing ones are lost.
      this.front = highest;
      beyond.length = 0;
    }
    if (poc > this.front + this.step) {
      let at = beyond.length;
      while (at > 0 && beyond[at - 1]! > poc) at--;
      beyond.splice(at, 0, poc);
      if (at < beyond.length - 1) this.depth = Math.max(this.depth, beyond.length);
      return;
    }
    if (highest !== undefined && poc < highest) this.depth = Math.max(this.depth, beyond.length);
    this.front = Math.max(this.front, poc);
    let filled = 0;
    while (filled < beyond.length && beyond[filled]! <= this.front + this.step) this.front = beyond[filled++]!;
    beyond.splice(0, filled);
  }
}
