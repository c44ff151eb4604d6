import { describe, expect, test } from 'vitest';
import { ByteSlab, MAX_SLAB_BYTES } from './byte-slab.ts';

describe('ByteSlab', () => {
  test('cuts eight pieces of a size from one slab, then begins another', () => {
    const slab = new ByteSlab();
    const pieces = Array.from({ length: 9 }, () => slab.cut(1000));
    expect(pieces.map((piece) => piece.byteOffset)).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 0]);
    expect(new Set(pieces.map((piece) => piece.buffer)).size).toBe(2);
    expect(pieces[0]!.buffer.byteLength).toBe(8000);
  });

  test('pieces do not overlap, and are zeroed', () => {
    const slab = new ByteSlab();
    const pieces = [3, 0, 21, 5].map((length) => slab.cut(length));
    for (const [index, piece] of pieces.entries()) piece.fill(index + 1);
    expect(pieces.map((piece) => [...piece])).toEqual([[1, 1, 1], [], Array<number>(21).fill(3), [4, 4, 4, 4, 4]]);
    expect([...slab.cut(2)]).toEqual([0, 0]);
  });

  test('a slab has a limit; a piece of more than half of it has memory of its own', () => {
    const slab = new ByteSlab();
    expect(slab.cut(MAX_SLAB_BYTES / 2).buffer.byteLength).toBe(MAX_SLAB_BYTES);
    expect(slab.cut(MAX_SLAB_BYTES / 2 + 1).buffer.byteLength).toBe(MAX_SLAB_BYTES / 2 + 1);
    expect(slab.cut(8).byteOffset).toBe(MAX_SLAB_BYTES / 2);
  });
});
