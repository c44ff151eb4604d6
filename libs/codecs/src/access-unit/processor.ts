import type { CodecDescription } from '../description.ts';
import { Av1Processor } from './av1.ts';
import { H264Processor } from './h264.ts';
import { H265Processor } from './h265.ts';
import { Mpeg12VideoProcessor } from './mpeg12-video.ts';
import { Mpeg4VideoProcessor } from './mpeg4-video.ts';
import { PassThroughProcessor } from './pass-through.ts';
import type { AccessUnitProcessor } from './processed-unit.ts';
import { VpxProcessor } from './vpx.ts';

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
    case 'AV1':
      return new Av1Processor(description);
    case 'VP8':
    case 'VP9':
      return new VpxProcessor(description);
    case 'MPEG-4 Video':
      return new Mpeg4VideoProcessor(description, clockRateHz);
    case 'MPEG-1/2 Video':
      return new Mpeg12VideoProcessor(description, clockRateHz);
    default:
      return new PassThroughProcessor(description);
  }
}
