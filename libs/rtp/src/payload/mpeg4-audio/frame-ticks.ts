import { parseAudioSpecificConfig } from '@mediamesh/codecs';

/**
 * Ticks of one AAC frame in the RTP clock, which is the core's rate, or with SBR twice that.
 *
 * Errors: ParseError when the AudioSpecificConfig is malformed.
 */
export function aacFrameTicks(config: Uint8Array, clockRateHz: number | undefined): number {
  const { frameLength, sampleRateHz } = parseAudioSpecificConfig(config);
  return clockRateHz === undefined ? frameLength : Math.round((frameLength * clockRateHz) / sampleRateHz);
}
