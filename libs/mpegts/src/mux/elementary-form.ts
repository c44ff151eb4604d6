import { ParseError } from '@mediamesh/bytes';
import { AAC_SAMPLE_RATES, parseAudioSpecificConfig } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import { DESCRIPTOR, MAX_OPUS_CHANNEL_CODE, OPUS_EXTENSION, STREAM_TYPE } from '../stream-type.ts';
import type { Descriptor } from '../program-tables.ts';
import { adtsEncoder, encodeInOrder, encodeMetadataCells, encodeOpus, loasEncoder, nalUnitEncoder } from './encoders.ts';
import type { Encode } from './encoders.ts';

/** Source: ISO 13818-1 table 2-22. */
const STREAM_ID = { private: 0xbd, audio: 0xc0, video: 0xe0, metadata: 0xfc } as const;

/** How a track travels. */
export interface ElementaryForm {
  readonly streamType: number;
  readonly streamId: number;
  readonly descriptors: readonly Descriptor[];
  readonly encode: Encode;
}

/** Undefined for a codec, or parameters of one, that MPEG-TS has no form for. */
export function elementaryFormOf(track: CodecDescription): ElementaryForm | undefined {
  switch (track.codec) {
    case 'H264':
      return video(STREAM_TYPE.h264, nalUnitEncoder('H264'));
    case 'H265':
      return video(STREAM_TYPE.h265, nalUnitEncoder('H265'));
    case 'MPEG-4 Video':
      return video(STREAM_TYPE.mpeg4Video, encodeInOrder);
    case 'MPEG-1/2 Video':
      return video(STREAM_TYPE.mpeg2Video, encodeInOrder);
    case 'Opus':
      return opusForm(track.parameters.channelCount);
    case 'MPEG-4 Audio':
      return adtsForm(track.parameters.config);
    case 'MPEG-4 Audio LATM':
      return audio(STREAM_TYPE.loas, loasEncoder(track.parameters));
    case 'MPEG-1/2 Audio':
      return audio(STREAM_TYPE.mpeg1Audio, encodeInOrder);
    case 'AC3':
      return { ...audio(STREAM_TYPE.ac3, encodeInOrder), streamId: STREAM_ID.private, descriptors: [registration('AC-3')] };
    case 'KLV':
      return {
        streamType: STREAM_TYPE.metadata,
        streamId: STREAM_ID.metadata,
        descriptors: KLV_DESCRIPTORS,
        encode: encodeMetadataCells,
      };
    default:
      return undefined;
  }
}

function video(streamType: number, encode: Encode): ElementaryForm {
  return { streamType, streamId: STREAM_ID.video, descriptors: [], encode };
}

function audio(streamType: number, encode: Encode): ElementaryForm {
  return { streamType, streamId: STREAM_ID.audio, descriptors: [], encode };
}

function opusForm(channelCount: number): ElementaryForm | undefined {
  if (channelCount > MAX_OPUS_CHANNEL_CODE) return undefined;
  const extension = { tag: DESCRIPTOR.extension, data: Uint8Array.of(OPUS_EXTENSION, channelCount) };
  return {
    streamType: STREAM_TYPE.privateData,
    streamId: STREAM_ID.private,
    descriptors: [registration('Opus'), extension],
    encode: encodeOpus,
  };
}

/** ADTS says neither frames of 960 samples nor rates without an index. */
function adtsForm(serializedConfig: Uint8Array): ElementaryForm | undefined {
  try {
    const config = parseAudioSpecificConfig(serializedConfig);
    const fits = config.frameLength === 1024 && AAC_SAMPLE_RATES.includes(config.sampleRateHz);
    return fits ? audio(STREAM_TYPE.adts, adtsEncoder(config)) : undefined;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function registration(format: string): Descriptor {
  return { tag: DESCRIPTOR.registration, data: Uint8Array.from(format, (letter) => letter.charCodeAt(0)) };
}

/** Application format "general", metadata format "KLVA", service 0; and a buffer model that says nothing. Source: MISB ST 1402. */
const KLV_DESCRIPTORS: readonly Descriptor[] = [
  { tag: DESCRIPTOR.metadata, data: Uint8Array.of(0x01, 0x00, 0xff, 0x4b, 0x4c, 0x56, 0x41, 0x00, 0x0f) },
  { tag: DESCRIPTOR.metadataStd, data: Uint8Array.of(0xc0, 0, 0, 0xc0, 0, 0, 0xc0, 0, 0) },
];
