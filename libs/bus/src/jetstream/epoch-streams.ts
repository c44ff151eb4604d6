import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import type { JetStreamManager, StoredMsg, StreamConfig } from '@nats-io/jetstream';
import type { BusConnection } from './bus-connection.ts';
import type { EpochNames } from './epoch-names.ts';

const NANOS_A_MILLI = 1_000_000;

/** The streams of one epoch, by generation. Errors are those of the JetStream API; a stream that is not there is an answer. */
export class EpochStreams {
  readonly names: EpochNames;
  readonly #connection: BusConnection;

  constructor(connection: BusConnection, names: EpochNames) {
    this.#connection = connection;
    this.names = names;
  }

  get #api(): JetStreamManager {
    return this.#connection.api;
  }

  /** Oldest first; found by their subjects, so that nothing must be announced to be found. */
  async generations(): Promise<readonly number[]> {
    const found: number[] = [];
    for await (const stream of this.#api.streams.names(this.names.anyGeneration)) {
      const generation = this.names.generationOf(stream);
      if (generation >= 0) found.push(generation);
    }
    return found.sort((a, b) => a - b);
  }

  /** No `max_bytes`: a server reserves it. `attempt` counts from 1: each takes a generation of its own, and may go to other servers. */
  async create(generation: number, maxAgeMs: number, attempt = 1): Promise<void> {
    const { placement, server } = this.#connection;
    const place = placement.place(server, attempt);
    const stream: Partial<StreamConfig> & { readonly name: string } = {
      name: this.names.stream(generation),
      subjects: [this.names.allOf(generation)],
      storage: 'memory',
      num_replicas: place.replicas,
      discard: 'old',
      max_age: maxAgeMs * NANOS_A_MILLI,
      ...(place.placement === undefined ? {} : { placement: place.placement }),
    };
    try {
      await within(this.#api.streams.add(stream), place.timeoutMs);
    } catch (error) {
      if (!placement.failed(place, error)) throw error;
      return this.create(generation, maxAgeMs, attempt);
    }
    placement.succeeded(place);
  }

  async setMaxAge(generation: number, maxAgeMs: number): Promise<void> {
    await this.#api.streams.update(this.names.stream(generation), { max_age: maxAgeMs * NANOS_A_MILLI });
  }

  /** Forgets the messages before `sequence`. */
  async purgeBefore(generation: number, sequence: number): Promise<void> {
    await this.#api.streams.purge(this.names.stream(generation), { seq: sequence });
  }

  async delete(generation: number): Promise<void> {
    await this.#api.streams.delete(this.names.stream(generation)).catch(ignoreMissingStream);
  }

  async lastSequence(generation: number): Promise<number> {
    return (await this.#api.streams.info(this.names.stream(generation))).state.last_seq;
  }

  /** The first message at or after `sequence`, of one kind or of any. */
  async messageFrom(generation: number, sequence: number, subject?: 'state' | 'key'): Promise<StoredMsg | undefined> {
    const filter = subject === undefined ? this.names.allOf(generation) : this.names.subject(generation, subject);
    // The client's type of this request lacks the field.
    const query = { seq: sequence, next_by_subj: filter };
    return (await this.#api.streams.getMessage(this.names.stream(generation), query)) ?? undefined;
  }

  async messageAt(generation: number, sequence: number): Promise<StoredMsg | undefined> {
    if (sequence < 1) return undefined;
    return (await this.#api.streams.getMessage(this.names.stream(generation), { seq: sequence })) ?? undefined;
  }

  async lastMessage(generation: number, subject?: 'state' | 'key' | 'delta'): Promise<StoredMsg | undefined> {
    const filter = subject === undefined ? this.names.allOf(generation) : this.names.subject(generation, subject);
    return (await this.#api.streams.getMessage(this.names.stream(generation), { last_by_subj: filter })) ?? undefined;
  }
}

/** The API's own limit is the same for all requests. */
async function within<T>(answer: Promise<T>, timeoutMs: number | undefined): Promise<T> {
  if (timeoutMs === undefined) return answer;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`JetStream has not created a stream within ${timeoutMs} ms`)), timeoutMs);
  });
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function isMissingStream(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

function ignoreMissingStream(error: unknown): void {
  if (!isMissingStream(error)) throw error;
}
