import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ParseError } from '@mediamesh/bytes';
import { CLIP_NAMES, readClip, storedClip } from '../clips.cases.ts';
import { FragmentReader, parseInitSegment } from '../index.ts';
import type { ParsedInitSegment } from '../index.ts';

/** A result, or a ParseError; anything else fails the test. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
  }
}

function changed(bytes: Uint8Array, changes: readonly { readonly at: number; readonly value: number }[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const { at, value } of changes) copy[at % copy.length] = value;
  return copy;
}

const changes = fc.array(fc.record({ at: fc.nat(100_000), value: fc.nat(255) }), { minLength: 1, maxLength: 6 });

describe.each(CLIP_NAMES)('%s', (name) => {
  const { bytes, init } = storedClip(name);
  const { tracks } = parseInitSegment(init);

  test('init segments fail only with ParseError', () => {
    fc.assert(
      fc.property(changes, (list) => attempt(() => parseInitSegment(changed(init, list)))),
      { numRuns: 300 },
    );
  });

  test('fragments fail only with ParseError, at any chunking in the same way', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 3000 }), (list, chunkBytes) => {
        const fragments = changed(bytes.subarray(init.length), list);
        expect(outcome(fragments, tracks, chunkBytes)).toEqual(outcome(fragments, tracks, fragments.length));
      }),
      { numRuns: 100 },
    );
  });

  test('a file whose header was changed reads, or fails with ParseError', () => {
    fc.assert(
      fc.property(changes, (list) => attempt(() => readClip(bytes, changed(init, list)))),
      { numRuns: 50 },
    );
  });
});

test('any bytes', () => {
  const reader = new FragmentReader(parseInitSegment(storedClip('h264-aac').init).tracks);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      attempt(() => parseInitSegment(bytes));
      attempt(() => reader.push(bytes));
      attempt(() => reader.end());
    }),
    { numRuns: 1000 },
  );
});

/** The samples up to the end or the error. */
function outcome(bytes: Uint8Array, tracks: ParsedInitSegment['tracks'], chunkBytes: number): string {
  const reader = new FragmentReader(tracks);
  const read: string[] = [];
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      for (const { trackId, dtsTicks, ptsTicks, payload } of reader.push(bytes.subarray(at, at + chunkBytes))) {
        read.push(`${trackId} ${dtsTicks} ${ptsTicks} ${payload.length}`);
      }
    }
    reader.end();
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
    return 'malformed';
  }
  return read.join();
}
