import type { RtspServerSession } from './session.ts';

/** Of readers and of connections that do nothing. */
export const IDLE_TIMEOUT_MS = 60_000;
/** Windows Media Player keeps alive exactly at the announced timeout, which is then too late: 5 s less are announced. */
export const ANNOUNCED_TIMEOUT_SECONDS = IDLE_TIMEOUT_MS / 1000 - 5;

/**
 * Why a connection is to be closed now; undefined when it isn't.
 *
 * Units:  milliseconds of one monotonic clock. `lastMessageMs`: of a request or an interleaved frame.
 */
export function expiry(
  session: RtspServerSession | undefined,
  lastMessageMs: number,
  nowMs: number,
  readTimeoutMs: number,
): string | undefined {
  const silentMs = nowMs - lastMessageMs;
  if (session === undefined || !session.streaming) return silentMs >= IDLE_TIMEOUT_MS ? 'i/o timeout' : undefined;
  if (session.transport?.protocol === 'tcp') {
    const limit = session.state === 'record' ? readTimeoutMs : IDLE_TIMEOUT_MS;
    return silentMs >= limit ? 'i/o timeout' : undefined;
  }
  const packetSilentMs = nowMs - session.lastPacketMs;
  // FFmpeg sends no keep-alives while it records over UDP: its packets are what counts.
  if (session.state === 'record') return packetSilentMs >= readTimeoutMs ? 'session timed out' : undefined;
  const requestSilentMs = nowMs - session.lastRequestMs;
  return Math.min(packetSilentMs, requestSilentMs) >= IDLE_TIMEOUT_MS ? 'session timed out' : undefined;
}
