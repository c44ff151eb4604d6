import type { CatchUpFrames } from '../catch-up-frames.ts';
import type { OutgoingTrack } from '../from-stream.ts';
import type { ReaderNumbering } from '../transport/reader-numbering.ts';

/** In a second, whatever was sent: a key frame of 300 KB that was lost as a whole. */
const MIN_RETRANSMISSIONS_A_SECOND = 256;
/** Packets of the instant start can be asked for again for so long. */
const CATCH_UP_SECONDS = 5;

/**
 * The packets that one reader asks for again: from the path's history, or its own instant start.
 *
 * Limits: in a second as many as were sent for the first time in the one before: whoever misses more has a path that does not
 *         carry the stream, or wants the server to send to it.
 */
export class Retransmissions {
  private catchUp: CatchUpFrames | undefined;
  private catchUpSeconds = 0;
  private left = MIN_RETRANSMISSIONS_A_SECOND;

  remember(catchUp: CatchUpFrames): void {
    this.catchUp = catchUp;
    this.catchUpSeconds = CATCH_UP_SECONDS;
  }

  /** The packet that the reader knows by this number; undefined when it is not there any more, or enough was sent again. */
  take(track: OutgoingTrack, numbering: ReaderNumbering, sequenceNumber: number): Uint8Array | undefined {
    if (this.left === 0) return undefined;
    const number = numbering.ofPath(sequenceNumber);
    if (number < 0) return undefined;
    const packet = this.catchUp?.find(track, number) ?? historyPacket(track, number);
    if (packet !== undefined) this.left--;
    return packet;
  }

  /** Every second. `sentPackets`: in the second that is over. */
  tick(sentPackets: number): void {
    this.left = Math.max(MIN_RETRANSMISSIONS_A_SECOND, sentPackets);
    if (this.catchUpSeconds > 0 && --this.catchUpSeconds === 0) this.catchUp = undefined;
  }
}

function historyPacket({ history }: OutgoingTrack, sequenceNumber: number): Uint8Array | undefined {
  return history.find(sequenceNumber) ? history.bytes.subarray(history.offset, history.offset + history.size) : undefined;
}
