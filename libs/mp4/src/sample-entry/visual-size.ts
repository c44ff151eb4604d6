import { ParseError } from '@mediamesh/bytes';
import { parseAv1SequenceHeader, parseH264Sps, parseH265Sps, parseMpeg12SequenceHeader, parseVideoObjectLayer } from '@mediamesh/codecs';
import type { SampleEntry } from './sample-entry.ts';

export interface VisualSize {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/**
 * Displayed size of a video; undefined for audio.
 *
 * Errors: ParseError when the parameters are malformed.
 */
export function visualSizeOf(entry: SampleEntry): VisualSize | undefined {
  switch (entry.codec) {
    case 'AV1':
      return parseAv1SequenceHeader(entry.sequenceHeader);
    case 'H265':
      return parseH265Sps(entry.sps);
    case 'H264':
      return parseH264Sps(entry.sps);
    case 'MPEG-1/2 Video':
      return parseMpeg12SequenceHeader(entry.config);
    case 'MPEG-4 Video': {
      const { width, height } = parseVideoObjectLayer(entry.config);
      if (width === undefined || height === undefined) throw new ParseError('video object layer', 0, 'is not rectangular');
      return { width, height };
    }
    case 'VP9':
    case 'M-JPEG':
      return entry;
    default:
      return undefined;
  }
}

/** Frames a second, where the parameters say it. */
export function frameRateOf(entry: SampleEntry): number | undefined {
  switch (entry.codec) {
    case 'H265':
      return parseH265Sps(entry.sps).fps;
    case 'H264':
      return parseH264Sps(entry.sps).fps;
    case 'MPEG-1/2 Video':
      return parseMpeg12SequenceHeader(entry.config).fps;
    case 'MPEG-4 Video':
      return parseVideoObjectLayer(entry.config).fps;
    default:
      return undefined;
  }
}
