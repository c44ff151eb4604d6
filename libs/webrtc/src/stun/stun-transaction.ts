/** RFC 8445 14.3, RFC 8489 6.2.1. */
const FIRST_RETRANSMISSION_MS = 500;
const MAX_TRANSMISSIONS = 7;
const LAST_WAIT_MS = 16 * FIRST_RETRANSMISSION_MS;
/** Over TCP nothing is sent again. RFC 8489 6.2.2. */
const RELIABLE_WAIT_MS = 39_500;

/** A request until its answer: when it is sent again, and when it is given up. Source: RFC 8489 6.2. */
export class StunTransaction {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  private readonly isReliable: boolean;
  private transmissions = 1;
  private dueMs: number;

  /** The caller sends it now. */
  constructor(id: Uint8Array, bytes: Uint8Array, { nowMs, isReliable = false }: { readonly nowMs: number; readonly isReliable?: boolean }) {
    this.id = id;
    this.bytes = bytes;
    this.isReliable = isReliable;
    this.dueMs = nowMs + (isReliable ? RELIABLE_WAIT_MS : FIRST_RETRANSMISSION_MS);
  }

  /** `send`: again, now. `expired`: there is no answer. */
  tick(nowMs: number): 'wait' | 'send' | 'expired' {
    if (nowMs < this.dueMs) return 'wait';
    if (this.isReliable || this.transmissions === MAX_TRANSMISSIONS) return 'expired';
    this.transmissions++;
    this.dueMs =
      nowMs + (this.transmissions === MAX_TRANSMISSIONS ? LAST_WAIT_MS : FIRST_RETRANSMISSION_MS * 2 ** (this.transmissions - 1));
    return 'send';
  }
}
