import type { CodecDescription } from '../description.ts';
import { H264Processor } from './h264.ts';
import { H265Processor } from './h265.ts';
import { PassThroughProcessor } from './pass-through.ts';
import type { AccessUnitProcessor } from './processed-unit.ts';

/**
 * The normalizer of one track: parameters that changed in-band go into the description, units get the form that `description.ts`
 * promises, decoding times and key marks.
 *
 * Shape:    access units in decoding order in, one unit for each out; null when nothing is left of it.
 * Units:    ticks of the track's clock.
 * Errors:   `process` throws ParseError on a malformed unit, and can go on with the next.
 * Aliasing: payloads may alias the input.
 */
export function createAccessUnitProcessor(description: CodecDescription, clockRateHz: number): AccessUnitProcessor {
  switch (description.codec) {
    case 'H264':
      return new H264Processor(description, clockRateHz);
    case 'H265':
      return new H265Processor(description, clockRateHz);
    default:
      return new PassThroughProcessor(description);
  }
}
