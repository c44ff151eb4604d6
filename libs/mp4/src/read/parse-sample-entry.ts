import { ByteReader, ParseError, copyBytes } from '@mediamesh/bytes';
import {
  FLAC_STREAM_INFO_BYTES,
  parseAudioSpecificConfig,
  parseAv1Configuration,
  parseAvcConfiguration,
  parseFlacStreamInfo,
  parseHevcConfiguration,
  parseVpConfiguration,
} from '@mediamesh/codecs';
import { parseAc3Configuration } from '../sample-entry/ac3-configuration.ts';
import { OBJECT_TYPE, parseEsDescriptor } from '../sample-entry/es-descriptor.ts';
import { parseOpusConfiguration } from '../sample-entry/opus-configuration.ts';
import type { SampleEntry } from '../sample-entry/sample-entry.ts';
import { readFullBox, requireBox } from './box-header.ts';
import type { Box } from './box-header.ts';

const VISUAL_HEAD_BYTES = 78;
const AUDIO_HEAD_BYTES = 28;

export interface ParsedSampleEntry {
  readonly entry: SampleEntry;
  /** Bytes of the length before each NAL unit. */
  readonly nalLengthBytes: 1 | 2 | 4;
}

/**
 * A box inside of `stsd`; undefined when its codec is not one of ours.
 *
 * Errors:   ParseError when it or its configuration is malformed.
 * Aliasing: parameter sets and configurations are copies, since they outlive the input.
 * Source:   ISO 14496-12 8.5.2, 12.1.3, 12.2.3.
 */
export function parseSampleEntry({ type, content }: Box): ParsedSampleEntry | undefined {
  switch (type) {
    case 'avc1':
    case 'avc3':
      return avc(visualBox(content, 'avcC', type));
    case 'hvc1':
    case 'hev1':
      return hevc(visualBox(content, 'hvcC', type));
    default: {
      const entry = otherEntry(type, content);
      return entry && { entry, nalLengthBytes: 4 };
    }
  }
}

function otherEntry(type: string, content: Uint8Array): SampleEntry | undefined {
  switch (type) {
    case 'av01':
      return { codec: 'AV1', sequenceHeader: av1SequenceHeader(visualBox(content, 'av1C', type)) };
    case 'vp09':
      return {
        codec: 'VP9',
        ...visualSize(content),
        ...parseVpConfiguration(readFullBox(visualBox(content, 'vpcC', type), 'vpcC').reader.rest()),
      };
    case 'mp4v':
      return elementaryVideo(content);
    case 'Opus':
      return parseOpusConfiguration(audioBox(content, 'dOps', type));
    case 'fLaC':
      return { codec: 'FLAC', streamInfo: flacStreamInfo(audioBox(content, 'dfLa', type)) };
    case 'mp4a':
      return elementaryAudio(content);
    case 'ac-3':
      return parseAc3Configuration(audioBox(content, 'dac3', type));
    case 'ipcm':
      return lpcm(content);
    default:
      return undefined;
  }
}

function avc(configuration: Uint8Array): ParsedSampleEntry | undefined {
  const { spsList, ppsList, nalLengthBytes } = parseAvcConfiguration(configuration);
  return { entry: { codec: 'H264', sps: onlySet(spsList, 'avcC', 'SPS'), pps: onlySet(ppsList, 'avcC', 'PPS') }, nalLengthBytes };
}

function hevc(configuration: Uint8Array): ParsedSampleEntry | undefined {
  const { vpsList, spsList, ppsList, nalLengthBytes } = parseHevcConfiguration(configuration);
  const vps = onlySet(vpsList, 'hvcC', 'VPS');
  return { entry: { codec: 'H265', vps, sps: onlySet(spsList, 'hvcC', 'SPS'), pps: onlySet(ppsList, 'hvcC', 'PPS') }, nalLengthBytes };
}

/** The first of them: more than one is rare, and then they come in-band too. */
function onlySet(sets: readonly Uint8Array[], structure: string, name: string): Uint8Array {
  const first = sets[0];
  if (!first || first.length === 0) throw new ParseError(structure, 0, `has no ${name}`);
  return copyBytes(first);
}

