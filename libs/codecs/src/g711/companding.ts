const MU_LAW_BIAS = 0x84;
const MU_LAW_CLIP = 32635;

/** 16-bit linear values of the 256 codes. Source: ITU-T G.711 tables 1a and 2a. */
const MU_LAW_LINEAR = Int16Array.from({ length: 256 }, (_, code) => muLawValue(code));
const A_LAW_LINEAR = Int16Array.from({ length: 256 }, (_, code) => aLawValue(code));

/** G.711 samples to 16-bit linear ones. */
export function decodeG711(samples: Uint8Array, muLaw: boolean): Int16Array {
  const table = muLaw ? MU_LAW_LINEAR : A_LAW_LINEAR;
  const linear = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) linear[i] = table[samples[i]!]!;
  return linear;
}

/** G.711 samples to LPCM as units hold it: 16 bits, big-endian. */
export function lpcmOfG711(samples: Uint8Array, muLaw: boolean): Uint8Array {
  const table = muLaw ? MU_LAW_LINEAR : A_LAW_LINEAR;
  const bytes = new Uint8Array(2 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    const value = table[samples[i]!]!;
    bytes[2 * i] = value >> 8;
    bytes[2 * i + 1] = value;
  }
  return bytes;
}

/** 16-bit linear samples to G.711, cut to the interval that a code stands for. */
export function encodeG711(linear: Int16Array, muLaw: boolean): Uint8Array {
  const samples = new Uint8Array(linear.length);
  for (let i = 0; i < linear.length; i++) samples[i] = muLaw ? muLawCode(linear[i]!) : aLawCode(linear[i]!);
  return samples;
}

function muLawValue(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + MU_LAW_BIAS) << ((inverted >> 4) & 7)) - MU_LAW_BIAS;
  return (inverted & 0x80) === 0 ? magnitude : -magnitude;
}

function muLawCode(value: number): number {
  const magnitude = Math.min(Math.abs(value), MU_LAW_CLIP) + MU_LAW_BIAS;
  const exponent = 24 - Math.clz32(magnitude); // the highest of bits 7 to 14
  const code = (value < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f);
  return ~code & 0xff;
}

function aLawValue(code: number): number {
  const even = code ^ 0x55;
  const exponent = (even >> 4) & 7;
  const step = ((even & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? step : (step + 0x100) << (exponent - 1);
  return (even & 0x80) === 0 ? -magnitude : magnitude;
}

function aLawCode(value: number): number {
  const magnitude = value < 0 ? -value - 1 : value;
  const exponent = magnitude < 0x100 ? 0 : 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 0x0f;
  return ((value < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55;
}
