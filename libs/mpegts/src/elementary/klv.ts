import { ByteReader } from '@mediamesh/bytes';
import type { CodecDescription } from '@mediamesh/codecs';
import type { ElementaryDecoder, ElementaryUnit } from './decoder.ts';

const CLOCK_RATE_HZ = 90_000;
/** Service id, sequence number, flags, size. */
export const METADATA_CELL_HEADER_BYTES = 5;

/** KLV: a unit a PES packet, or, where it is synchronous, a unit a metadata access unit cell. Source: ISO 13818-1 2.12.4, MISB ST 1402. */
export class KlvDecoder implements ElementaryDecoder {
  readonly clockRateHz = CLOCK_RATE_HZ;
  readonly description: CodecDescription = { codec: 'KLV', parameters: {} };
  private readonly synchronous: boolean;

  constructor(synchronous: boolean) {
    this.synchronous = synchronous;
  }

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    if (!this.synchronous) return payload.length === 0 ? [] : [{ offsetTicks: 0, payload: [payload] }];
    const reader = new ByteReader(payload, 'metadata access unit cell');
    const units: ElementaryUnit[] = [];
    while (reader.remaining > 0) {
      reader.skip(METADATA_CELL_HEADER_BYTES - 2);
      units.push({ offsetTicks: 0, payload: [reader.bytes(reader.u16())] });
    }
    return units;
  }
}
