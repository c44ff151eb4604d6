import type { AppendedRevision, KeptRevision, OpenOptions, Revision } from './revision.ts';

/** What the database's thread is asked. */
export interface DatabaseCalls {
  readonly open: { readonly args: readonly [OpenOptions]; readonly value: undefined };
  readonly newest: { readonly args: readonly [string]; readonly value: KeptRevision | undefined };
  readonly get: { readonly args: readonly [string, number]; readonly value: KeptRevision | undefined };
  readonly list: {
    readonly args: readonly [string, { readonly skip: number; readonly take: number }];
    readonly value: { readonly count: number; readonly revisions: readonly Revision[] };
  };
  readonly append: { readonly args: readonly [string, AppendedRevision]; readonly value: undefined };
  readonly close: { readonly args: readonly []; readonly value: undefined };
}

export interface DatabaseQuestion {
  readonly id: number;
  readonly name: keyof DatabaseCalls;
  readonly args: readonly unknown[];
}

export interface DatabaseAnswer {
  readonly id: number;
  readonly value?: unknown;
  /** Of a StoreError. */
  readonly error?: string;
  /** Of a RevisionTakenError. */
  readonly taken?: number;
}
