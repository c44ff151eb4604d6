import type { RtpPacket } from '../packet.ts';
import type { DepacketizedUnit } from '../packetizer.ts';
import { FragmentBuffer } from './fragment-buffer.ts';
import { LossGate } from './loss-gate.ts';
import { NO_UNITS } from './no-units.ts';

const NONE = -1;

/**
 * The unit in progress of codecs whose unit is one entry: what their packets carry, joined up to the marker or a change of timestamp.
 *
 * Shape:  for each packet `begin`, then `end`; between them what it carries goes to `add` when `begin` said so.
 * Errors: those of FragmentBuffer; the caller then calls `fail`.
 */
export class SingleEntryBuffer {
  private readonly fragments: FragmentBuffer;
  private readonly gate = new LossGate();
  private timestamp = NONE;
  private previous: DepacketizedUnit | undefined;

  constructor(structure: string) {
    this.fragments = new FragmentBuffer(structure);
  }

  get sizeBytes(): number {
    return this.fragments.sizeBytes;
  }

  /** Whether the packet belongs to a unit that is to be read. `startKind` as in LossGate. */
  begin(packet: RtpPacket, startKind: number): boolean {
    this.previous = this.timestamp >= 0 && this.timestamp !== packet.timestamp ? this.take() : undefined;
    if (this.timestamp >= 0) return true;
    if (!this.gate.admit(packet, startKind)) return false;
    this.timestamp = packet.timestamp;
    return true;
  }

  add(fragment: Uint8Array): void {
    this.fragments.add(fragment);
  }

  /** Units that the packet completed. */
  end(packet: RtpPacket): readonly DepacketizedUnit[] {
    const { previous } = this;
    this.previous = undefined;
    const complete = packet.marker && this.timestamp >= 0 ? this.take() : undefined;
    if (previous === undefined) return complete === undefined ? NO_UNITS : [complete];
    return complete === undefined ? [previous] : [previous, complete];
  }

  /** The packet is malformed: its unit is given up. */
  fail(packet: RtpPacket): void {
    this.clear();
    this.gate.skip(packet);
  }

  reset(): void {
    this.gate.close(this.timestamp);
    this.clear();
  }

  private take(): DepacketizedUnit | undefined {
    const { timestamp } = this;
    this.timestamp = NONE;
    return this.fragments.sizeBytes === 0 ? undefined : { timestamp, payload: [this.fragments.take()] };
  }

  private clear(): void {
    this.timestamp = NONE;
    this.previous = undefined;
    this.fragments.clear();
  }
}
