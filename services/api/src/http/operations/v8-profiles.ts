import type { HeapProfiler, Profiler } from 'node:inspector';
import type { CallNode, ProfileFacts, ProfileSample } from './profile-encoder.ts';

/** Between two looks at what runs: V8's default. */
export const CPU_SAMPLING_INTERVAL_US = 1_000;
/** Of allocations, in between two that are recorded, on average: as in Go. */
export const HEAP_SAMPLING_INTERVAL_BYTES = 512 * 1024;

/** V8's name of waiting for something to do, which takes no CPU. */
const IDLE = '(idle)';
const NANOS_PER_US = 1_000;
const US_PER_MS = 1_000;

/** What V8 saw running, as times of call stacks. `timeMs`: wall clock of the beginning. */
export function cpuProfile({ nodes, samples = [], timeDeltas = [], startTime, endTime }: Profiler.Profile, timeMs: number): ProfileFacts {
  const places = placesOf(nodes);
  const counted = new Map<number, { count: number; us: number }>();
  for (const [index, id] of samples.entries()) {
    const entry = counted.get(id) ?? { count: 0, us: 0 };
    entry.count++;
    // What is seen has run until the next look. Clocks of threads may step back.
    entry.us += Math.max(0, timeDeltas[index + 1] ?? 0);
    counted.set(id, entry);
  }
  return {
    valueTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    samples: [...counted].flatMap(([id, { count, us }]) => {
      const place = places.get(id);
      return place?.callFrame.functionName === IDLE ? [] : sampleAt(place, [count, us * NANOS_PER_US]);
    }),
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: CPU_SAMPLING_INTERVAL_US * NANOS_PER_US,
    timeMs,
    durationMs: (endTime - startTime) / US_PER_MS,
  };
}

/** Calls by id; V8 gives the ids of children, parents first or not. */
function placesOf(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, CallNode> {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, CallNode>();
  const placeOf = (node: Profiler.ProfileNode): CallNode => {
    const parentNode = byId.get(parents.get(node.id) ?? 0);
    const place = places.get(node.id) ?? {
      callFrame: node.callFrame,
      parent: parentNode === undefined ? undefined : placeOf(parentNode),
    };
    places.set(node.id, place);
    return place;
  };
  for (const node of nodes) placeOf(node);
  return places;
}

/** What is in use of what was allocated since the sampling began, as bytes of call stacks. */
export function heapProfile({ head }: HeapProfiler.SamplingHeapProfile, timeMs: number): ProfileFacts {
  const samples: ProfileSample[] = [];
  const waiting: { readonly node: HeapProfiler.SamplingHeapProfileNode; readonly parent: CallNode | undefined }[] = [
    { node: head, parent: undefined },
  ];
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    const { node, parent } = entry;
    const place: CallNode = { callFrame: node.callFrame, parent };
    if (node.selfSize > 0) samples.push(...sampleAt(place, [node.selfSize]));
    for (const child of node.children) waiting.push({ node: child, parent: place });
  }
  return {
    valueTypes: [{ type: 'inuse_space', unit: 'bytes' }],
    samples,
    periodType: { type: 'space', unit: 'bytes' },
    period: HEAP_SAMPLING_INTERVAL_BYTES,
    timeMs,
    durationMs: 0,
  };
}

/** None for the root, which is no function. */
function sampleAt(leaf: CallNode | undefined, values: readonly number[]): readonly ProfileSample[] {
  return leaf?.parent === undefined ? [] : [{ leaf, values }];
}
