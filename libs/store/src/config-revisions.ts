import { Worker } from 'node:worker_threads';
import type { DatabaseAnswer, DatabaseCalls } from './database-calls.ts';
import { SNAPSHOT_INTERVAL } from './revision.ts';
import type { KeptRevision, NewRevision, OpenOptions, Revision } from './revision.ts';
import { RevisionTakenError, StoreError } from './store-error.ts';

const CLOSE_DEADLINE_MS = 2_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Revisions of configurations, by their file, in a database that has a thread of its own.
 *
 * Shape:   append-only rows; numbered from 1. A kept row is durable.
 * Errors:  StoreError of the database; of `append`, RevisionTakenError, too. After one of the thread's own, open another.
 */
export class ConfigRevisions {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private ended: StoreError | undefined;

  private constructor() {
    this.worker = openThread();
    this.worker.on('message', (answer: DatabaseAnswer) => this.answered(answer));
    this.worker.on('error', (error) => this.end(new StoreError(`the database's thread has failed (${String(error)})`, { cause: error })));
    this.worker.on('exit', () => this.end(new StoreError('the database is closed')));
    this.worker.unref();
  }

  static async open(options: OpenOptions): Promise<ConfigRevisions> {
    const revisions = new ConfigRevisions();
    try {
      await revisions.ask('open', options);
    } catch (error) {
      await revisions.worker.terminate();
      throw error;
    }
    return revisions;
  }

  /** Undefined: none was kept of this file. */
  newest(file: string): Promise<KeptRevision | undefined> {
    return this.ask('newest', file);
  }

  /** Undefined: there is none, or none any more. */
  get(file: string, number: number): Promise<KeptRevision | undefined> {
    return this.ask('get', file, number);
  }

  /** The newest first. */
  list(file: string, page: { readonly skip: number; readonly take: number }): Promise<{ count: number; revisions: readonly Revision[] }> {
    return this.ask('list', file, page);
  }

  /** Resolves when it is durable. */
  async append(file: string, young: NewRevision): Promise<void> {
    const { revision, basePatch, documentPatch } = young;
    const snapshot = revision.number % SNAPSHOT_INTERVAL === 1 ? young.state() : undefined;
    await this.ask('append', file, { revision, basePatch, documentPatch, snapshot });
  }

  async close(): Promise<void> {
    if (this.ended !== undefined) return;
    // A server that is gone without a word keeps its connections from ending.
    const deadline = setTimeout(() => void this.worker.terminate(), CLOSE_DEADLINE_MS);
    await this.ask('close').catch(() => undefined);
    clearTimeout(deadline);
    await this.worker.terminate();
  }

  /** The process stays for an answer, and for nothing else. */
  private ask<Name extends keyof DatabaseCalls>(name: Name, ...args: DatabaseCalls[Name]['args']): Promise<DatabaseCalls[Name]['value']> {
    const { ended } = this;
    if (ended !== undefined) return Promise.reject(ended);
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.worker.ref();
      this.worker.postMessage({ id, name, args });
    });
  }

  private answered({ id, value, error, taken }: DatabaseAnswer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.worker.unref();
    if (taken !== undefined) waiting?.reject(new RevisionTakenError(taken));
    else if (error !== undefined) waiting?.reject(new StoreError(error));
    else waiting?.resolve(value);
  }

  private end(why: StoreError): void {
    this.ended ??= why;
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}

/** Beside this file; `tools/bundle.mjs` makes it so for the standalone server. */
function openThread(): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  const file = new URL(`./database-thread.${isSource ? 'ts' : 'js'}`, import.meta.url);
  return new Worker(file, isSource ? { execArgv: ['--conditions=@mediamesh/source'] } : {});
}
