/** What is still asked for: a gap that is larger is a new start, or a path that carries nothing. */
export const MAX_MISSING_PACKETS = 256;
/** A round trip, and a little: asking earlier asks twice for what is on its way. */
const ASK_AGAIN_MS = 60;
const MAX_ASKED = 4;

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
      else for (let i = 1; i < ahead; i++) this.missing.set((this.highest + i) & 0xffff, { askedAtMs: -Infinity, asked: 0 });
      this.highest = sequenceNumber;
    }
    return this.missing.size === 0 ? NONE : this.due(nowMs);
  }

  /** Whether the packet was asked for, or will be, and has not come. */
  isMissing(sequenceNumber: number): boolean {
    return this.missing.has(sequenceNumber);
  }

  private due(nowMs: number): readonly number[] {
    const due: number[] = [];
    for (const [sequenceNumber, entry] of this.missing) {
      const behind = (this.highest - sequenceNumber) & 0xffff;
      if (entry.asked === MAX_ASKED || behind > MAX_MISSING_PACKETS) this.missing.delete(sequenceNumber);
      else if (nowMs - entry.askedAtMs >= ASK_AGAIN_MS) {
        entry.asked++;
        entry.askedAtMs = nowMs;
        due.push(sequenceNumber);
      }
    }
    return due;
  }
}

const NONE: readonly number[] = [];
