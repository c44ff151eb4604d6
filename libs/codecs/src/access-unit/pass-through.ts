import type { CodecDescription } from '../description.ts';
import type { AccessUnitProcessor, ProcessedUnit } from './processed-unit.ts';

/** Audio, data and what is not parsed: units stay as they are. */
export class PassThroughProcessor implements AccessUnitProcessor {
  readonly description: CodecDescription;

  constructor(description: CodecDescription) {
    this.description = description;
  }

  process(payload: readonly Uint8Array[], ptsTicks: number): ProcessedUnit | null {
    if (payload.length === 0) return null;
    return { payload, ptsTicks, dtsTicks: ptsTicks, key: true };
  }
}
