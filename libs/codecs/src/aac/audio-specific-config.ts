import { BitReader, BitWriter, ParseError } from '@mediamesh/bytes';
import { readSampleRate, writeSampleRate } from './sample-rates.ts';

/** Audio object types that are read. Source: ISO 14496-3 table 1.17. */
export const AAC_OBJECT_TYPE = { main: 1, lowComplexity: 2, scalableSampleRate: 3, longTermPrediction: 4, sbr: 5, ps: 29 } as const;

/** Channels of channelConfiguration 1 to 7. Source: ISO 14496-3 table 1.19. */
const CHANNELS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8];
const ESCAPED_OBJECT_TYPE = 31;

export interface AudioSpecificConfig {
  /** Of the core: never `sbr` or `ps`. */
  readonly objectType: number;
  /** Of the core. */
  readonly sampleRateHz: number;
  /** 0: the channels are in a program config element, which is not read. */
  readonly channelConfig: number;
  /** Channels of `channelConfig`; 0 when that is 0. */
  readonly channelCount: number;
  /** Spectral band replication, announced explicitly and hierarchically; `ps` is parametric stereo on top. */
  readonly extension?: { readonly ps: boolean; readonly sampleRateHz: number };
  /** Samples of a frame in the core's rate. */
  readonly frameLength: 960 | 1024;
  readonly coreCoderDelay?: number;
}

/**
 * Errors: ParseError when truncated, of an object type other than AAC main, LC, SSR or LTP (also below SBR and PS), or with reserved values.
 * Source: ISO 14496-3 1.6.2.1, 4.4.1.
 */
export function parseAudioSpecificConfig(bytes: Uint8Array): AudioSpecificConfig {
  return readAudioSpecificConfig(new BitReader(bytes, 'AudioSpecificConfig'));
}

/** As `parseAudioSpecificConfig`, inside a structure of bits. */
export function readAudioSpecificConfig(reader: BitReader): AudioSpecificConfig {
  let objectType = readObjectType(reader);
  const sampleRateHz = readSampleRate(reader);
  const channelConfig = reader.bits(4);
  const channelCount = CHANNELS[channelConfig];
  if (channelCount === undefined) fail(reader, `has the channel configuration ${channelConfig}`);
  let extension: AudioSpecificConfig['extension'];
  if (objectType === AAC_OBJECT_TYPE.sbr || objectType === AAC_OBJECT_TYPE.ps) {
    extension = { ps: objectType === AAC_OBJECT_TYPE.ps, sampleRateHz: readSampleRate(reader) };
    objectType = readObjectType(reader);
  }
  if (objectType < AAC_OBJECT_TYPE.main || objectType > AAC_OBJECT_TYPE.longTermPrediction)
    fail(reader, `has the object type ${objectType}`);
  const frameLength = reader.flag() ? 960 : 1024;
  const coreCoderDelay = reader.flag() ? reader.bits(14) : undefined;
  if (reader.flag()) fail(reader, 'has an extension of its GASpecificConfig'); // extensionFlag is 0 for these object types
  return {
    objectType,
    sampleRateHz,
    channelConfig,
    channelCount,
    frameLength,
    ...(extension && { extension }),
    ...(coreCoderDelay !== undefined && { coreCoderDelay }),
  };
}

export function serializeAudioSpecificConfig(config: AudioSpecificConfig): Uint8Array {
  const writer = new BitWriter();
  writeAudioSpecificConfig(writer, config);
  return writer.finish();
}

/** Errors: ParseError when the channels are in a program config element. */
export function writeAudioSpecificConfig(writer: BitWriter, config: AudioSpecificConfig): void {
  if (config.channelConfig === 0) throw new ParseError('AudioSpecificConfig', 0, 'has its channels in a program config element');
  const { extension } = config;
  writer.bits(extension ? (extension.ps ? AAC_OBJECT_TYPE.ps : AAC_OBJECT_TYPE.sbr) : config.objectType, 5);
  writeSampleRate(writer, config.sampleRateHz);
  writer.bits(config.channelConfig, 4);
  if (extension) {
    writeSampleRate(writer, extension.sampleRateHz);
    writer.bits(config.objectType, 5);
  }
  writer.flag(config.frameLength === 960);
  writer.flag(config.coreCoderDelay !== undefined);
  if (config.coreCoderDelay !== undefined) writer.bits(config.coreCoderDelay, 14);
  writer.flag(false);
}

function readObjectType(reader: BitReader): number {
  const type = reader.bits(5);
  return type === ESCAPED_OBJECT_TYPE ? 32 + reader.bits(6) : type;
}

function fail(reader: BitReader, problem: string): never {
  throw new ParseError('AudioSpecificConfig', reader.position >> 3, problem);
}
