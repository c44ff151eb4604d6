import type { RtpPacket } from '../packet.ts';

const NONE = -1;

/**
 * Decides, after a loss, which packet is the first of an intact unit.
 *
 * RTP marks where a unit ends, and few payload formats mark where one starts. So the gate learns with what kind of
 * packet the intact units of this stream start (parameter sets, a first slice, ...), and after a loss admits only these kinds;
 * whatever comes before, it skips up to the marker or to a change of timestamp that it saw itself.
 *
 * Shape: a start kind is 0 to 255, or negative for a packet that cannot start a unit.
 */
export class LossGate {
  private closed = true;
  /** Timestamp of the unit that the loss cut. */
  private damaged = NONE;
  /** Timestamp of the unit that is being skipped since. */
  private skipped = NONE;
  private readonly known = new Uint8Array(256);
  private learned = false;

  /** To be asked for each packet that comes while no unit is in progress. */
  admit(packet: RtpPacket, startKind: number): boolean {
    if (!this.closed) {
      if (startKind >= 0) {
        this.known[startKind] = 1;
        this.learned = true;
      }
      return true;
    }
    const follows = this.skipped !== NONE && this.skipped !== packet.timestamp;
    if (follows || this.isStart(packet.timestamp, startKind)) {
      this.open();
      return true;
    }
    this.skip(packet);
    return false;
  }

  /** Packets were lost. `timestamp` is that of the unit in progress, negative when there is none. */
  close(timestamp: number): void {
    if (timestamp >= 0) this.damaged = timestamp;
    else if (!this.closed) this.damaged = NONE;
    else if (this.skipped !== NONE) this.damaged = this.skipped;
    this.closed = true;
    this.skipped = NONE;
  }

  /** This packet's unit is given up. */
  skip(packet: RtpPacket): void {
    this.closed = true;
    this.skipped = packet.timestamp;
    if (packet.marker) this.open();
  }

  private isStart(timestamp: number, startKind: number): boolean {
    if (startKind < 0 || timestamp === this.damaged || timestamp === this.skipped) return false;
    return !this.learned || this.known[startKind] === 1;
  }

  private open(): void {
    this.closed = false;
    this.damaged = NONE;
    this.skipped = NONE;
  }
}
