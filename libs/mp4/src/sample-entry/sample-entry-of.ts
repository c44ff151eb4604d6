import { bytesFromHex } from '@mediamesh/bytes';
import {
  AV1_OBU,
  MPEG12_VIDEO_START_CODE,
  av1ObuType,
  nextStartCode,
  opusMultistreamOf,
  parseAc3SyncFrame,
  parseAudioMuxElement,
  parseFlacStreamInfo,
  parseJpegImage,
  parseMpegAudioFrameHeader,
  parseStreamMuxConfig,
  parseVp9FrameHeader,
  serializeAudioSpecificConfig,
  vp9LevelIdc,
} from '@mediamesh/codecs';
import type { CodecDescription, Mpeg4AudioLatmParameters, OpusParameters } from '@mediamesh/codecs';
import { OPUS_PRE_SKIP } from './opus-configuration.ts';
import type { OpusSampleEntry, SampleEntry, Vp9SampleEntry } from './sample-entry.ts';

/**
 * What a file says of a track: from its description where that holds it, else from the payload of a unit (video: a key unit).
 *
 * Returns undefined when neither shows it (yet), and for codecs that MP4 does not carry here.
 *
 * Errors:   ParseError when the configuration or the unit is malformed.
 * Aliasing: parameter sets and configurations are those of the description, or views of the payload.
 */
export function sampleEntryOf(description: CodecDescription, payload: readonly Uint8Array[] = []): SampleEntry | undefined {
  switch (description.codec) {
    case 'H264': {
      const { sps, pps } = description.parameters;
      return sps && pps && { codec: 'H264', sps, pps };
    }
    case 'H265': {
      const { vps, sps, pps } = description.parameters;
      return vps && sps && pps && { codec: 'H265', vps, sps, pps };
    }
    case 'MPEG-4 Video': {
      const { config } = description.parameters;
      return config && { codec: 'MPEG-4 Video', config };
    }
    case 'Opus':
      return opusEntry(description.parameters);
    case 'MPEG-4 Audio':
      return { codec: 'MPEG-4 Audio', config: description.parameters.config };
    case 'MPEG-4 Audio LATM':
      return latmEntry(description.parameters, payload[0]);
    case 'FLAC': {
      const streamInfo = description.parameters.fmtp['streaminfo'];
      return streamInfo === undefined ? undefined : { codec: 'FLAC', streamInfo: parseFlacStreamInfo(bytesFromHex(streamInfo)) };
    }
    case 'G711': {
      const { sampleRateHz, channelCount } = description.parameters;
      return { codec: 'LPCM', bitDepth: 16, sampleRateHz, channelCount, littleEndian: false };
    }
    case 'LPCM':
      return { codec: 'LPCM', ...description.parameters, littleEndian: false };
    default:
      return entryOfPayload(description, payload);
  }
}

function entryOfPayload({ codec }: CodecDescription, payload: readonly Uint8Array[]): SampleEntry | undefined {
  const first = payload[0];
  if (first === undefined) return undefined;
  switch (codec) {
    case 'AV1': {
      const sequenceHeader = payload.find((obu) => av1ObuType(obu) === AV1_OBU.sequenceHeader);
      return sequenceHeader && { codec: 'AV1', sequenceHeader };
    }
    case 'VP9':
      return vp9Entry(first);
    case 'MPEG-1/2 Video': {
      const config = mpeg12Config(first);
      return config && { codec: 'MPEG-1/2 Video', config };
    }
    case 'M-JPEG': {
      const { width, height } = parseJpegImage(first);
      return { codec: 'M-JPEG', width, height };
    }
    case 'MPEG-1/2 Audio': {
      const { sampleRateHz, channelCount } = parseMpegAudioFrameHeader(first);
      return { codec: 'MPEG-1/2 Audio', sampleRateHz, channelCount };
    }
    case 'AC3': {
      const { sampleRateHz, channelCount, fscod, bsid, bsmod, acmod, lfe, frmsizecod } = parseAc3SyncFrame(first);
      return { codec: 'AC3', sampleRateHz, channelCount, fscod, bsid, bsmod, acmod, lfe, bitRateCode: frmsizecod >> 1 };
    }
    default:
      return undefined;
  }
}

function opusEntry({ channelCount, multistream }: OpusParameters): OpusSampleEntry {
  const streams = multistream ?? opusMultistreamOf(channelCount);
  return { codec: 'Opus', channelCount, preSkip: OPUS_PRE_SKIP, ...(streams && { multistream: streams }) };
}

function latmEntry(parameters: Mpeg4AudioLatmParameters, element: Uint8Array | undefined): SampleEntry | undefined {
  const mux = parameters.config ? parseStreamMuxConfig(parameters.config) : element && inBandMux(element);
  const config = mux?.programs[0]?.[0]?.config;
  return config && { codec: 'MPEG-4 Audio', config: serializeAudioSpecificConfig(config) };
}

/** An element whose first bit is set repeats the configuration of the one before. */
function inBandMux(element: Uint8Array): ReturnType<typeof parseStreamMuxConfig> | undefined {
  if (element.length === 0 || element[0]! >= 0x80) return undefined;
  return parseAudioMuxElement(element, undefined, true).config;
}

function vp9Entry(frame: Uint8Array): Vp9SampleEntry | undefined {
  const { profile, width, height, bitDepth = 8, subsamplingX, subsamplingY, fullRange = false } = parseVp9FrameHeader(frame);
  if (width === undefined || height === undefined) return undefined;
  const chromaSubsampling = subsamplingX ? (subsamplingY ? 1 : 2) : 3;
  return { codec: 'VP9', width, height, profile, levelIdc: vp9LevelIdc(width, height), bitDepth, chromaSubsampling, fullRange };
}

/** The headers before the first group of pictures or picture; undefined when the first of them is none of a sequence. */
function mpeg12Config(frame: Uint8Array): Uint8Array | undefined {
  const start = nextStartCode(frame, 0);
  if (start < 0 || frame[start + 3] !== MPEG12_VIDEO_START_CODE.sequence) return undefined;
  for (let at = nextStartCode(frame, start + 4); at >= 0; at = nextStartCode(frame, at + 4)) {
    const code = frame[at + 3];
    if (code === MPEG12_VIDEO_START_CODE.group || code === MPEG12_VIDEO_START_CODE.picture) return frame.subarray(start, at);
  }
  return undefined;
}
