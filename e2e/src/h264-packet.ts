const RTP_HEADER_BYTES = 12;
const STAP_A = 24;
const FU_A = 28;
/** Of a STAP-A: its own header and the length of the first unit. */
const STAP_PREFIX_BYTES = 3;
const SPS = 7;
const IDR = 5;

/** Whether an RTP packet of H264 begins a key frame: with its parameters, as the server sends them, or its first slice. */
export function beginsKeyFrame(packet: Uint8Array): boolean {
  const payload = packet.subarray(RTP_HEADER_BYTES);
  const type = payload[0]! & 0x1f;
  if (type === STAP_A) return isKeyUnit(payload[STAP_PREFIX_BYTES]!);
  if (type === FU_A) return (payload[1]! & 0x80) !== 0 && isKeyUnit(payload[1]!);
  return isKeyUnit(payload[0]!);
}

function isKeyUnit(header: number): boolean {
  return [SPS, IDR].includes(header & 0x1f);
}
