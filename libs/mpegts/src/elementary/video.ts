import { H264_NAL_UNIT, H265_NAL_UNIT, h264NalUnitType, h265NalUnitType, parseAnnexB } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import { oneUnit } from './decoder.ts';
import type { ElementaryDecoder, ElementaryUnit } from './decoder.ts';

const CLOCK_RATE_HZ = 90_000;

/** H.264 and H.265: an access unit a PES packet, behind start codes; delimiters go. */
export class NalUnitDecoder implements ElementaryDecoder {
  readonly isTimed = true;
  readonly clockRateHz = CLOCK_RATE_HZ;
  readonly description: CodecDescription;
  private readonly isDelimiter: (nalUnit: Uint8Array) => boolean;

  constructor(codec: 'H264' | 'H265') {
    this.description = { codec, parameters: {} };
    this.isDelimiter =
      codec === 'H264'
        ? (nalUnit) => h264NalUnitType(nalUnit) === H264_NAL_UNIT.accessUnitDelimiter
        : (nalUnit) => h265NalUnitType(nalUnit) === H265_NAL_UNIT.accessUnitDelimiter;
  }

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    const nalUnits = parseAnnexB(payload);
    return oneUnit(nalUnits.length > 0 && this.isDelimiter(nalUnits[0]!) ? nalUnits.filter((_, index) => index > 0) : nalUnits);
  }
}

/** MPEG-1, 2 and 4 video: a frame a PES packet. */
export class FrameDecoder implements ElementaryDecoder {
  readonly isTimed = true;
  readonly clockRateHz = CLOCK_RATE_HZ;
  readonly description: CodecDescription;

  constructor(codec: 'MPEG-1/2 Video' | 'MPEG-4 Video') {
    this.description = { codec, parameters: {} };
  }

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    return oneUnit(payload.length === 0 ? [] : [payload]);
  }
}
