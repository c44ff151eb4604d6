import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
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

  /** No `max_bytes`: a server reserves it. */
  async create(generation: number, maxAgeMs: number): Promise<void> {
    await this.#api.streams.add({
      name: this.names.stream(generation),
      subjects: [this.names.allOf(generation)],
      storage: 'memory',
      num_replicas: 1,
      discard: 'old',
      max_age: maxAgeMs * NANOS_A_MILLI,
    });
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

export function isMissingStream(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

function ignoreMissingStream(error: unknown): void {
  if (!isMissingStream(error)) throw error;
}
