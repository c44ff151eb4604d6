import type { ReportBlock } from '@mediamesh/rtp';

/** Retransmission makes up for what radio loses; a path that loses more does not carry the stream. */
export const CONGESTED_SHARE = 0.25;
/** In a row: one can be of a moment. */
export const CONGESTED_SECONDS = 2;
/** Of fewer packets, a share says nothing. */
export const MIN_EXPECTED_PACKETS = 20;
/** What waits on the way is through by then. */
export const PAUSE_SECONDS = 2;

type Loss = Pick<ReportBlock, 'cumulativeLost' | 'extendedHighestSequenceNumber'>;

/**
 * Whether the path to a reader carries the stream, by the losses that the reader reports. When it does not, the reader is to skip
 * to a key frame, as one does whose queue is full: what it would get else is pieces.
 *
 * Shape: reports of one track in, at any time: browsers send one with each NACK, so the share that a report itself tells is of a
 *        few packets. `tick` compares what a second has brought; `isCongested` for PAUSE_SECONDS of them.
 */
export class Congestion {
  private latest: Loss | undefined;
  private before: Loss | undefined;
  private badSeconds = 0;
  private pause = 0;

  get isCongested(): boolean {
    return this.pause > 0;
  }

  reported(report: Loss): void {
    this.latest = report;
  }

  /** Every second. */
  tick(): void {
    const { latest, before } = this;
    this.before = latest;
    if (this.pause > 0) this.pause--;
    else if (latest !== undefined && before !== undefined) this.judge(latest, before);
  }

  private judge(latest: Loss, before: Loss): void {
    const expected = (latest.extendedHighestSequenceNumber - before.extendedHighestSequenceNumber) | 0;
    const lost = latest.cumulativeLost - before.cumulativeLost;
    const isBad = expected >= MIN_EXPECTED_PACKETS && lost >= CONGESTED_SHARE * expected;
    this.badSeconds = isBad ? this.badSeconds + 1 : 0;
    if (this.badSeconds < CONGESTED_SECONDS) return;
    this.badSeconds = 0;
    this.pause = PAUSE_SECONDS;
  }
}
