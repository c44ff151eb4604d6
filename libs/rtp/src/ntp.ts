/** Seconds from the NTP epoch (1900) to the Unix epoch (1970). */
const UNIX_EPOCH_NTP_SECONDS = 2_208_988_800;
const ERA_SECONDS = 0x1_0000_0000;

/**
 * 64-bit NTP time as two 32-bit halves.
 *
 * Source: RFC 5905 6.
 */
export interface NtpTimestamp {
  readonly seconds: number;
  /** In 2^-32 seconds. */
  readonly fraction: number;
}

/** `wallClockUs` is microseconds since 1970, at least 0. */
export function ntpFromWallClockUs(wallClockUs: number): NtpTimestamp {
  const unixSeconds = Math.floor(wallClockUs / 1e6);
  const microseconds = wallClockUs - unixSeconds * 1e6;
  return {
    seconds: (unixSeconds + UNIX_EPOCH_NTP_SECONDS) % ERA_SECONDS,
    fraction: Math.floor((microseconds / 1e6) * ERA_SECONDS),
  };
}

/** Microseconds since 1970, rounded. Seconds with the highest bit clear are of the era that begins in 2036 (RFC 4330 3). */
export function wallClockUsFromNtp(ntp: NtpTimestamp): number {
  const era = ntp.seconds < 0x8000_0000 ? ERA_SECONDS : 0;
  return (era + ntp.seconds - UNIX_EPOCH_NTP_SECONDS) * 1e6 + Math.round((ntp.fraction / ERA_SECONDS) * 1e6);
}

/** The middle 32 bits, as receiver reports echo them: 16 bits of seconds, 16 of their fraction. */
export function compactNtp(ntp: NtpTimestamp): number {
  return (((ntp.seconds & 0xffff) << 16) | (ntp.fraction >>> 16)) >>> 0;
}
