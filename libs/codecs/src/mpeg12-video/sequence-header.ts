import { BitReader, ParseError } from '@mediamesh/bytes';
import { nextStartCode } from '../timing/start-code.ts';
import { MPEG12_VIDEO_START_CODE } from './picture.ts';

/** frame_rate_code to frames a second. Source: ISO 13818-2 table 6-4. */
const FRAME_RATES: readonly number[] = [0, 24000 / 1001, 24, 25, 30000 / 1001, 30, 50, 60000 / 1001, 60];
const SEQUENCE_EXTENSION = 1;

export interface Mpeg12SequenceHeader {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly fps?: number;
  /** A sequence extension follows. */
  readonly mpeg2: boolean;
  /** There are no B pictures; MPEG-1 does not say it. */
  readonly lowDelay: boolean;
}

/**
 * The first sequence header in a frame, with the extension behind it.
 *
 * Errors: ParseError when there is none, or when it is truncated.
 * Source: ISO 11172-2 2.4.2.3, ISO 13818-2 6.2.2.1, 6.2.2.3.
 */
export function parseMpeg12SequenceHeader(frame: Uint8Array): Mpeg12SequenceHeader {
  let at = nextStartCode(frame, 0);
  while (at >= 0 && frame[at + 3] !== MPEG12_VIDEO_START_CODE.sequence) at = nextStartCode(frame, at + 4);
  if (at < 0) throw new ParseError('sequence header', 0, 'is not there');
  const reader = new BitReader(frame.subarray(at + 4), 'sequence header');
  let width = reader.bits(12);
  let height = reader.bits(12);
  reader.skip(4); // aspect_ratio_information
  let fps = FRAME_RATES[reader.bits(4)];
  const next = nextStartCode(frame, at + 4);
  const extension = next < 0 || frame[next + 3] !== MPEG12_VIDEO_START_CODE.extension ? undefined : frame.subarray(next + 4);
  if (!extension || extension[0]! >> 4 !== SEQUENCE_EXTENSION) return { width, height, ...(fps && { fps }), mpeg2: false, lowDelay: false };
  const more = new BitReader(extension, 'sequence extension');
  more.skip(15); // identifier, profile and level, progressive_sequence, chroma_format
  width |= more.bits(2) << 12;
  height |= more.bits(2) << 12;
  more.skip(21); // bit rate, marker, buffer size
  const lowDelay = more.flag();
  if (fps) fps *= (more.bits(2) + 1) / (more.bits(5) + 1);
  return { width, height, ...(fps && { fps }), mpeg2: true, lowDelay };
}
