import type { Msg } from '@nats-io/transport-node';
import type { BusConnection } from './bus-connection.ts';
import { anyNews } from './epoch-names.ts';
import type { EpochNames } from './epoch-names.ts';

/** What changes around an epoch's streams. It only hastens what readers would find out by looking. */
export type EpochNewsItem = { readonly generation: number } | { readonly removed: true };

export type EpochNewsListener = (item: EpochNewsItem) => void;

/** One subscription a connection for the news of all epochs: they are rare, subscriptions are not free. */
export class EpochNews {
  readonly #connection: BusConnection;
  readonly #listeners = new Map<string, Set<EpochNewsListener>>();

  constructor(connection: BusConnection, prefix: string) {
    this.#connection = connection;
    connection.subscribe(anyNews(prefix), (message) => this.#take(message));
  }

  announce(names: EpochNames, item: EpochNewsItem): void {
    this.#connection.publish(names.news, new TextEncoder().encode(JSON.stringify(item)));
  }

  listen(names: EpochNames, listener: EpochNewsListener): void {
    const listeners = this.#listeners.get(names.news) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(names.news, listeners);
  }

  forget(names: EpochNames, listener: EpochNewsListener): void {
    const listeners = this.#listeners.get(names.news);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(names.news);
  }

  #take(message: Msg): void {
    const listeners = this.#listeners.get(message.subject);
    const item = listeners === undefined ? undefined : parseNews(message.data);
    if (listeners === undefined || item === undefined) return;
    for (const listener of [...listeners]) listener(item);
  }
}

/** Undefined for what another release may say, or an intruder: it is not needed. */
function parseNews(bytes: Uint8Array): EpochNewsItem | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value !== 'object' || value === null) return undefined;
    if ('removed' in value && value.removed === true) return { removed: true };
    if ('generation' in value && Number.isSafeInteger(value.generation)) return { generation: Number(value.generation) };
  } catch {
    return undefined;
  }
  return undefined;
}
