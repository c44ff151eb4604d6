import { JetStreamApiError } from '@nats-io/jetstream';
import type { Placement } from '@nats-io/jetstream';

/** JetStream's answer when no server has room, or none has the tags. */
const NO_SUITABLE_PEERS = 10_005;
/** With so many copies a stream lives although one of its servers is dead. */
const SURE_REPLICAS = 3;
/** A single copy is there within milliseconds, several after an election. What takes longer was given to a dead server. */
const SINGLE_TIMEOUT_MS = 500;
const SURE_TIMEOUT_MS = 1_000;

/** What a connection knows of its server. */
export interface ConnectedServer {
  readonly server_name?: string;
  readonly cluster?: string;
}

export interface StreamPlace {
  readonly replicas: number;
  readonly placement?: Placement;
  /** Undefined: that of the API. */
  readonly timeoutMs?: number;
}

/**
 * Which servers of a cluster keep a stream.
 *
 * nats-server gives single copies to the server with the most room, and for minutes that may be one whose death it has not noticed.
 * So a stream is asked for at the server that we are connected to, by the tag `server:<its name>`; where servers have no such tags,
 * what was asked for in vain is asked for with three copies.
 */
export class StreamPlacement {
  #tags: 'unknown' | 'there' | 'missing' = 'unknown';

  /** `attempt` counts from 1. */
  place({ server_name: name, cluster }: ConnectedServer, attempt: number): StreamPlace {
    if (cluster === undefined) return { replicas: 1 };
    if (name !== undefined && this.#tags !== 'missing') {
      return { replicas: 1, placement: { cluster, tags: [`server:${name}`] }, timeoutMs: SINGLE_TIMEOUT_MS };
    }
    // A cluster of two keeps no three copies: single ones are tried in between.
    return attempt % 2 === 0 ? { replicas: SURE_REPLICAS, timeoutMs: SURE_TIMEOUT_MS } : { replicas: 1, timeoutMs: SINGLE_TIMEOUT_MS };
  }

  succeeded({ placement }: StreamPlace): void {
    if (placement !== undefined) this.#tags = 'there';
  }

  /** True: ask at once for another place, the name is still free. */
  failed({ placement }: StreamPlace, error: unknown): boolean {
    if (placement === undefined || !(error instanceof JetStreamApiError) || error.code !== NO_SUITABLE_PEERS) return false;
    if (this.#tags === 'there') return false; // that server is full, or begins
    this.#tags = 'missing';
    return true;
  }
}
