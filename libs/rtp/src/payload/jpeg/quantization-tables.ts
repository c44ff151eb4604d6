/** One table a component class, in zigzag order: 64 values of 8 bits, or of 16 when it has 128 bytes. */
export type QuantizationTable = Uint8Array;

export const TABLE_VALUES = 64;

const LUMA = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62, 18, 22,
  37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/** Position in the block of the n-th value of the zigzag. Source: ITU-T T.81 figure A.6. */
const ZIGZAG: readonly number[] = zigzag();

function zigzag(): number[] {
  const order: number[] = [];
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    for (let step = 0; step <= diagonal; step++) {
      const row = diagonal % 2 === 0 ? diagonal - step : step;
      const column = diagonal - row;
      if (row < 8 && column < 8) order.push(row * 8 + column);
    }
  }
  return order;
}

/** The luma and chroma tables of a quality of 1 to 99. Source: RFC 2435 4.2, ITU-T T.81 K.1, K.2. */
export function quantizationTablesOf(quality: number): readonly QuantizationTable[] {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - quality * 2;
  return [LUMA, CHROMA].map((values) => {
    const table = new Uint8Array(TABLE_VALUES);
    for (let i = 0; i < TABLE_VALUES; i++) {
      const value = Math.floor((values[ZIGZAG[i]!]! * scale + 50) / 100);
      table[i] = Math.max(1, Math.min(255, value));
    }
    return table;
  });
}
