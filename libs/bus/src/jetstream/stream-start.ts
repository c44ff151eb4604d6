import { EnvelopeKind, envelopeKind, parseStateEnvelope, parseUnitEnvelope, unitNumberOf } from '@mediamesh/media';
import type { EpochState } from '@mediamesh/media';
import type { StoredMsg } from '@nats-io/jetstream';
import type { BusStart } from '../port.ts';
import type { EpochStreams } from './epoch-streams.ts';

/** A start, resolved: where the consumer begins, and what the sink needs before. */
export interface ResolvedStart {
  readonly state: EpochState;
  readonly sequence: number;
  /** Number of the first unit for the sink, -1 for any. */
  readonly number: number;
  /** Nothing that can be decoded is kept: the sink starts at the next unit that can. */
  readonly waits: boolean;
}

/** Resolves where a reader starts on a generation; undefined when the stream holds nothing. */
export async function resolveStart(streams: EpochStreams, generation: number, start: BusStart): Promise<ResolvedStart | undefined> {
  switch (start.at) {
    case 'live':
      return fromEnd(streams, generation, { waits: false, number: -1 });
    case 'lastKey': {
      const key = await streams.lastMessage(generation, 'key');
      return key === undefined ? fromEnd(streams, generation, { waits: true, number: -1 }) : fromKey(streams, generation, key.seq);
    }
    case 'windowStart': {
      const first = await streams.messageFrom(generation, 1);
      if (first?.seq === 1) return at(streams, generation, { sequence: 1, state: first });
      const key = await streams.messageFrom(generation, 1, 'key');
      return key === undefined ? fromEnd(streams, generation, { waits: true, number: -1 }) : fromKey(streams, generation, key.seq);
    }
    case 'unit':
      return fromUnit(streams, generation, start.number);
  }
}

interface StartPlace {
  readonly sequence: number;
  /** The message that is a state before the place, where one was found. */
  readonly state: StoredMsg | undefined;
  readonly number?: number;
  readonly waits?: boolean;
}

async function at(streams: EpochStreams, generation: number, place: StartPlace): Promise<ResolvedStart | undefined> {
  const found = place.state;
  const isState = found !== undefined && envelopeKind(found.data) === EnvelopeKind.state;
  const state = isState ? found : await streams.lastMessage(generation, 'state');
  if (state === undefined) return undefined;
  const { sequence, number = -1, waits = false } = place;
  return { state: parseStateEnvelope(state.data), sequence, number, waits };
}

interface EndOptions {
  readonly waits: boolean;
  readonly number: number;
}

async function fromEnd(streams: EpochStreams, generation: number, options: EndOptions): Promise<ResolvedStart | undefined> {
  const last = await streams.lastMessage(generation);
  return last === undefined ? undefined : after(streams, generation, last, options);
}

/** After a message; at it when it is the end, or the reader would never know. */
function after(streams: EpochStreams, generation: number, last: StoredMsg, options: EndOptions): Promise<ResolvedStart | undefined> {
  const ended = envelopeKind(last.data) === EnvelopeKind.end;
  return at(streams, generation, { sequence: ended ? last.seq : last.seq + 1, state: undefined, ...options });
}

/** The state that was published before each key unit is the one that it needs. */
async function fromKey(streams: EpochStreams, generation: number, keySequence: number): Promise<ResolvedStart | undefined> {
  return at(streams, generation, { sequence: keySequence, state: await streams.messageAt(generation, keySequence - 1) });
}

async function fromUnit(streams: EpochStreams, generation: number, number: number): Promise<ResolvedStart | undefined> {
  const [first, last] = await Promise.all([streams.messageFrom(generation, 1), streams.lastMessage(generation)]);
  if (first === undefined || last === undefined) return undefined;
  const unit = await firstUnitFrom(streams, generation, { low: first.seq, high: last.seq, number });
  // Units that came since are before the one that is asked for, or it: the gate tells.
  if (unit === undefined) return after(streams, generation, last, { waits: false, number });
  return at(streams, generation, { sequence: unit.seq, state: await stateFor(streams, generation, unit), number });
}

/** The first message of the first unit that is numbered so or higher, by bisection: numbers rise along the stream. */
async function firstUnitFrom(
  streams: EpochStreams,
  generation: number,
  range: { readonly low: number; readonly high: number; readonly number: number },
): Promise<StoredMsg | undefined> {
  let { low, high } = range;
  let found: StoredMsg | undefined;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    let probe = await streams.messageFrom(generation, middle);
    while (probe !== undefined && probe.seq <= high && envelopeKind(probe.data) !== EnvelopeKind.unit) {
      probe = await streams.messageFrom(generation, probe.seq + 1);
    }
    if (probe === undefined || probe.seq > high) high = middle - 1;
    else if (unitNumberOf(probe.data) >= range.number) {
      found = probe;
      high = middle - 1;
    } else low = probe.seq + 1;
  }
  return found;
}

/** The last state before a unit. The newest will do unless the description has changed since. */
async function stateFor(streams: EpochStreams, generation: number, unit: StoredMsg): Promise<StoredMsg | undefined> {
  const newest = await streams.lastMessage(generation, 'state');
  if (newest === undefined || newest.seq < unit.seq || revisionOf(newest) === revisionOfUnit(unit)) return newest;
  let before: StoredMsg | undefined;
  for (let sequence = 1; ;) {
    const next = await streams.messageFrom(generation, sequence, 'state');
    if (next === undefined || next.seq > unit.seq) return before;
    before = next;
    sequence = next.seq + 1;
  }
}

function revisionOf(state: StoredMsg): number {
  return parseStateEnvelope(state.data).description.revision;
}

/** -1 for a chunk, which does not tell. */
function revisionOfUnit(unit: StoredMsg): number {
  try {
    return parseUnitEnvelope(unit.data).revision;
  } catch {
    return -1;
  }
}
