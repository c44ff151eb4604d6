import { ParseError } from '@mediamesh/bytes';
import { parseAudioMuxElement } from './aac/audio-mux-element.ts';
import { parseAudioSpecificConfig } from './aac/audio-specific-config.ts';
import { parseStreamMuxConfig } from './aac/stream-mux-config.ts';
import { AC3_SAMPLES_PER_FRAME } from './ac3/sync-frame.ts';
import type { CodecDescription, Mpeg4AudioLatmParameters } from './description.ts';
import { flacBlockSize, flacFrameOf } from './flac/packet.ts';
import { g722DurationTicks } from './g722/sizes.ts';
import { lpcmSampleCount } from './lpcm/sizes.ts';
import { parseMpegAudioFrameHeader } from './mpeg-audio/frame-header.ts';
import { OPUS_CLOCK_RATE_HZ, parseOpusToc } from './opus/packet.ts';

/** A description with the clock that its times count in, as a `Track` is. */
export type TimedDescription = CodecDescription & { readonly clockRateHz: number };

/** RTP clock of G.726 (RFC 3551 4.5.4). */
const G726_SAMPLE_RATE_HZ = 8000;

/**
 * Ticks that a unit of audio lasts, in its track's clock; undefined for video, data, codecs that are not parsed,
 * and LATM whose configuration came with an earlier unit.
 *
 * Errors: ParseError when a frame or the configuration is malformed.
 */
export function unitDurationTicks(track: TimedDescription, payload: readonly Uint8Array[]): number | undefined {
  const { clockRateHz } = track;
  switch (track.codec) {
    case 'Opus':
      return ticks(sumOf(payload, opusTicks), OPUS_CLOCK_RATE_HZ, clockRateHz);
    case 'MPEG-4 Audio': {
      const config = parseAudioSpecificConfig(track.parameters.config);
      return ticks(payload.length * config.frameLength, config.sampleRateHz, clockRateHz);
    }
    case 'MPEG-4 Audio LATM':
      return latmTicks(track.parameters, payload, clockRateHz);
    case 'FLAC':
      return flacTicks(payload);
    case 'MPEG-1/2 Audio':
      return mpegAudioTicks(payload, clockRateHz);
    case 'AC3':
      return ticks(payload.length * AC3_SAMPLES_PER_FRAME, track.parameters.sampleRateHz, clockRateHz);
    case 'G711':
      return ticks(Math.floor(sumOf(payload, sizeOf) / track.parameters.channelCount), track.parameters.sampleRateHz, clockRateHz);
    case 'G722':
      return g722DurationTicks(sumOf(payload, sizeOf), track.parameters.channelCount);
    case 'G726':
      return ticks((sumOf(payload, sizeOf) * 8 * G726_SAMPLE_RATE_HZ) / track.parameters.bitrateBps, G726_SAMPLE_RATE_HZ, clockRateHz);
    case 'LPCM':
      return ticks(lpcmSampleCount(track.parameters, sumOf(payload, sizeOf)), track.parameters.sampleRateHz, clockRateHz);
    default:
      return undefined;
  }
}

function ticks(samples: number, sampleRateHz: number, clockRateHz: number): number {
  return sampleRateHz === clockRateHz ? Math.floor(samples) : Math.round((samples * clockRateHz) / sampleRateHz);
}

function sumOf(payload: readonly Uint8Array[], measure: (entry: Uint8Array) => number): number {
  let sum = 0;
  for (const entry of payload) sum += measure(entry);
  return sum;
}

function sizeOf(entry: Uint8Array): number {
  return entry.length;
}

function opusTicks(packet: Uint8Array): number {
  return parseOpusToc(packet).durationTicks;
}

/** Its clock is the sample rate. */
function flacTicks(payload: readonly Uint8Array[]): number | undefined {
  let samples = 0;
  for (const packet of payload) {
    const blockSize = flacBlockSize(flacFrameOf(packet));
    if (blockSize === undefined) return undefined;
    samples += blockSize;
  }
  return samples;
}

function mpegAudioTicks(payload: readonly Uint8Array[], clockRateHz: number): number {
  let samples = 0;
  let rate = clockRateHz;
  for (const frame of payload) {
    const header = parseMpegAudioFrameHeader(frame);
    samples += header.sampleCount;
    rate = header.sampleRateHz;
  }
  return ticks(samples, rate, clockRateHz);
}

function latmTicks(parameters: Mpeg4AudioLatmParameters, payload: readonly Uint8Array[], clockRateHz: number): number | undefined {
  const outOfBand = parameters.config && parseStreamMuxConfig(parameters.config);
  let duration = 0;
  for (const element of payload) {
    if (!outOfBand && parameters.configInBand && isSameStreamMux(element)) return undefined;
    const { config, frames } = parseAudioMuxElement(element, outOfBand, parameters.configInBand);
    const audio = config.programs[0]?.[0]?.config;
    if (!audio) throw new ParseError('StreamMuxConfig', 0, 'has no AudioSpecificConfig');
    duration += ticks(frames.length * audio.frameLength, audio.sampleRateHz, clockRateHz);
  }
  return duration;
}

/** useSameStreamMux, the first bit of an element with a configuration in-band. */
function isSameStreamMux(element: Uint8Array): boolean {
  return element.length > 0 && element[0]! >= 0x80;
}
