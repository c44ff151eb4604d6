import { applyMergePatch } from '@mediamesh/config';
import type { JsonObject, JsonValue } from '@mediamesh/config';
import type { DataSource, Repository } from 'typeorm';
import { CONFIG_REVISION } from './config-revision-row.ts';
import type { ConfigRevisionRow } from './config-revision-row.ts';
import type { DatabasePlace } from './database-place.ts';
import { openDatabase } from './open-database.ts';
import { problemOf } from './problem.ts';
import { MAX_CAUSE_CHARACTERS, MAX_REVISIONS, REVISION_ORIGINS, SNAPSHOT_INTERVAL } from './revision.ts';
import type { AppendedRevision, KeptRevision, OpenOptions, Revision, RevisionState } from './revision.ts';
import { SealedText } from './sealed-text.ts';
import { RevisionTakenError, StoreError } from './store-error.ts';

const SUMMARY = { number: true, created: true, origin: true, userName: true, address: true, detail: true } as const;
const UNIQUE_VIOLATIONS: ReadonlySet<unknown> = new Set(['SQLITE_CONSTRAINT_PRIMARYKEY', '23505']);

/**
 * Revisions of configurations, by their file: what the database's thread does for `ConfigRevisions`.
 *
 * Shape:   append-only rows with patches, each `SNAPSHOT_INTERVAL`th with the whole state; numbered from 1. A kept row is durable.
 * Errors:  StoreError of the database; of `append`, RevisionTakenError, too.
 */
export class RevisionTable {
  private readonly source: DataSource;
  private readonly place: DatabasePlace;
  private readonly rows: Repository<ConfigRevisionRow>;
  private readonly sealed: SealedText;

  private constructor(source: DataSource, { place, key }: OpenOptions) {
    this.source = source;
    this.place = place;
    this.sealed = new SealedText(key);
    this.rows = source.getRepository<ConfigRevisionRow>(CONFIG_REVISION.name);
  }

  static async open(options: OpenOptions): Promise<RevisionTable> {
    try {
      return new RevisionTable(await openDatabase(options.place), options);
    } catch (error) {
      throw new StoreError(problemOf(options.place, error), { cause: error });
    }
  }

  /** Undefined: none was kept of this file. */
  newest(file: string): Promise<KeptRevision | undefined> {
    return this.asking(async () => {
      const [row] = await this.rows.find({ where: { file }, order: { number: 'DESC' }, take: 1 });
      return row === undefined ? undefined : this.kept(row);
    });
  }

  /** Undefined: there is none, or none any more. */
  get(file: string, number: number): Promise<KeptRevision | undefined> {
    return this.asking(async () => {
      const row = await this.rows.findOneBy({ file, number });
      return row === null ? undefined : this.kept(row);
    });
  }

  /** The newest first. */
  list(file: string, page: { readonly skip: number; readonly take: number }): Promise<{ count: number; revisions: readonly Revision[] }> {
    return this.asking(async () => {
      const [rows, count] = await this.rows.findAndCount({ select: SUMMARY, where: { file }, order: { number: 'DESC' }, ...page });
      return { count, revisions: rows.map(revisionOf) };
    });
  }

  /** Resolves when it is durable. */
  append(file: string, { revision, basePatch, documentPatch, snapshot }: AppendedRevision): Promise<void> {
    const { number } = revision;
    const row: ConfigRevisionRow = {
      file,
      number,
      created: revision.created,
      origin: revision.origin,
      userName: storableText(revision.user),
      address: storableText(revision.address),
      detail: storableText(revision.detail),
      basePatch: this.textOf(basePatch),
      documentPatch: this.textOf(documentPatch),
      snapshot: this.textOf(snapshot),
    };
    return this.asking(async () => {
      try {
        await this.rows.insert(row);
      } catch (error) {
        if (UNIQUE_VIOLATIONS.has(driverCode(error))) throw new RevisionTakenError(number, { cause: error });
        throw error;
      }
      if (snapshot !== undefined) await this.prune(file, number).catch(() => {}); // it is kept; the next snapshot prunes
    });
  }

  close(): Promise<void> {
    return this.source.destroy();
  }

  /** `newest` is a snapshot, as is the first one that stays: it is a multiple of the interval before. */
  private async prune(file: string, newest: number): Promise<void> {
    const kept = newest - MAX_REVISIONS;
    if (kept <= 1) return;
    await this.rows.createQueryBuilder().delete().where('file = :file AND number < :kept', { file, kept }).execute();
  }

  private async kept(row: ConfigRevisionRow): Promise<KeptRevision> {
    const from = row.number - ((row.number - 1) % SNAPSHOT_INTERVAL);
    const rows = await this.rows
      .createQueryBuilder('row')
      .where('row.file = :file AND row.number BETWEEN :from AND :to', { file: row.file, from, to: row.number })
      .orderBy('row.number')
      .getMany();
    const { base, document } = rows.reduce<RevisionState>((before, next) => this.nextState(before, next), { base: {}, document: {} });
    return { revision: revisionOf(row), base, document };
  }

  private async asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RevisionTakenError || error instanceof StoreError) throw error;
      throw new StoreError(problemOf(this.place, error), { cause: error });
    }
  }

  private nextState(before: RevisionState, { basePatch, documentPatch, snapshot }: ConfigRevisionRow): RevisionState {
    if (snapshot !== null) return JSON.parse(this.sealed.open(snapshot)) as RevisionState;
    return { base: this.patched(before.base, basePatch), document: this.patched(before.document, documentPatch) };
  }

  private patched(before: JsonObject, patch: string | null): JsonObject {
    return patch === null ? before : (applyMergePatch(before, JSON.parse(this.sealed.open(patch)) as JsonValue) as JsonObject);
  }

  private textOf(value: object | undefined): string | null {
    return value === undefined ? null : this.sealed.seal(JSON.stringify(value));
  }
}

function revisionOf({ number, created, origin, userName, address, detail }: ConfigRevisionRow): Revision {
  return { number, created, origin: REVISION_ORIGINS.find((known) => known === origin) ?? 'file', user: userName, address, detail };
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
function storableText(text: string): string {
  return text.slice(0, MAX_CAUSE_CHARACTERS).replace(/[\p{Cc}\p{Cs}]/gu, '\uFFFD');
}

function driverCode(error: unknown): unknown {
  return (error as { readonly driverError?: { readonly code?: unknown } }).driverError?.code;
}
