export { ConfigRevisions, MAX_CAUSE_CHARACTERS, MAX_REVISIONS, SNAPSHOT_INTERVAL } from './config-revisions.ts';
export { databasePlace, mayHoldData } from './database-place.ts';
export type { DatabasePlace } from './database-place.ts';
export { REVISION_ORIGINS } from './revision.ts';
export type { KeptRevision, NewRevision, Revision, RevisionCause, RevisionOrigin, RevisionState } from './revision.ts';
export { RevisionTakenError, StoreError } from './store-error.ts';
