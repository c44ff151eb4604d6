import { ChunkAssembler, EnvelopeKind, endOfUnits, envelopeKind, parseStateEnvelope, segmentStartIn, unitNumberOf } from '@mediamesh/media';
import type { BusUnit, SegmentStart } from '@mediamesh/media';
import type { StoredMsg } from '@nats-io/jetstream';
import { TAIL_UNITS } from '../port.ts';
import type { EpochTail } from '../port.ts';
import type { EpochStreams } from './epoch-streams.ts';

/** How far back the last whole unit is looked for: chunks of one that was cut off, states of a silent publisher. */
const MAX_STEPS_BACK = 200;

/** The newest generation may be empty yet: then the one before knows more. */
export async function readTail(streams: EpochStreams): Promise<EpochTail | undefined> {
  const generations = await streams.generations();
  for (const generation of generations.toReversed()) {
    const tail = await tailOf(streams, generation);
    if (tail !== undefined) return tail;
  }
  return undefined;
}

async function tailOf(streams: EpochStreams, generation: number): Promise<EpochTail | undefined> {
  const [state, key, delta] = await Promise.all([
    streams.lastMessage(generation, 'state'),
    streams.lastMessage(generation, 'key'),
    streams.lastMessage(generation, 'delta'),
  ]);
  let message = key !== undefined && (delta === undefined || key.seq > delta.seq) ? key : delta;
  if (state === undefined || message === undefined) return undefined;
  const chunks: StoredMsg[] = [];
  for (let step = 0; step < MAX_STEPS_BACK && message !== undefined; step += 1) {
    if (envelopeKind(message.data) === EnvelopeKind.unit) {
      if (chunks[0] !== undefined && unitNumberOf(chunks[0].data) !== unitNumberOf(message.data)) chunks.length = 0;
      chunks.unshift(message);
      const last = assemble(chunks);
      const newest = chunks.at(-1);
      if (last !== undefined && newest !== undefined) {
        const described = parseStateEnvelope(state.data);
        const [segmentStart, before] = await Promise.all([
          lastSegmentStart(streams, generation, key),
          unitsBefore(streams, generation, message.seq),
        ]);
        const endUs = endOfUnits([...before, last], described.description);
        return { state: described, last, endUs, writtenUs: newest.time.getTime() * 1000, segmentStart };
      }
    }
    message = await streams.messageAt(generation, message.seq - 1);
  }
  return undefined;
}

/** Of those that are in one message: larger ones are key frames of video, whose track has later units. */
async function unitsBefore(streams: EpochStreams, generation: number, seq: number): Promise<readonly BusUnit[]> {
  const places = Array.from({ length: TAIL_UNITS - 1 }, (_, index) => seq - 1 - index).filter((place) => place > 0);
  const messages = await Promise.all(places.map((place) => streams.messageAt(generation, place)));
  return messages.flatMap((message) => {
    if (message === undefined || envelopeKind(message.data) !== EnvelopeKind.unit) return [];
    return assemble([message]) ?? [];
  });
}

/** Of the last key unit, in most streams; where key units are closer together than segments, of one before. */
async function lastSegmentStart(streams: EpochStreams, generation: number, key: StoredMsg | undefined): Promise<SegmentStart | undefined> {
  let message = key;
  for (let step = 0; step < MAX_STEPS_BACK && message !== undefined; step += 1) {
    const start = envelopeKind(message.data) === EnvelopeKind.unit ? segmentStartIn(message.data) : undefined;
    if (start !== undefined) return start;
    message = await streams.messageAt(generation, message.seq - 1);
  }
  return undefined;
}

function assemble(chunks: readonly StoredMsg[]): BusUnit | undefined {
  const assembler = new ChunkAssembler();
  let unit: BusUnit | undefined;
  for (const chunk of chunks) unit = assembler.push(chunk.data);
  return unit;
}
