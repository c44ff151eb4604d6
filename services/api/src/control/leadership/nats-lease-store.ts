import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { LEASE_TTL_MS } from './lease.ts';
import type { LeaseStore } from './lease.ts';

const KEY = 'leader';
/** Shorter than the lease is sure: there is time for another attempt. */
const REQUEST_TIMEOUT_MS = 1_000;
/**
 * Then the bucket may be gone with its server, and is made anew if it is. Before, its servers elect another leader: that takes less
 * than the cluster's election, without which nothing is made.
 */
const LOST_AFTER_FAILURES = 4;
/** JetStream's answer to a create or update at another revision than expected. */
const WRONG_LAST_SEQUENCE = 10_071;

/** The lease in a NATS key-value bucket, on file storage: a memory bucket would begin its revisions anew. */
export class NatsLeaseStore implements LeaseStore {
  private readonly connection: NatsConnection;
  private readonly bucket: string;
  private opened: KV | undefined;
  private failures = 0;

  constructor(connection: NatsConnection, prefix: string) {
    this.connection = connection;
    this.bucket = `${prefix.replaceAll('.', '_')}_control`;
  }

  take(holder: string): Promise<number | undefined> {
    return this.guarded((kv) => kv.create(KEY, holder));
  }

  renew(holder: string, revision: number): Promise<number | undefined> {
    return this.guarded((kv) => kv.update(KEY, holder, revision));
  }

  async release(revision: number): Promise<void> {
    const kv = await this.kv();
    await kv.delete(KEY, { previousSeq: revision });
  }

  private async guarded(ask: (kv: KV) => Promise<number>): Promise<number | undefined> {
    try {
      const revision = await ask(await this.kv());
      this.failures = 0;
      return revision;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) {
        this.failures = 0;
        return undefined;
      }
      this.failures++;
      if (this.failures >= LOST_AFTER_FAILURES) this.opened = undefined;
      throw error;
    }
  }

  private async kv(): Promise<KV> {
    this.opened ??= await new Kvm(jetstream(this.connection, { timeout: REQUEST_TIMEOUT_MS })).create(this.bucket, {
      ttl: LEASE_TTL_MS,
      history: 1,
      replicas: await this.replicas(),
    });
    return this.opened;
  }

  /** In a cluster the lease survives a server. */
  private async replicas(): Promise<number> {
    const { cluster } = this.connection.info as { readonly cluster?: string };
    if (cluster === undefined) return 1;
    await jetstreamManager(this.connection, { timeout: REQUEST_TIMEOUT_MS }); // fails, and is tried again, while the cluster has no leader
    return 3;
  }
}
