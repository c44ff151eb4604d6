import { bytesFromHex, concatBytes } from '@mediamesh/bytes';
import type { CodecDescription, CodecName, GenericParameters } from '@mediamesh/codecs';
import { serializeJpegImageHeader } from './payload/jpeg/image-header.ts';
import { quantizationTablesOf } from './payload/jpeg/quantization-tables.ts';
import { filled } from './payload/wire.cases.ts';

/** A stream of each codec: its description, and units of about the wanted size. */
export interface CodecStream {
  readonly description: CodecDescription;
  /** Smallest packets that the codec can be cut into. */
  readonly minPayloadBytes: number;
  /** Units of several entries come out as one unit for each packet. */
  readonly splits: boolean;
  unit(sizeBytes: number, seed: number): readonly Uint8Array[];
}

const sized = (head: string, sizeBytes: number, seed: number): Uint8Array => filled(head, Math.max(sizeBytes, 32), seed);

const GENERIC: GenericParameters = { rtpMap: 'x/90000', fmtp: {}, payloadType: 96, mediaType: 'video' };

function video(description: CodecDescription, key: readonly string[], delta: readonly string[]): CodecStream {
  return {
    description,
    minPayloadBytes: 64,
    splits: false,
    unit: (sizeBytes, seed) => (seed % 2 === 0 ? key : delta).map((head, i) => sized(head, sizeBytes / (i + 1), seed + i)),
  };
}

function samples(description: CodecDescription, groupBytes: number): CodecStream {
  return {
    description,
    minPayloadBytes: 64,
    splits: true,
    unit: (sizeBytes, seed) => [filled('00', Math.ceil((sizeBytes + 1) / groupBytes) * groupBytes, seed)],
  };
}

function frames(description: CodecDescription, head: string, frameBytes?: number): CodecStream {
  return {
    description,
    minPayloadBytes: 64,
    splits: true,
    unit: (sizeBytes, seed) => {
      const bytes = frameBytes ?? Math.max(8, Math.min(8191, sizeBytes));
      return Array.from({ length: 1 + (seed % 4) }, (_, i) => filled(head, bytes, seed + i));
    },
  };
}

function passedThrough(codec: 'MPEG-TS' | 'FLAC' | 'Vorbis' | 'Speex' | 'Generic'): CodecStream {
  return {
    description: { codec, parameters: GENERIC },
    minPayloadBytes: 1460,
    splits: false,
    unit: (sizeBytes, seed) => [concatBytes([bytesFromHex('80e0fffe0000000011223344'), filled('00', 1 + (sizeBytes % 1400), seed)])],
  };
}

function jpeg(): CodecStream {
  return {
    description: { codec: 'M-JPEG', parameters: {} },
    minPayloadBytes: 200,
    splits: false,
    unit: (sizeBytes, seed) => {
      const header = { fragmentOffset: 0, type: seed % 2, quality: 255, width: 64, height: 48, restartInterval: seed % 3 };
      const scan = filled('00', sizeBytes + 1, seed).map((byte) => byte & 0x7f);
      return [concatBytes([serializeJpegImageHeader(header, quantizationTablesOf(60)), scan, bytesFromHex('ffd9')])];
    },
  };
}

export const CODEC_STREAMS: Readonly<Record<CodecName, CodecStream>> = {
  AV1: video({ codec: 'AV1', parameters: {} }, ['08', '30', '20'], ['30']),
  VP9: video({ codec: 'VP9', parameters: {} }, ['824983420013f00b30'], ['8600']),
  VP8: video({ codec: 'VP8', parameters: {} }, ['10'], ['11']),
  H265: video({ codec: 'H265', parameters: { maxDonDiff: 1 } }, ['4001', '4201', '4401', '260188'], ['020190', '020110']),
  H264: video({ codec: 'H264', parameters: {} }, ['67', '68', '6588', '6508'], ['4188', '4108']),
  'MPEG-4 Video': video({ codec: 'MPEG-4 Video', parameters: {} }, ['000001b3'], ['000001b6']),
  'MPEG-1/2 Video': video(
    { codec: 'MPEG-1/2 Video', parameters: {} },
    ['000001b3 14012013 00000100 014ffff8 00000101'],
    ['00000100 0157fff9 80000001 01'],
  ),
  'M-JPEG': jpeg(),
  Opus: frames({ codec: 'Opus', parameters: { channelCount: 2 } }, '08', 60),
  'MPEG-4 Audio': frames({ codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('1190') } }, '21'),
  'MPEG-4 Audio LATM': {
    ...video({ codec: 'MPEG-4 Audio LATM', parameters: { configInBand: false } }, ['47fc'], ['47fc']),
    minPayloadBytes: 60_000, // after a loss, fragments are read on later than the next unit
  },
  'MPEG-1/2 Audio': frames({ codec: 'MPEG-1/2 Audio', parameters: {} }, 'fffb1400', 96),
  AC3: frames({ codec: 'AC3', parameters: { sampleRateHz: 48_000, channelCount: 2 } }, '0b77000000 4050', 128),
  G726: samples({ codec: 'G726', parameters: { bitrateBps: 24_000, aal2: false } }, 3),
  G722: samples({ codec: 'G722', parameters: { channelCount: 1 } }, 1),
  G711: samples({ codec: 'G711', parameters: { muLaw: true, sampleRateHz: 8000, channelCount: 2 } }, 2),
  LPCM: samples({ codec: 'LPCM', parameters: { bitDepth: 24, sampleRateHz: 48_000, channelCount: 2 } }, 6),
  KLV: video({ codec: 'KLV', parameters: {} }, ['060e2b34'], ['060e2b34']),
  'MPEG-TS': passedThrough('MPEG-TS'),
  FLAC: passedThrough('FLAC'),
  Vorbis: passedThrough('Vorbis'),
  Speex: passedThrough('Speex'),
  Generic: passedThrough('Generic'),
};

export const CODEC_NAMES = Object.keys(CODEC_STREAMS) as readonly CodecName[];
