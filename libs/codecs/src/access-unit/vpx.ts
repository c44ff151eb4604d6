import { ParseError } from '@mediamesh/bytes';
import type { CodecDescription } from '../description.ts';
import { parseVp8FrameHeader } from '../vp8/frame-header.ts';
import { parseVp9FrameHeader } from '../vp9/frame-header.ts';
import type { AccessUnitProcessor, ProcessedUnit } from './processed-unit.ts';

/**
 * VP8 and VP9: frames stay as they are.
 *
 * Errors: ParseError when the frame's header is malformed, or when there is not one frame.
 */
export class VpxProcessor implements AccessUnitProcessor {
  readonly description: CodecDescription;

  constructor(description: CodecDescription & { readonly codec: 'VP8' | 'VP9' }) {
    this.description = description;
  }

  process(payload: readonly Uint8Array[], ptsTicks: number): ProcessedUnit | null {
    const frame = payload[0];
    if (!frame || frame.length === 0) return null;
    if (payload.length > 1) throw new ParseError(`${this.description.codec} unit`, 0, `has ${payload.length} frames`);
    const header = this.description.codec === 'VP8' ? parseVp8FrameHeader(frame) : parseVp9FrameHeader(frame);
    return { payload, ptsTicks, dtsTicks: ptsTicks, key: header.key };
  }
}
