import { ParseError } from '@mediamesh/bytes';
import type { DepacketizedUnit } from '../packetizer.ts';
import { FragmentBuffer } from './fragment-buffer.ts';
import { MAX_ACCESS_UNIT_BYTES, MAX_NAL_UNITS } from './limits.ts';

const NONE = -1;

/**
 * The NAL units of the access unit in progress, H.264 and H.265 alike.
 *
 * Errors: ParseError past MAX_ACCESS_UNIT_BYTES or MAX_NAL_UNITS.
 */
export class NalUnitBuffer {
  /** Of the unit in progress; negative when there is none. */
  timestamp = NONE;
  /** Data of the fragmented NAL unit in progress, without its header. */
  readonly fragments: FragmentBuffer;
  fragmented = false;
  private readonly structure: string;
  private nalUnits: Uint8Array[] = [];
  private bytes = 0;

  constructor(structure: string) {
    this.structure = structure;
    this.fragments = new FragmentBuffer(structure);
  }

  add(nalUnit: Uint8Array): void {
    if (nalUnit.length === 0) return;
    this.bytes += nalUnit.length;
    if (this.bytes > MAX_ACCESS_UNIT_BYTES) throw new ParseError(this.structure, 0, `exceeds ${MAX_ACCESS_UNIT_BYTES} bytes`);
    if (this.nalUnits.length >= MAX_NAL_UNITS) throw new ParseError(this.structure, 0, `has more than ${MAX_NAL_UNITS} NAL units`);
    this.nalUnits.push(nalUnit);
  }

  /** The access unit, or undefined when it holds nothing, or a NAL unit that never ended. */
  take(): DepacketizedUnit | undefined {
    const unit = this.nalUnits.length === 0 || this.fragmented ? undefined : { timestamp: this.timestamp, payload: this.nalUnits };
    this.clear();
    return unit;
  }

  clear(): void {
    this.timestamp = NONE;
    this.nalUnits = [];
    this.bytes = 0;
    this.fragmented = false;
    this.fragments.clear();
  }
}
