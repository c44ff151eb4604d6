const BLOCK_BYTES = 16;

/**
 * The initial counter block of a packet: salt, SSRC and packet index.
 *
 * Shape:  written into `target`, 16 bytes; `indexHigh` are the bits of the index above its lowest 16 (RTP: the roll-over counter).
 * Source: RFC 3711 4.1.1.
 */
export function writeCounterBlockInto(target: Uint8Array, salt: Uint8Array, ssrc: number, indexHigh: number, indexLow: number): void {
  target.set(salt);
  target[BLOCK_BYTES - 2] = 0;
  target[BLOCK_BYTES - 1] = 0;
  target[4]! ^= ssrc >>> 24;
  target[5]! ^= ssrc >>> 16;
  target[6]! ^= ssrc >>> 8;
  target[7]! ^= ssrc;
  target[8]! ^= indexHigh >>> 24;
  target[9]! ^= indexHigh >>> 16;
  target[10]! ^= indexHigh >>> 8;
  target[11]! ^= indexHigh;
  target[12]! ^= indexLow >>> 8;
  target[13]! ^= indexLow;
}

export { BLOCK_BYTES as COUNTER_BLOCK_BYTES };
