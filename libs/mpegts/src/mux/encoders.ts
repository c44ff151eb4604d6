import { ParseError } from '@mediamesh/bytes';
import {
  AAC_SAMPLE_RATES,
  MAX_ADTS_FRAME_BYTES,
  parseAudioMuxElement,
  parseStreamMuxConfig,
  serializeAudioMuxElement,
} from '@mediamesh/codecs';
import type { AudioSpecificConfig, Mpeg4AudioLatmParameters, StreamMuxConfig } from '@mediamesh/codecs';
import { METADATA_CELL_HEADER_BYTES, MAX_METADATA_CELL_BYTES, METADATA_FRAGMENT } from '../elementary/klv.ts';
import { LOAS_HEADER_BYTES, writeLoasHeaderInto } from '../elementary/loas.ts';
import { sizeOfOpusControlHeader, writeOpusControlHeaderInto } from '../elementary/opus.ts';
import type { PieceList } from './piece-list.ts';

/** Adds a unit's payload to a PES packet, in the form that MPEG-TS has for its codec. Errors: ParseError of a unit that has no such form. */
export type Encode = (payload: readonly Uint8Array[], pieces: PieceList) => void;

const START_CODE = Uint8Array.of(0, 0, 0, 1);
/** Access unit delimiters, any kind of slice: video.js, iOS and QuickTime want them. */
const DELIMITER = {
  H264: Uint8Array.of(0, 0, 0, 1, 0x09, 0xf0),
  H265: Uint8Array.of(0, 0, 0, 1, 0x46, 0x01, 0x50),
} as const;

export function nalUnitEncoder(codec: keyof typeof DELIMITER): Encode {
  const delimiter = DELIMITER[codec];
  return (payload, pieces) => {
    pieces.add(delimiter);
    for (let i = 0; i < payload.length; i++) {
      pieces.add(START_CODE);
      pieces.add(payload[i]!);
    }
  };
}

/** Frames with headers of their own. */
export const encodeInOrder: Encode = (payload, pieces) => {
  for (let i = 0; i < payload.length; i++) pieces.add(payload[i]!);
};

const ADTS_HEADER_BYTES = 7;

/** Source: ISO 13818-7 6.2. */
export function adtsEncoder({ objectType, sampleRateHz, channelConfig }: AudioSpecificConfig): Encode {
  const rateIndex = AAC_SAMPLE_RATES.indexOf(sampleRateHz);
  return (payload, pieces) => {
    for (let i = 0; i < payload.length; i++) {
      const size = ADTS_HEADER_BYTES + payload[i]!.length;
      if (size > MAX_ADTS_FRAME_BYTES) throw new ParseError('ADTS frame', 0, `is ${size} bytes`);
      const header = pieces.cut(ADTS_HEADER_BYTES);
      header[0] = 0xff;
      header[1] = 0xf1; // MPEG-4, no CRC
      header[2] = ((objectType - 1) << 6) | (rateIndex << 2) | (channelConfig >> 2);
      header[3] = ((channelConfig & 3) << 6) | (size >> 11);
      header[4] = size >> 3;
      header[5] = ((size & 7) << 5) | 0x1f; // fullness: variable rate
      header[6] = 0xfc;
      pieces.add(payload[i]!);
    }
  };
}

export const encodeOpus: Encode = (payload, pieces) => {
  for (let i = 0; i < payload.length; i++) {
    const packet = payload[i]!;
    writeOpusControlHeaderInto(packet.length, pieces.cut(sizeOfOpusControlHeader(packet.length)), 0);
    pieces.add(packet);
  }
};

/** The configuration travels in each element: whoever joins needs it. */
export function loasEncoder({ config, configInBand }: Mpeg4AudioLatmParameters): Encode {
  let known: StreamMuxConfig | undefined;
  return (payload, pieces) => {
    for (let i = 0; i < payload.length; i++) {
      known ??= config === undefined ? undefined : parseStreamMuxConfig(config);
      const element = parseAudioMuxElement(payload[i]!, known, configInBand);
      known = element.config;
      const bytes = serializeAudioMuxElement(element.frames, element.config, true);
      writeLoasHeaderInto(bytes.length, pieces.cut(LOAS_HEADER_BYTES), 0);
      pieces.add(bytes);
    }
  };
}

/** KLV in metadata access unit cells: one, or as many as it needs. Source: ISO 13818-1 2.12.4. */
export const encodeMetadataCells: Encode = (payload, pieces) => {
  for (let i = 0; i < payload.length; i++) {
    const unit = payload[i]!;
    let sequence = 0;
    for (let at = 0; at < unit.length; at += MAX_METADATA_CELL_BYTES) {
      const cell = unit.subarray(at, Math.min(unit.length, at + MAX_METADATA_CELL_BYTES));
      const isLast = at + cell.length === unit.length;
      const fragment = (at === 0 ? METADATA_FRAGMENT.first : 0) | (isLast ? METADATA_FRAGMENT.last : 0);
      const header = pieces.cut(METADATA_CELL_HEADER_BYTES);
      header[0] = 0; // service
      header[1] = sequence++;
      header[2] = (fragment << 6) | 0x1f; // random access; reserved
      header[3] = cell.length >> 8;
      header[4] = cell.length;
      pieces.add(cell);
    }
  }
};
