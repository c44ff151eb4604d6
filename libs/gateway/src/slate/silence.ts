import { BitWriter } from '@mediamesh/bytes';
import { serializeAudioSpecificConfig } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import type { AlwaysAvailableTrack } from '@mediamesh/config';

/** 20 ms of stereo CELT with an empty frame. Source: RFC 6716 3.1, 3.2.1. */
const OPUS_SILENCE = Uint8Array.of(0xfc, 0xff, 0xfe);
const OPUS_CLOCK_HZ = 48_000;
const OPUS_FRAME_TICKS = 960;
const AAC_LC = 2;
const AAC_FRAME_LENGTH = 1024;
const MU_LAW_ZERO = 0xff;
const A_LAW_ZERO = 0xd5;
const LPCM_BIT_DEPTH = 16;
/** Units of samples, a second. */
const SAMPLE_UNITS_HZ = 10;

type Element = 'single' | 'pair' | 'lfe';
/** Syntactic elements of channelConfiguration. Source: ISO 14496-3 table 1.19. */
const AAC_ELEMENTS: ReadonlyMap<number, readonly Element[]> = new Map([
  [1, ['single']],
  [2, ['pair']],
  [3, ['single', 'pair']],
  [4, ['single', 'pair', 'single']],
  [5, ['single', 'pair', 'pair']],
  [6, ['single', 'pair', 'pair', 'lfe']],
  [8, ['single', 'pair', 'pair', 'pair', 'lfe']],
]);
const AAC_ELEMENT_IDS = { single: 0, pair: 1, lfe: 3 } as const;
const AAC_END = 7;

/** A unit of silence, to be repeated every `durationTicks`. */
export interface Silence {
  readonly clockRateHz: number;
  readonly description: CodecDescription;
  readonly payload: Uint8Array;
  readonly durationTicks: number;
}

/** Errors: RangeError when AAC has no configuration for so many channels. */
export function silenceOf({ codec, sampleRate, channelCount, muLaw }: AlwaysAvailableTrack): Silence {
  const samples = Math.floor(sampleRate / SAMPLE_UNITS_HZ);
  switch (codec) {
    case 'Opus':
      return {
        clockRateHz: OPUS_CLOCK_HZ,
        description: { codec: 'Opus', parameters: { channelCount: 2 } },
        payload: OPUS_SILENCE,
        durationTicks: OPUS_FRAME_TICKS,
      };
    case 'MPEG4Audio':
      return aacSilence(sampleRate, channelCount);
    case 'G711':
      return {
        clockRateHz: sampleRate,
        description: { codec: 'G711', parameters: { muLaw, sampleRateHz: sampleRate, channelCount } },
        payload: new Uint8Array(samples * channelCount).fill(muLaw ? MU_LAW_ZERO : A_LAW_ZERO),
        durationTicks: samples,
      };
    case 'LPCM':
      return {
        clockRateHz: sampleRate,
        description: { codec: 'LPCM', parameters: { bitDepth: LPCM_BIT_DEPTH, sampleRateHz: sampleRate, channelCount } },
        payload: new Uint8Array((samples * channelCount * LPCM_BIT_DEPTH) / 8),
        durationTicks: samples,
      };
    default:
      throw new RangeError(`${codec} is not a codec of audio`);
  }
}

function aacSilence(sampleRateHz: number, channelCount: number): Silence {
  const elements = AAC_ELEMENTS.get(channelCount);
  if (elements === undefined) throw new RangeError(`MPEG-4 Audio has no configuration for ${channelCount} channels`);
  const channelConfig = channelCount === 8 ? 7 : channelCount;
  const config = serializeAudioSpecificConfig({
    objectType: AAC_LC,
    sampleRateHz,
    channelConfig,
    channelCount,
    frameLength: AAC_FRAME_LENGTH,
  });
  return {
    clockRateHz: sampleRateHz,
    description: { codec: 'MPEG-4 Audio', parameters: { config } },
    payload: aacSilentFrame(elements),
    durationTicks: AAC_FRAME_LENGTH,
  };
}

/** A raw_data_block whose elements have no scale factor bands. Source: ISO 14496-3 table 4.3 and following. */
function aacSilentFrame(elements: readonly Element[]): Uint8Array {
  const writer = new BitWriter();
  const tags = { single: 0, pair: 0, lfe: 0 };
  for (const element of elements) {
    writer.bits(AAC_ELEMENT_IDS[element], 3);
    writer.bits(tags[element]++, 4);
    if (element === 'pair') {
      writer.bits(1, 1); // common_window
      writeIcsInfo(writer);
      writer.bits(0, 2); // ms_mask_present
      writeChannel(writer, true);
      writeChannel(writer, true);
    } else writeChannel(writer, false);
  }
  writer.bits(AAC_END, 3);
  return writer.finish();
}

/** A long window without bands and without prediction. */
function writeIcsInfo(writer: BitWriter): void {
  writer.bits(0, 11);
}

function writeChannel(writer: BitWriter, hasCommonWindow: boolean): void {
  writer.bits(0, 8); // global_gain
  if (!hasCommonWindow) writeIcsInfo(writer);
  writer.bits(0, 3); // no pulses, no temporal noise shaping, no gain control
}
