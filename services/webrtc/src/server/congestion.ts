import type { ReportBlock } from '@mediamesh/rtp';
import { RoundTrip } from './round-trip.ts';

/** Retransmission makes up for what radio loses; a path that loses more does not carry the stream. */
export const CONGESTED_SHARE = 0.25;
/** In a row: one can be of a moment. */
export const CONGESTED_SECONDS = 2;
/** Of fewer packets, a share says nothing. */
export const MIN_EXPECTED_PACKETS = 20;
/** What waits on the way is through by then. */
export const PAUSE_SECONDS = 2;
/** Of a path that did not carry the stream after the last pause either: each is twice as long as the one before. */
export const MAX_PAUSE_SECONDS = 16;
/** Without congestion, after which a pause is the first again. */
export const GOOD_SECONDS = 10;
/** Browsers take back a little of what comes whenever frames come late, whoever held them up. */
export const ESTIMATED_SHARE = 0.75;
/** Browsers estimate every second. */
const ESTIMATE_SECONDS = 3;

type Loss = Pick<ReportBlock, 'cumulativeLost' | 'extendedHighestSequenceNumber'>;

/** What a second has brought, of the video that a reader was sent since it came. */
export interface SentVideo {
  readonly octetCount: number;
  /** Undefined before the first report of the reader that tells it. */
  readonly roundTripUs: number | undefined;
}

/**
 * Whether the path to a reader carries the stream. When it does not, the reader is to skip to a key frame, as one does whose queue is
 * full: what it would get else is pieces.
 *
 * Shape:  reports and estimates of the reader in, at any time: browsers send a report with each NACK, so the share that a report itself
 *         tells is of a few packets. `tick` compares what a second has brought; `isCongested` for the pause that follows.
 * Losses: of a quarter say it by themselves: a queue on the way is full, or there is none.
 * Estimates (REMB) that are less than what is sent say it only with a round trip that has grown. Alone they do not: they follow what
 *         came, 8 % a second, and are far below a picture that begins to move. Nor does the round trip: key frames queue for a moment.
 */
export class Congestion {
  private latest: Loss | undefined;
  private before: Loss | undefined;
  private readonly roundTrip = new RoundTrip();
  private estimateBps = 0;
  private estimateSeconds = 0;
  private octetCount = 0;
  private sentBps = 0;
  private badSeconds = 0;
  private goodSeconds = GOOD_SECONDS;
  private pause = 0;
  private lastPause = 0;

  get isCongested(): boolean {
    return this.pause > 0;
  }

  reported(report: Loss): void {
    this.latest = report;
  }

  /** What the reader believes that it can get. */
  estimated(bitrateBps: number): void {
    this.estimateBps = bitrateBps;
    this.estimateSeconds = ESTIMATE_SECONDS;
  }

  /** Every second. */
  tick({ octetCount, roundTripUs }: SentVideo): void {
    const isLossy = this.hasLosses();
    const isNarrow = this.isNarrow(octetCount, this.roundTrip.hasGrown(roundTripUs));
    if (this.pause > 0) this.pause--;
    else this.judge(isLossy || isNarrow);
  }

  private hasLosses(): boolean {
    const { latest, before } = this;
    this.before = latest;
    if (latest === undefined || before === undefined) return false;
    const expected = (latest.extendedHighestSequenceNumber - before.extendedHighestSequenceNumber) | 0;
    const lost = latest.cumulativeLost - before.cumulativeLost;
    return expected >= MIN_EXPECTED_PACKETS && lost >= CONGESTED_SHARE * expected;
  }

  private isNarrow(octetCount: number, isQueueing: boolean): boolean {
    const sentBps = 8 * (octetCount - this.octetCount);
    const meanBps = (sentBps + this.sentBps) / 2; // key frames are bursts
    this.octetCount = octetCount;
    this.sentBps = sentBps;
    if (this.estimateSeconds === 0) return false;
    this.estimateSeconds--;
    return isQueueing && this.estimateBps < ESTIMATED_SHARE * meanBps;
  }

  private judge(isBad: boolean): void {
    this.badSeconds = isBad ? this.badSeconds + 1 : 0;
    this.goodSeconds = isBad ? 0 : this.goodSeconds + 1;
    if (this.goodSeconds >= GOOD_SECONDS) this.lastPause = 0;
    if (this.badSeconds < CONGESTED_SECONDS) return;
    this.badSeconds = 0;
    this.pause = this.lastPause = Math.min(MAX_PAUSE_SECONDS, Math.max(PAUSE_SECONDS, 2 * this.lastPause));
  }
}
