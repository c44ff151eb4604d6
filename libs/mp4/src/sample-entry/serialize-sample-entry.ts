import { ByteWriter, EMPTY_BYTES } from '@mediamesh/bytes';
import {
  OPUS_CLOCK_RATE_HZ,
  parseAudioSpecificConfig,
  parseMpeg12SequenceHeader,
  serializeAv1Configuration,
  serializeAvcConfiguration,
  serializeHevcConfiguration,
  serializeVpConfiguration,
} from '@mediamesh/codecs';
import { box, fullBox } from '../box.ts';
import { serializeAc3Configuration } from './ac3-configuration.ts';
import { OBJECT_TYPE, serializeEsDescriptor } from './es-descriptor.ts';
import { serializeOpusConfiguration } from './opus-configuration.ts';
import type { SampleEntry } from './sample-entry.ts';
import { visualSizeOf } from './visual-size.ts';

/** 72 dots an inch, 16.16. */
const RESOLUTION = 0x48_0000;
const COMPRESSOR_NAME_BYTES = 32;
const DEPTH = 24;
const LAST_STREAM_INFO = 0x80;
/** AAC with its channels in a program config element: nobody knows how many; two is what writers say. */
const UNKNOWN_CHANNEL_COUNT = 2;

/**
 * The box inside of `stsd` that describes the samples of a track.
 *
 * Errors: ParseError when parameter sets or configurations are malformed.
 * Source: ISO 14496-12 8.5.2, 12.1.3, 12.2.3; the codec's own document for the box within.
 */
export function serializeSampleEntry(entry: SampleEntry): Uint8Array {
  switch (entry.codec) {
    case 'AV1':
      return visual('av01', entry, box('av1C', serializeAv1Configuration(entry.sequenceHeader)));
    case 'VP9':
      return visual('vp09', entry, fullBox('vpcC', 1, 0, serializeVpConfiguration(entry)));
    case 'H265':
      return visual('hvc1', entry, box('hvcC', serializeHevcConfiguration(entry.vps, entry.sps, entry.pps)));
    case 'H264':
      return visual('avc1', entry, box('avcC', serializeAvcConfiguration(entry.sps, entry.pps)));
    case 'MPEG-4 Video':
      return visual('mp4v', entry, esds(OBJECT_TYPE.mpeg4Video, false, entry.config));
    case 'MPEG-1/2 Video':
      return visual('mp4v', entry, esds(mpeg12ObjectType(entry.config), false, entry.config));
    case 'M-JPEG':
      return visual('mp4v', entry, esds(OBJECT_TYPE.jpeg, false, EMPTY_BYTES));
    case 'Opus':
      return audio('Opus', entry.channelCount, 16, OPUS_CLOCK_RATE_HZ, box('dOps', serializeOpusConfiguration(entry)));
    case 'FLAC': {
      const { channelCount, bitDepth, sampleRateHz, bytes } = entry.streamInfo;
      return audio('fLaC', channelCount, bitDepth, sampleRateHz, fullBox('dfLa', 0, 0, streamInfoBlock(bytes)));
    }
    case 'MPEG-4 Audio': {
      const { channelCount, sampleRateHz } = parseAudioSpecificConfig(entry.config);
      return audio('mp4a', channelCount || UNKNOWN_CHANNEL_COUNT, 16, sampleRateHz, esds(OBJECT_TYPE.mpeg4Audio, true, entry.config));
    }
    case 'MPEG-1/2 Audio':
      return audio('mp4a', entry.channelCount, 16, entry.sampleRateHz, esds(OBJECT_TYPE.mpeg1Audio, true, EMPTY_BYTES));
    case 'AC3':
      return audio('ac-3', entry.channelCount, 16, entry.sampleRateHz, box('dac3', serializeAc3Configuration(entry)));
    case 'LPCM': {
      const { channelCount, bitDepth, sampleRateHz, littleEndian } = entry;
      const pcmC = fullBox('pcmC', 0, 0, Uint8Array.of(littleEndian ? 1 : 0, bitDepth));
      return audio('ipcm', channelCount, bitDepth, sampleRateHz, pcmC);
    }
  }
}

function visual(type: string, entry: SampleEntry, configuration: Uint8Array): Uint8Array {
  const { width, height } = visualSizeOf(entry)!;
  const writer = sampleEntryHead(new ByteWriter(78));
  writer.u16(0).u16(0).u32(0).u32(0).u32(0);
  writer.u16(width).u16(height).u32(RESOLUTION).u32(RESOLUTION);
  writer.u32(0).u16(1).bytes(new Uint8Array(COMPRESSOR_NAME_BYTES));
  return box(type, writer.u16(DEPTH).u16(0xffff).finish(), configuration);
}

/** A rate that does not fit 16 bits is left out, as writers do; the configuration has it. */
function audio(type: string, channelCount: number, sampleSizeBits: number, sampleRateHz: number, configuration: Uint8Array): Uint8Array {
  const writer = sampleEntryHead(new ByteWriter(28));
  writer.u32(0).u32(0).u16(channelCount).u16(sampleSizeBits).u16(0).u16(0);
  return box(
    type,
    writer
      .u16(sampleRateHz > 0xffff ? 0 : sampleRateHz)
      .u16(0)
      .finish(),
    configuration,
  );
}

/** Reserved bytes and the index of the data reference, the only one. */
function sampleEntryHead(writer: ByteWriter): ByteWriter {
  return writer.u32(0).u16(0).u16(1);
}

function esds(objectType: number, isAudio: boolean, config: Uint8Array): Uint8Array {
  return fullBox('esds', 0, 0, serializeEsDescriptor({ objectType, audio: isAudio, config }));
}

function mpeg12ObjectType(config: Uint8Array): number {
  return parseMpeg12SequenceHeader(config).mpeg2 ? OBJECT_TYPE.mpeg2VideoMain : OBJECT_TYPE.mpeg1Video;
}

/** A metadata block: its header, marked as the last one, and its content. */
function streamInfoBlock(bytes: Uint8Array): Uint8Array {
  return new ByteWriter(4 + bytes.length).u8(LAST_STREAM_INFO).u24(bytes.length).bytes(bytes).finish();
}
