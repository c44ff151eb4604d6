export { ConfigRevisions } from './config-revisions.ts';
export { databasePlace, mayHoldData } from './database-place.ts';
export type { DatabasePlace } from './database-place.ts';
export { MAX_CAUSE_CHARACTERS, MAX_REVISIONS, REVISION_ORIGINS, SNAPSHOT_INTERVAL } from './revision.ts';
export type { KeptRevision, NewRevision, OpenOptions, Revision, RevisionCause, RevisionOrigin, RevisionState } from './revision.ts';
export { RevisionTakenError, StoreError } from './store-error.ts';
