import { ConfigError, EMPTY_DOCUMENT, decodeDocument, documentPatch, marshalDocument, nodeFromJson } from '@mediamesh/config';
import type { Config, ConfigDocument } from '@mediamesh/config';
import { ConfigRevisions, StoreError, databasePlace, mayHoldData } from '@mediamesh/store';
import type { DatabasePlace, KeptRevision, Revision, RevisionCause } from '@mediamesh/store';

/** A configuration that the database holds. */
export interface KeptConfig {
  readonly revision: Revision;
  /** What file and environment said. */
  readonly base: ConfigDocument;
  /** `base` with the changes of the API. */
  readonly document: ConfigDocument;
}

type ConfigDocuments = Pick<KeptConfig, 'base' | 'document'>;

export interface ConfigKeeperOptions {
  readonly place: DatabasePlace;
  /** The configuration file, absolute: revisions are kept by it. '' when there is none. */
  readonly file: string;
  /** That of the file, when it is encrypted. */
  readonly key?: string | undefined;
}

/**
 * Keeps revisions of the configuration in the database, which is opened when it is needed first.
 *
 * Errors:  StoreError, also when what is kept is not understood, as that of a newer version.
 */
export class ConfigKeeper {
  private readonly options: ConfigKeeperOptions;
  private opening: Promise<ConfigRevisions> | undefined;
  /** The newest, once it was read; undefined again when that may be out of date. */
  private newest: KeptConfig | undefined;

  /** Undefined: the configuration wants nothing kept. */
  static of(config: Pick<Config, 'stateDirectory' | 'databaseURL'>, file: string, key?: string): ConfigKeeper | undefined {
    const place = databasePlace(config);
    return place === undefined ? undefined : new ConfigKeeper({ place, file, key });
  }

  constructor(options: ConfigKeeperOptions) {
    this.options = options;
  }

  /** There may be revisions; a server has to be asked. */
  get mayHoldRevisions(): boolean {
    return this.opening !== undefined || mayHoldData(this.options.place);
  }

  /** Whether `keep` knows what it comes after. */
  get isRead(): boolean {
    return this.newest !== undefined;
  }

  /** The newest revision; undefined when there is none. */
  async read(): Promise<KeptConfig | undefined> {
    const kept = await this.ask((revisions) => revisions.newest(this.options.file));
    this.newest = kept && decoded(kept);
    return this.newest;
  }

  /** What was read may be out of date: another process can write now. */
  forget(): void {
    this.newest = undefined;
  }

  /**
   * Keeps a revision, unless it is the newest one; resolves when it is durable.
   * Errors: RevisionTakenError, too: read the newest, and try again.
   */
  async keep({ base, document }: ConfigDocuments, cause: RevisionCause): Promise<void> {
    const { newest } = this;
    const before = newest ?? { base: EMPTY_DOCUMENT, document: EMPTY_DOCUMENT };
    const patches = { basePatch: documentPatch(before.base, base), documentPatch: documentPatch(before.document, document) };
    if (newest !== undefined && patches.basePatch === undefined && patches.documentPatch === undefined) return;
    const revision = { ...cause, number: (newest?.revision.number ?? 0) + 1, created: new Date().toISOString() };
    const state = () => ({ base: marshalDocument(base), document: marshalDocument(document) });
    await this.ask((revisions) => revisions.append(this.options.file, { revision, ...patches, state }));
    this.newest = { revision, base, document };
  }

  async get(number: number): Promise<KeptConfig | undefined> {
    const kept = await this.ask((revisions) => revisions.get(this.options.file, number));
    return kept && decoded(kept);
  }

  /** The newest first. */
  list(page: { readonly skip: number; readonly take: number }): ReturnType<ConfigRevisions['list']> {
    return this.ask((revisions) => revisions.list(this.options.file, page));
  }

  async close(): Promise<void> {
    const revisions = await this.opening?.catch(() => undefined);
    await revisions?.close();
  }

  /** A database that failed is opened anew by whoever asks next: its connection may hang for minutes. */
  private async ask<T>(question: (revisions: ConfigRevisions) => Promise<T>): Promise<T> {
    const opening = (this.opening ??= ConfigRevisions.open(this.options));
    try {
      return await question(await opening);
    } catch (error) {
      if (error instanceof StoreError && this.opening === opening) {
        this.opening = undefined;
        void opening.then((revisions) => revisions.close()).catch(() => undefined);
      }
      throw error;
    }
  }
}

function decoded({ revision, base, document }: KeptRevision): KeptConfig {
  try {
    return { revision, base: decodeDocument(nodeFromJson(base)), document: decodeDocument(nodeFromJson(document)) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new StoreError(`revision ${revision.number} is not understood, as that of a newer version (${error.message})`, { cause: error });
  }
}
