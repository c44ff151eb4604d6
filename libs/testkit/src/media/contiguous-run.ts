/** Where in the source a reader's frames begin, and how many there are. */
export interface ContiguousRun {
  readonly start: number;
  readonly length: number;
}

/**
 * Asserts that what was received is a stretch of the source, with nothing missing, nothing repeated, nothing else.
 *
 * Shape:   hashes of frames, all different in the source.
 * Errors:  says which frame is wrong, and which one of the source it is instead.
 */
export function contiguousRun(source: readonly string[], received: readonly string[]): ContiguousRun {
  const first = received[0];
  if (first === undefined) throw new Error('no frame was received');
  const start = source.indexOf(first);
  if (start < 0) throw new Error(`the first of ${received.length} frames is none of the source's`);
  received.forEach((hash, index) => {
    if (hash === source[start + index]) return;
    const instead = source.indexOf(hash);
    const found = instead < 0 ? "none of the source's frames" : `frame ${instead}`;
    throw new Error(`frame ${index} of ${received.length} is ${found} instead of frame ${start + index} of the source`);
  });
  return { start, length: received.length };
}

/** Cuts what was received into stretches of the source: more than one when the source began again, at a take-over for instance. */
export function contiguousRuns(source: readonly string[], received: readonly string[]): readonly ContiguousRun[] {
  const runs: { start: number; length: number }[] = [];
  received.forEach((hash, index) => {
    const run = runs.at(-1);
    if (run !== undefined && hash === source[run.start + run.length]) run.length++;
    else {
      const start = source.indexOf(hash);
      if (start < 0) throw new Error(`frame ${index} of ${received.length} is none of the source's frames`);
      runs.push({ start, length: 1 });
    }
  });
  return runs;
}

/** The same for streams whose packets have no fixed limits: the received bytes are a stretch of the source's. */
export function contiguousBytes(source: Uint8Array, received: Uint8Array): ContiguousRun {
  if (received.length === 0) throw new Error('no byte was received');
  const start = Buffer.from(source.buffer, source.byteOffset, source.byteLength).indexOf(received);
  if (start >= 0) return { start, length: received.length };
  throw new Error(
    `the ${received.length} received bytes are not a stretch of the ${source.length} of the source: ${divergence(source, received)}`,
  );
}

const PROBE_BYTES = 64;

function divergence(source: Uint8Array, received: Uint8Array): string {
  const start = Buffer.from(source).indexOf(received.subarray(0, PROBE_BYTES));
  if (start < 0) return `their first ${PROBE_BYTES} are not in it`;
  let same = 0;
  while (received[same] === source[start + same]) same++;
  return `they begin at ${start} and differ after ${same}`;
}
