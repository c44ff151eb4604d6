import { ParseError } from '@mediamesh/bytes';
import { AV1_OBU, AV1_OBU_HAS_SIZE, av1ObuType, withoutAv1ObuSize } from '../av1/obu.ts';
import { isAv1RandomAccess } from '../av1/temporal-unit.ts';
import type { CodecDescription } from '../description.ts';
import type { AccessUnitProcessor, ProcessedUnit } from './processed-unit.ts';

/**
 * AV1: temporal delimiters and size fields go.
 *
 * Errors:   ParseError on an empty OBU, or one that is shorter than its size field says.
 * Aliasing: OBUs are those of the input, unless they had a size field.
 */
export class Av1Processor implements AccessUnitProcessor {
  readonly description: CodecDescription;

  constructor(description: CodecDescription) {
    this.description = description;
  }

  process(payload: readonly Uint8Array[], ptsTicks: number): ProcessedUnit | null {
    let clean = true;
    for (const obu of payload) {
      if (obu.length === 0) throw new ParseError('AV1 temporal unit', 0, 'has an empty OBU');
      if (av1ObuType(obu) === AV1_OBU.temporalDelimiter || (obu[0]! & AV1_OBU_HAS_SIZE) !== 0) clean = false;
    }
    const obus = clean ? payload : normalized(payload);
    if (obus.length === 0) return null;
    return { payload: obus, ptsTicks, dtsTicks: ptsTicks, key: isAv1RandomAccess(obus) };
  }
}

function normalized(payload: readonly Uint8Array[]): Uint8Array[] {
  const obus: Uint8Array[] = [];
  for (const obu of payload) if (av1ObuType(obu) !== AV1_OBU.temporalDelimiter) obus.push(withoutAv1ObuSize(obu));
  return obus;
}
