import { ParseError } from '@mediamesh/bytes';

/** Opus counts time in 48 kHz, whatever its bandwidth. */
export const OPUS_CLOCK_RATE_HZ = 48_000;
/** 120 ms (RFC 6716 3.2.5). */
export const MAX_OPUS_PACKET_TICKS = 5760;

/** Ticks of a frame for the four lowest bits' groups of configurations. Source: RFC 6716 table 2. */
const SILK_TICKS: readonly number[] = [480, 960, 1920, 2880];
const HYBRID_TICKS: readonly number[] = [480, 960];
const CELT_TICKS: readonly number[] = [120, 240, 480, 960];
const FIRST_HYBRID = 12;
const FIRST_CELT = 16;

/** What the first bytes of a packet say. */
export interface OpusToc {
  readonly configuration: number;
  /** Of this packet; the stream may mix. */
  readonly channelCount: 1 | 2;
  readonly frameCount: number;
  /** Of all its frames, in 1/48000 s. */
  readonly durationTicks: number;
}

/**
 * Errors: ParseError when empty, truncated, or longer than 120 ms.
 * Source: RFC 6716 3.1, 3.2.
 */
export function parseOpusToc(packet: Uint8Array): OpusToc {
  const toc = packet[0];
  if (toc === undefined) throw new ParseError('Opus packet', 0, 'is empty');
  const configuration = toc >> 3;
  const frameCount = readFrameCount(packet, toc & 3);
  const durationTicks = frameCount * frameTicks(configuration);
  if (frameCount === 0 || durationTicks > MAX_OPUS_PACKET_TICKS) throw new ParseError('Opus packet', 1, `has ${frameCount} frames`);
  return { configuration, channelCount: (toc & 4) === 0 ? 1 : 2, frameCount, durationTicks };
}

function readFrameCount(packet: Uint8Array, code: number): number {
  if (code === 0) return 1;
  if (code < 3) return 2;
  if (packet.length < 2) throw new ParseError('Opus packet', 1, 'its frame count is truncated');
  return packet[1]! & 0x3f;
}

function frameTicks(configuration: number): number {
  if (configuration >= FIRST_CELT) return CELT_TICKS[configuration & 3]!;
  return configuration >= FIRST_HYBRID ? HYBRID_TICKS[configuration & 1]! : SILK_TICKS[configuration & 3]!;
}
