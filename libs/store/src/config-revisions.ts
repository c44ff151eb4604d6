import { applyMergePatch } from '@mediamesh/config';
import type { JsonObject, JsonValue } from '@mediamesh/config';
import type { DataSource, Repository } from 'typeorm';
import { CONFIG_REVISION } from './config-revision-row.ts';
import type { ConfigRevisionRow } from './config-revision-row.ts';
import type { DatabasePlace } from './database-place.ts';
import { openDatabase } from './open-database.ts';
import { problemOf } from './problem.ts';
import { REVISION_ORIGINS } from './revision.ts';
import type { KeptRevision, NewRevision, Revision, RevisionState } from './revision.ts';
import { RevisionTakenError, StoreError } from './store-error.ts';

/** Every so many revisions one holds the whole state: reading one back applies as many patches at most. */
export const SNAPSHOT_INTERVAL = 64;
/**
 * So many are always there; what is older than the snapshot before them goes. A year of three changes a day; with 1 000 paths, some
 * 200 KB a snapshot, 4 MB.
 */
export const MAX_REVISIONS = 16 * SNAPSHOT_INTERVAL;
/** A path's name has at most some hundred; a user of an authentication server chooses its own. */
export const MAX_CAUSE_CHARACTERS = 256;

const SUMMARY = { number: true, created: true, origin: true, userName: true, address: true, detail: true } as const;
const UNIQUE_VIOLATIONS: ReadonlySet<unknown> = new Set(['SQLITE_CONSTRAINT_PRIMARYKEY', '23505']);

/**
 * Revisions of configurations, by their file.
 *
 * Shape:   append-only rows with patches, each `SNAPSHOT_INTERVAL`th with the whole state; numbered from 1. A kept row is durable.
 * Errors:  StoreError of the database; of `append`, RevisionTakenError, too.
 */
export class ConfigRevisions {
  private readonly source: DataSource;
  private readonly place: DatabasePlace;
  private readonly rows: Repository<ConfigRevisionRow>;

  private constructor(source: DataSource, place: DatabasePlace) {
    this.source = source;
    this.place = place;
    this.rows = source.getRepository<ConfigRevisionRow>(CONFIG_REVISION.name);
  }

  static async open(place: DatabasePlace): Promise<ConfigRevisions> {
    try {
      return new ConfigRevisions(await openDatabase(place), place);
    } catch (error) {
      throw new StoreError(problemOf(place, error), { cause: error });
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
  append(file: string, young: NewRevision): Promise<void> {
    const { revision, basePatch, documentPatch } = young;
    const { number } = revision;
    const isSnapshot = number % SNAPSHOT_INTERVAL === 1;
    const row: ConfigRevisionRow = {
      file,
      number,
      created: revision.created,
      origin: revision.origin,
      userName: storableText(revision.user),
      address: storableText(revision.address),
      detail: storableText(revision.detail),
      basePatch: textOf(basePatch),
      documentPatch: textOf(documentPatch),
      snapshot: isSnapshot ? JSON.stringify(young.state()) : null,
    };
    return this.asking(async () => {
      try {
        await this.rows.insert(row);
      } catch (error) {
        if (UNIQUE_VIOLATIONS.has(driverCode(error))) throw new RevisionTakenError(number, { cause: error });
        throw error;
      }
      if (isSnapshot) await this.prune(file, number).catch(() => {}); // it is kept; the next snapshot prunes
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
    const { base, document } = rows.reduce<RevisionState>(nextState, { base: {}, document: {} });
    return { revision: revisionOf(row), base, document };
  }

  private async asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RevisionTakenError) throw error;
      throw new StoreError(problemOf(this.place, error), { cause: error });
    }
  }
}

function nextState(before: RevisionState, { basePatch, documentPatch, snapshot }: ConfigRevisionRow): RevisionState {
  if (snapshot !== null) return JSON.parse(snapshot) as RevisionState;
  return { base: patched(before.base, basePatch), document: patched(before.document, documentPatch) };
}

function patched(before: JsonObject, patch: string | null): JsonObject {
  return patch === null ? before : (applyMergePatch(before, JSON.parse(patch) as JsonValue) as JsonObject);
}

function revisionOf({ number, created, origin, userName, address, detail }: ConfigRevisionRow): Revision {
  return { number, created, origin: REVISION_ORIGINS.find((known) => known === origin) ?? 'file', user: userName, address, detail };
}

function textOf(patch: JsonObject | undefined): string | null {
  return patch === undefined ? null : JSON.stringify(patch);
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
function storableText(text: string): string {
  return text.slice(0, MAX_CAUSE_CHARACTERS).replace(/[\p{Cc}\p{Cs}]/gu, '\uFFFD');
}

function driverCode(error: unknown): unknown {
  return (error as { readonly driverError?: { readonly code?: unknown } }).driverError?.code;
}
