/** G.722 has 16 kHz, but its RTP clock counts 8 kHz by an old mistake that is kept (RFC 3551 4.5.2). */
export const G722_CLOCK_RATE_HZ = 8000;

/** Ticks of the RTP clock: a byte holds two samples of 16 kHz, one tick. */
export function g722DurationTicks(sizeBytes: number, channelCount: number): number {
  return Math.floor(sizeBytes / channelCount);
}
