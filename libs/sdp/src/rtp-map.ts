import { ParseError } from '@mediamesh/bytes';
import { decimal } from './fmtp.ts';
import { MAX_CHANNELS } from './limits.ts';

/** Value of an `a=rtpmap`: `name/clock[/channels]`. */
export interface RtpMap {
  /** As it came, without the payload type; empty when the media has none. */
  readonly text: string;
  /** Encoding name in lower case; empty without a rtpmap. */
  readonly codec: string;
  /** Undefined when it is absent. */
  readonly clockRateHz: number | undefined;
  /** Encoding parameter, as text. */
  readonly encoding: string | undefined;
}

/** Errors: ParseError when the clock rate is not a positive number. */
export function parseRtpMap(text: string): RtpMap {
  const [codec, clock, encoding] = text.split('/').map((part) => part.trim());
  const clockRateHz = clock === undefined || clock === '' ? undefined : decimal(clock, 'clock rate');
  if (clockRateHz === 0) throw new ParseError('rtpmap', 0, 'has a clock rate of 0');
  return { text, codec: codec!.toLowerCase(), clockRateHz, encoding };
}

/** The encoding parameter as a number of channels. */
export function channelsOf(rtpMap: RtpMap, fallback: number): number {
  if (rtpMap.encoding === undefined) return fallback;
  const channels = decimal(rtpMap.encoding, 'channel count');
  if (channels === 0 || channels > MAX_CHANNELS) throw new ParseError('rtpmap', 0, `has ${channels} channels`);
  return channels;
}

export function requiredClock(rtpMap: RtpMap): number {
  if (rtpMap.clockRateHz === undefined) throw new ParseError('rtpmap', 0, `${rtpMap.codec} comes without clock rate`);
  return rtpMap.clockRateHz;
}
