import { ParseError } from '@mediamesh/bytes';
import type { CodecDescription } from '../description.ts';
import { MPEG12_PICTURE_TYPE, parseMpeg12Picture } from '../mpeg12-video/picture.ts';
import type { Mpeg12Picture } from '../mpeg12-video/picture.ts';
import { parseMpeg12SequenceHeader } from '../mpeg12-video/sequence-header.ts';
import { PresentationWindow, frameTicks } from '../timing/presentation-window.ts';
import type { AccessUnitProcessor, ProcessedUnit } from './processed-unit.ts';

/** temporal_reference has 10 bits. */
const MAX_GROUP_PICTURES = 1024;

/**
 * MPEG-1 and MPEG-2 video: frames stay as they are.
 *
 * B pictures are never references, so the reorder depth is 1 with them and 0 without. They show themselves by their type, and before
 * that by a temporal reference that leaves room for them.
 *
 * Errors: ParseError when there is not one frame, or it has no picture.
 */
export class Mpeg12VideoProcessor implements AccessUnitProcessor {
  readonly description: CodecDescription;
  private readonly clockRateHz: number;
  private readonly window: PresentationWindow;
  private depth = 0;
  /** Pictures since the group's header; undefined before the first one. */
  private inGroup: number | undefined;
  private started = false;

  constructor(description: CodecDescription & { readonly codec: 'MPEG-1/2 Video' }, clockRateHz: number) {
    this.description = description;
    this.clockRateHz = clockRateHz;
    this.window = new PresentationWindow(clockRateHz);
  }

  process(payload: readonly Uint8Array[], ptsTicks: number): ProcessedUnit | null {
    const frame = payload[0];
    if (!frame || frame.length === 0) return null;
    if (payload.length > 1) throw new ParseError('MPEG-1/2 video unit', 0, `has ${payload.length} frames`);
    const picture = parseMpeg12Picture(frame);
    if (picture.pictureType === undefined) throw new ParseError('MPEG-1/2 video unit', 0, 'has no picture');
    if (picture.sequenceHeader) this.useFrameRate(frame);
    const leading = this.order(picture);
    const key = picture.pictureType === MPEG12_PICTURE_TYPE.intra && (picture.sequenceHeader || picture.groupHeader);
    return { payload, ptsTicks, dtsTicks: this.window.push(ptsTicks, this.depth, leading), key };
  }

  /** Learns the depth, and returns how many pictures of the group precede a first one in presentation. */
  private order(picture: Mpeg12Picture): number {
    if (picture.groupHeader) this.inGroup = 0;
    const reference = picture.temporalReference ?? 0;
    const leading = !this.started && picture.groupHeader ? reference : 0;
    this.started = true;
    if (picture.pictureType === MPEG12_PICTURE_TYPE.bidirectional) this.depth = 1;
    if (this.inGroup !== undefined) {
      if (reference > this.inGroup && this.inGroup < MAX_GROUP_PICTURES) this.depth = 1;
      this.inGroup++;
    }
    return leading;
  }

  private useFrameRate(frame: Uint8Array): void {
    try {
      this.window.frameTicks = frameTicks(parseMpeg12SequenceHeader(frame).fps, this.clockRateHz);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error; // a first picture then counts as 1/25 s
    }
  }
}
