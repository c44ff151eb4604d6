/** What is still asked for: a gap that is larger is a new start, or a path that carries nothing. */
export const MAX_MISSING_PACKETS = 256;
/** A round trip, and a little: asking earlier asks twice for what is on its way. */
const ASK_AGAIN_MS = 60;
const MAX_ASKED = 4;
/** What comes later is of no use: the receiver waits no longer for it. */
const MAX_BEHIND = 1_024;

interface Missing {
  askedAtMs: number;
  asked: number;
}

/**
 * Which packets of one sender did not come, for NACK.
 *
 * Shape: a sequence number as it arrives in; those to ask for now out.
 * Units: sequence numbers modulo 2^16, milliseconds of any clock.
 * Source: RFC 4585 6.2.1.
 */
export class MissingPackets {
  private highest = -1;
  private readonly missing = new Map<number, Missing>();

  received(sequenceNumber: number, nowMs: number): readonly number[] {
    if (this.highest < 0) {
      this.highest = sequenceNumber;
      return NONE;
    }
    const ahead = (sequenceNumber - this.highest) & 0xffff;
    if (ahead === 0 || ahead >= 0x8000) this.missing.delete(sequenceNumber);
    else {
      if (ahead > MAX_MISSING_PACKETS) this.missing.clear();
      else this.miss(ahead);
      this.highest = sequenceNumber;
    }
    return this.missing.size === 0 ? NONE : this.due(nowMs);
  }

  /** Whether the packet was asked for, or will be, and has not come. */
  isMissing(sequenceNumber: number): boolean {
    return this.missing.has(sequenceNumber);
  }

  /** The sender begins anew at this number. */
  restart(sequenceNumber: number): void {
    this.highest = sequenceNumber;
    this.missing.clear();
  }

  /** The newest are asked for, if there is no room for all. */
  private miss(ahead: number): void {
    for (let i = 1; i < ahead; i++) this.missing.set((this.highest + i) & 0xffff, { askedAtMs: -Infinity, asked: 0 });
    for (const oldest of this.missing.keys()) {
      if (this.missing.size <= MAX_MISSING_PACKETS) return;
      this.missing.delete(oldest);
    }
  }

  private due(nowMs: number): readonly number[] {
    const due: number[] = [];
    for (const [sequenceNumber, entry] of this.missing) {
      const behind = (this.highest - sequenceNumber) & 0xffff;
      if (behind > MAX_BEHIND) this.missing.delete(sequenceNumber);
      else if (entry.asked < MAX_ASKED && nowMs - entry.askedAtMs >= ASK_AGAIN_MS) {
        entry.asked++;
        entry.askedAtMs = nowMs;
        due.push(sequenceNumber);
      }
    }
    return due;
  }
}

const NONE: readonly number[] = [];