function elementaryVideo(content: Uint8Array): SampleEntry | undefined {
  const { objectType, config } = parseEsDescriptor(readFullBox(visualBox(content, 'esds', 'mp4v'), 'esds').reader.rest());
  if (objectType === OBJECT_TYPE.jpeg) return { codec: 'M-JPEG', ...visualSize(content) };
  const mpeg12 =
    objectType === OBJECT_TYPE.mpeg1Video || (objectType >= OBJECT_TYPE.mpeg2VideoSimple && objectType <= OBJECT_TYPE.mpeg2Video422);
  if (!mpeg12 && objectType !== OBJECT_TYPE.mpeg4Video) return undefined;
  if (mpeg12) return { codec: 'MPEG-1/2 Video', config: copyBytes(config) };
  if (config.length === 0) throw new ParseError('esds', 0, 'has no decoder specific info');
  return { codec: 'MPEG-4 Video', config: copyBytes(config) };
}

function elementaryAudio(content: Uint8Array): SampleEntry | undefined {
  const { objectType, config } = parseEsDescriptor(readFullBox(audioBox(content, 'esds', 'mp4a'), 'esds').reader.rest());
  if (objectType === OBJECT_TYPE.mpeg1Audio || objectType === OBJECT_TYPE.mpeg2Audio)
    return { codec: 'MPEG-1/2 Audio', ...soundOf(content) };
  const mpeg2 = objectType >= OBJECT_TYPE.mpeg2AudioMain && objectType < OBJECT_TYPE.mpeg2Audio;
  if (!mpeg2 && objectType !== OBJECT_TYPE.mpeg4Audio) return undefined;
  parseAudioSpecificConfig(config); // what we cannot read is refused here, with its reason
  return { codec: 'MPEG-4 Audio', config: copyBytes(config) };
}

function lpcm(content: Uint8Array): SampleEntry {
  const { reader } = readFullBox(audioBox(content, 'pcmC', 'ipcm'), 'pcmC');
  const littleEndian = (reader.u8() & 1) === 1;
  const bitDepth = reader.u8();
  if (bitDepth !== 8 && bitDepth !== 16 && bitDepth !== 24) throw new ParseError('pcmC', 5, `has samples of ${bitDepth} bits`);
  return { codec: 'LPCM', bitDepth, ...soundOf(content), littleEndian };
}

/** The first metadata block is STREAMINFO, behind its header. */
function flacStreamInfo(content: Uint8Array): ReturnType<typeof parseFlacStreamInfo> {
  const { reader } = readFullBox(content, 'dfLa');
  reader.skip(4);
  return parseFlacStreamInfo(copyBytes(reader.bytes(FLAC_STREAM_INFO_BYTES)));
}

function visualBox(content: Uint8Array, type: string, structure: string): Uint8Array {
  return requireBox(behindHead(content, VISUAL_HEAD_BYTES, structure), type, structure);
}

function audioBox(content: Uint8Array, type: string, structure: string): Uint8Array {
  return requireBox(behindHead(content, AUDIO_HEAD_BYTES, structure), type, structure);
}

function behindHead(content: Uint8Array, headBytes: number, structure: string): Uint8Array {
  const reader = new ByteReader(content, structure);
  reader.skip(headBytes);
  return reader.rest();
}

function visualSize(content: Uint8Array): { width: number; height: number } {
  const reader = new ByteReader(content, 'visual sample entry', 24);
  return { width: reader.u16(), height: reader.u16() };
}

function soundOf(content: Uint8Array): { sampleRateHz: number; channelCount: number } {
  const reader = new ByteReader(content, 'audio sample entry', 16);
  const channelCount = reader.u16();
  reader.skip(6);
  const sampleRateHz = reader.u16();
  if (channelCount === 0 || sampleRateHz === 0) throw new ParseError(reader.structure, 16, 'has no channels or no rate');
  return { sampleRateHz, channelCount };
}

/** A file needs one: samples may come without. */
function av1SequenceHeader(configuration: Uint8Array): Uint8Array {
  const sequenceHeader = parseAv1Configuration(configuration);
  if (sequenceHeader === undefined) throw new ParseError('av1C', 0, 'has no sequence header');
  return copyBytes(sequenceHeader);
}
