/** The database cannot be read or written; `message` says why, and what to do. Whatever was asked may be asked again. */
export class StoreError extends Error {
  readonly code = 'DATABASE_UNAVAILABLE';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
  }
}

/** Another process has written this revision: read the newest, and try again on top of it. */
export class RevisionTakenError extends Error {
  readonly code = 'REVISION_TAKEN';
  readonly number: number;

  constructor(number: number, options?: { cause?: unknown }) {
    super(`revision ${number} was written by another process`, options);
    this.number = number;
    this.name = 'RevisionTakenError';
  }
}
