import type { JsonObject } from '@mediamesh/config';
import type { DatabasePlace } from './database-place.ts';

/** Every so many revisions one holds the whole state: reading one back applies as many patches at most. */
export const SNAPSHOT_INTERVAL = 64;
/**
 * So many are always there; what is older than the snapshot before them goes. A year of three changes a day; with 1 000 paths, some
 * 200 KB a snapshot, 4 MB.
 */
export const MAX_REVISIONS = 16 * SNAPSHOT_INTERVAL;
/** A path's name has at most some hundred; a user of an authentication server chooses its own. */
export const MAX_CAUSE_CHARACTERS = 256;

export interface OpenOptions {
  readonly place: DatabasePlace;
  /** That of the configuration file, which is encrypted: so is what is kept of it. */
  readonly key?: string | undefined;
}

/** Where a revision came from. */
export const REVISION_ORIGINS = ['file', 'api', 'rollback'] as const;
export type RevisionOrigin = (typeof REVISION_ORIGINS)[number];

/** Who made a revision, and how. */
export interface RevisionCause {
  readonly origin: RevisionOrigin;
  /** '' for a file, and for whoever needs no name. */
  readonly user: string;
  /** Of the client of the API; '' for a file. */
  readonly address: string;
  /** The request, or the file. */
  readonly detail: string;
}

export interface Revision extends RevisionCause {
  /** From 1, without gaps, for each configuration file. */
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly created: string;
}

/** Configurations as `marshalDocument` gives them, secrets included. */
export interface RevisionState {
  /** What file and environment said. */
  readonly base: JsonObject;
  /** What was in effect: `base` with the changes of the API. */
  readonly document: JsonObject;
}

export interface KeptRevision extends RevisionState {
  readonly revision: Revision;
}

/** A revision that is to be kept. Patches are those of `documentPatch`, against the revision before. */
export interface NewRevision {
  readonly revision: Revision;
  readonly basePatch: JsonObject | undefined;
  readonly documentPatch: JsonObject | undefined;
  /** Asked for when it is the turn of a snapshot. */
  state(): RevisionState;
}

/** The same, on its way to the database. */
export interface AppendedRevision extends Omit<NewRevision, 'state'> {
  readonly snapshot: RevisionState | undefined;
}
