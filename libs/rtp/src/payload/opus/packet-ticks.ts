const TICKS_A_MS = 48;
const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];

/** Duration of an Opus packet at 48 kHz; of its first stream, when it holds several. Source: RFC 6716 3.1, 3.2. */
export function opusPacketTicks(packet: Uint8Array): number {
  if (packet.length === 0) return 0;
  const config = packet[0]! >> 3;
  let frameMs: number;
  if (config < 12) frameMs = SILK_MS[config & 3]!;
  else if (config < 16) frameMs = HYBRID_MS[config & 1]!;
  else frameMs = CELT_MS[config & 3]!;
  const code = packet[0]! & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 0x3f;
  return frames * frameMs * TICKS_A_MS;
}
