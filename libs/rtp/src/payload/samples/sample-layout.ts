/** How samples lie in a payload, so that it can be cut between them. */
export interface SampleLayout {
  /** Payloads are cut at multiples of this. */
  readonly groupBytes: number;
  /** RTP clock ticks of a group. */
  readonly groupTicks: number;
}

/** A byte a sample and channel. Source: RFC 3551 4.5.14. */
export function g711Layout(channelCount: number): SampleLayout {
  return { groupBytes: channelCount, groupTicks: 1 };
}

/** A byte is two samples at 16 kHz, but the RTP clock is 8 kHz. Source: RFC 3551 4.5.2. */
export function g722Layout(channelCount: number): SampleLayout {
  return { groupBytes: channelCount, groupTicks: 1 };
}

/** Eight samples of 2 to 5 bits fill whole bytes. Source: RFC 3551 4.5.4. */
export function g726Layout(bitrateBps: number): SampleLayout {
  return { groupBytes: bitrateBps / 8000, groupTicks: 8 };
}

/** Source: RFC 3551 4.5.10, 4.5.11, RFC 3190 4. */
export function lpcmLayout(bitDepth: number, channelCount: number): SampleLayout {
  return { groupBytes: (bitDepth / 8) * channelCount, groupTicks: 1 };
}
