import type { JsonObject } from '@mediamesh/config';

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
