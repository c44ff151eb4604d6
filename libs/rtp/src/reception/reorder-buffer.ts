import type { RtpPacket } from '../packet.ts';

/** Packets that a UDP reception waits for a late one: what networks reorder arrives within a few, a multicast or Wi-Fi burst within tens. */
export const MAX_REORDERED_PACKETS = 64;

/** Packets that a reception waits for one that is sent again: MAX_REORDER_WAIT_US of 40 Mbit/s. */
export const MAX_AWAITED_PACKETS = 1_024;

/** A gap is given up after this time, since at few packets a second a full window would be seconds late. */
export const MAX_REORDER_WAIT_US = 250_000;

/**
 * What one reception released, in order. It is reused: valid until the next call.
 */
export interface ReleasedPackets {
  readonly packets: readonly RtpPacket[];
  /** For each packet, how many were lost before it: when not 0, depacketizers are reset first. */
  readonly lostBefore: readonly number[];
  /** The sender began anew (another SSRC, or another range of sequence numbers): depacketizers are reset first, timestamps have no relation to earlier ones. */
  readonly restarted: boolean;
}

/**
 * Puts packets back in order, for one sender.
 *
 * Shape: a packet that is next goes straight through; those after a gap wait until the gap is filled, `windowPackets` are exceeded, or MAX_REORDER_WAIT_US are over.
 *        A window of 0 (TCP) waits for nothing. Duplicates and packets that come too late are dropped.
 *        A jump forward beyond the window is a loss; two packets in a row from before the window are a restart (RFC 3550 A.1).
 */
export class ReorderBuffer implements ReleasedPackets {
  readonly packets: RtpPacket[] = [];
  readonly lostBefore: number[] = [];
  restarted = false;
  /** Packets that never came. */
  lostPackets = 0;
  /** Duplicates, and packets later than the window. */
  droppedPackets = 0;

  private readonly windowPackets: number;
  /** Waiting packets, at their sequence number modulo the size. */
  private readonly slots: (RtpPacket | undefined)[];
  private waiting = 0;
  private waitingSinceUs = 0;
  private expected = -1;
  private ssrc = 0;
  /** The sequence number that would confirm a restart. */
  private suspected = -1;

  /** `windowPackets`: 0, or a power of two of up to MAX_AWAITED_PACKETS. */
  constructor(windowPackets: number) {
    if (windowPackets < 0 || windowPackets > MAX_AWAITED_PACKETS)
      throw new RangeError(`the window is ${windowPackets} packets, it must be 0 to ${MAX_AWAITED_PACKETS}`);
    this.windowPackets = windowPackets;
    this.slots = new Array<RtpPacket | undefined>(Math.max(1, windowPackets)).fill(undefined);
  }

  push(packet: RtpPacket, nowUs: number): void {
    this.restarted = false;
    this.packets.length = 0;
    this.lostBefore.length = 0;
    if (packet.ssrc !== this.ssrc || this.expected < 0) {
      this.restart(packet);
      return;
    }
    const ahead = (packet.sequenceNumber - this.expected) & 0xffff;
    if (ahead === 0) {
      this.release(packet, 0);
      if (this.waiting > 0) this.releaseRun(nowUs);
    } else if (ahead >= 0x8000) {
      this.dropLate(packet, 0x1_0000 - ahead);
      return;
    } else if (ahead < this.windowPackets) this.keep(packet, nowUs);
    else {
      const lost = this.releaseWaiting(packet.sequenceNumber);
      this.release(packet, lost);
    }
    this.suspected = -1;
    if (this.waiting > 0 && nowUs - this.waitingSinceUs >= MAX_REORDER_WAIT_US) this.releaseWaiting(-1);
  }

  private keep(packet: RtpPacket, nowUs: number): void {
    const slot = packet.sequenceNumber % this.slots.length;
    if (this.slots[slot] !== undefined) {
      this.droppedPackets++;
      return;
    }
    this.slots[slot] = packet;
    if (this.waiting++ === 0) this.waitingSinceUs = nowUs;
  }

  private dropLate(packet: RtpPacket, behind: number): void {
    if (behind > Math.max(MAX_REORDERED_PACKETS, this.windowPackets)) {
      if (packet.sequenceNumber === this.suspected) {
        this.restart(packet);
        return;
      }
      this.suspected = (packet.sequenceNumber + 1) & 0xffff;
    }
    this.droppedPackets++;
  }

  private restart(packet: RtpPacket): void {
    this.restarted = this.expected >= 0;
    this.suspected = -1;
    this.ssrc = packet.ssrc;
    this.waiting = 0;
    this.slots.fill(undefined);
    this.release(packet, 0);
  }

  private release(packet: RtpPacket, lost: number): void {
    this.packets.push(packet);
    this.lostBefore.push(lost);
    this.lostPackets += lost;
    this.expected = (packet.sequenceNumber + 1) & 0xffff;
  }

  /** The waiting packets that follow without a gap. */
  private releaseRun(nowUs: number): void {
    for (;;) {
      const packet = this.takeSlot(this.expected);
      if (packet === undefined) break;
      this.release(packet, 0);
    }
    this.waitingSinceUs = nowUs;
  }

  /** All waiting packets, across gaps. Returns how many are missing after the last of them, before the sequence number `next` (negative: none). */
  private releaseWaiting(next: number): number {
    let lost = 0;
    for (let sequenceNumber = this.expected; this.waiting > 0; sequenceNumber = (sequenceNumber + 1) & 0xffff) {
      const packet = this.takeSlot(sequenceNumber);
      if (packet === undefined) lost++;
      else {
        this.release(packet, lost);
        lost = 0;
      }
    }
    return next < 0 ? 0 : (next - this.expected) & 0xffff;
  }

  private takeSlot(sequenceNumber: number): RtpPacket | undefined {
    const slot = sequenceNumber % this.slots.length;
    const packet = this.slots[slot];
    if (packet === undefined) return undefined;
    this.slots[slot] = undefined;
    this.waiting--;
    return packet;
  }
}
