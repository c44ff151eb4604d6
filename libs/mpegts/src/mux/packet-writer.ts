import { TS_PACKET_BYTES, TS_SYNC_BYTE } from '../packet.ts';
import { PES_CLOCK_PERIOD } from '../pes.ts';
import type { PieceList } from './piece-list.ts';

const HEADER_BYTES = 4;
const ROOM_BYTES = TS_PACKET_BYTES - HEADER_BYTES;
const FLAGS_BYTES = 2;
const PCR_BYTES = 6;

/** What the first packet of a PES packet or section says in its adaptation field. */
export interface Adaptation {
  readonly randomAccess: boolean;
  /** Ticks of 90 kHz, any safe integer; undefined without. */
  readonly pcr: number | undefined;
}

export const NO_ADAPTATION: Adaptation = { randomAccess: false, pcr: undefined };

/**
 * The packets of one PID: PES packets, or sections behind their pointer, cut into TS packets.
 *
 * Shape:    `sizeOf` then `writeInto`, which counts on.
 * Source:   ISO 13818-1 2.4.3.2 to 2.4.3.5.
 */
export class PacketWriter {
  private readonly pid: number;
  private continuity = 0;
  /** The next packet is not the continuation of what any reader had before. */
  private interrupted = true;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Counting begins anew, and the next packet says so. */
  restart(): void {
    this.continuity = 0;
    this.interrupted = true;
  }

  sizeOf(pieces: PieceList, adaptation: Adaptation): number {
    const behindFirst = pieces.sizeBytes - ROOM_BYTES + this.adaptationBytes(adaptation);
    return TS_PACKET_BYTES * (behindFirst <= 0 ? 1 : 1 + Math.ceil(behindFirst / ROOM_BYTES));
  }

  /** All of `pieces`; returns the offset after them. `target` is zeroed there. */
  writeInto(pieces: PieceList, adaptation: Adaptation, target: Uint8Array, start: number): number {
    let at = start;
    let left = pieces.sizeBytes;
    let fieldBytes = this.adaptationBytes(adaptation);
    for (let first = true; first || left > 0; first = false) {
      const taken = Math.min(ROOM_BYTES - fieldBytes, left);
      const filledBytes = ROOM_BYTES - taken;
      target[at] = TS_SYNC_BYTE;
      target[at + 1] = (first ? 0x40 : 0) | (this.pid >> 8);
      target[at + 2] = this.pid;
      target[at + 3] = (filledBytes > 0 ? 0x30 : 0x10) | this.continuity;
      this.continuity = (this.continuity + 1) & 0x0f;
      if (filledBytes > 0) this.writeField(first ? adaptation : NO_ADAPTATION, fieldBytes, filledBytes, target.subarray(at + HEADER_BYTES));
      pieces.copyInto(target, at + HEADER_BYTES + filledBytes, taken);
      at += TS_PACKET_BYTES;
      left -= taken;
      fieldBytes = 0;
    }
    return at;
  }

  private adaptationBytes({ randomAccess, pcr }: Adaptation): number {
    if (!randomAccess && !this.interrupted && pcr === undefined) return 0;
    return FLAGS_BYTES + (pcr === undefined ? 0 : PCR_BYTES);
  }

  /** `usedBytes` of flags and clock, and stuffing up to `filledBytes`. */
  private writeField({ randomAccess, pcr }: Adaptation, usedBytes: number, filledBytes: number, target: Uint8Array): void {
    target[0] = filledBytes - 1;
    if (filledBytes === 1) return;
    if (usedBytes > 0) {
      target[1] = (this.interrupted ? 0x80 : 0) | (randomAccess ? 0x40 : 0) | (pcr === undefined ? 0 : 0x10);
      if (pcr !== undefined) writePcrInto(pcr, target, FLAGS_BYTES);
      this.interrupted = false;
    }
    target.fill(0xff, Math.max(usedBytes, FLAGS_BYTES), filledBytes);
  }
}

function writePcrInto(ticks: number, target: Uint8Array, at: number): void {
  const base = ((ticks % PES_CLOCK_PERIOD) + PES_CLOCK_PERIOD) % PES_CLOCK_PERIOD;
  const high = Math.floor(base / 2);
  target[at] = high >>> 24;
  target[at + 1] = high >>> 16;
  target[at + 2] = high >>> 8;
  target[at + 3] = high;
  target[at + 4] = ((base & 1) << 7) | 0x7e; // reserved; extension 0
  target[at + 5] = 0;
}
