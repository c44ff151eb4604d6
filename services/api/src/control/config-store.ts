import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import {
  ConfigError,
  configKey,
  diffConfig,
  isEmptyDiff,
  loadConfig,
  marshalDocument,
  mergeDocuments,
  refuseNewCommands,
  resolveConfig,
} from '@mediamesh/config';
import type { Config, ConfigDiff, ConfigDocument, Environment, JsonObject, LoadedConfig } from '@mediamesh/config';
import { ControlError } from '@mediamesh/contracts';
import { RevisionTakenError } from '@mediamesh/store';
import type { RevisionCause } from '@mediamesh/store';
import { ConfigFile } from './config-file.ts';
import { ConfigKeeper } from './config-keeper.ts';
import type { KeptConfig } from './config-keeper.ts';
import { refuseOtherPlace, withPlaceOf } from './config-place.ts';

/** A process that starts waits so long for a database: whoever leads without what was kept closes streams of paths that it does not know. */
const PREPARE_WAIT_MS = 5_000;
/** Who begins to lead, or ends, waits less: a leader must renew its lease. */
const MAX_WAIT_MS = 1_000;
/** A database that is away is asked again after it. */
const RETRY_MS = 2_000;

export interface ConfigStoreOptions {
  /** The file that the command line names; else MediaMTX's search order. */
  readonly file: string | undefined;
  readonly environment: Environment;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Called after `current` has changed. */
  changed(diff: ConfigDiff, before: Config): void;
}

/** A change through the API: `config` is what `document` amounts to. Errors: ConfigError; nothing changes then. */
export type ConfigEdit = (document: ConfigDocument, config: Config) => ConfigDocument;

type RunningConfig = Pick<LoadedConfig, 'config' | 'document'>;

/**
 * The configuration that runs: file, environment, and changes of the API over them.
 *
 * With a state directory or a database, from `begin` on, changes of the API are kept as revisions and survive restarts and changes
 * of the file, whose changed keys win. Else they last until the file changes, as in MediaMTX.
 * A database that is away costs only changes of the API, which are refused; it is asked again until it is there.
 *
 * Order:   changes, of the API and of the file, come one after the other.
 */
export class ConfigStore {
  /** It begins anywhere: gateways tell another process's from ours, also after a restart. */
  revision = randomInt(2 ** 40);
  private readonly options: ConfigStoreOptions;
  /** Of file and environment. */
  private readonly loaded: LoadedConfig;
  private base: ConfigDocument;
  private running: RunningConfig;
  private readonly watched: ConfigFile | undefined;
  readonly keeper: ConfigKeeper | undefined;
  /** Whether this process may write: one of several replicas. */
  private keeps = false;
  private problem = '';
  private retry: NodeJS.Timeout | undefined;
  private work: Promise<unknown> = Promise.resolve();

  /** Errors: ConfigError; of the file system when the file cannot be read. */
  constructor(options: ConfigStoreOptions) {
    this.options = options;
    this.loaded = this.load();
    this.base = this.loaded.document;
    this.running = this.loaded;
    this.watched = this.file === undefined ? undefined : new ConfigFile(this.file);
    this.keeper = ConfigKeeper.of(this.current, this.file ?? '', configKey(options.environment));
  }

  get current(): Config {
    return this.running.config;
  }

  /** Says where the configuration came from, and what in it is deprecated. */
  introduce(): void {
    const { log } = this.options;
    if (this.file !== undefined) log('info', `configuration loaded from ${this.file}`);
    for (const warning of this.loaded.warnings) log('warn', warning.message);
  }

  /** Absolute; undefined when there is none. */
  get file(): string | undefined {
    return this.loaded.file === undefined ? undefined : resolve(this.loaded.file);
  }

  /** What gateways need: the global keys that were set, without users and their passwords. */
  forGateways(): JsonObject {
    const { authInternalUsers: _, ...global } = this.running.document.global;
    const document: ConfigDocument = { global, pathDefaults: {}, paths: new Map() };
    return marshalDocument(document);
  }

  /** Follows changes of the file. */
  watch(): void {
    this.watched?.watch(
      () => void this.inTurn(() => this.reload()),
      (error) => this.options.log('error', `cannot watch the configuration file: ${error.message}`),
    );
  }

  /** Takes over what is kept, before this process keeps changes itself: so who begins to lead has it, however slow the database is then. */
  async prepare(): Promise<void> {
    const { keeper } = this;
    if (keeper?.mayHoldRevisions !== true) return;
    const reading = this.inTurn(async () => {
      const kept = await keeper.read();
      keeper.forget();
      if (kept !== undefined) this.replace(this.fitting(kept));
    });
    await withoutWaitingLong(reading, PREPARE_WAIT_MS).catch(() => undefined); // `begin` says what is wrong, and asks again
  }

  /** From now on this process keeps the changes. What was kept is applied, at once or as soon as the database is there. */
  async begin(): Promise<void> {
    this.keeps = true;
    void this.inTurn(() => this.keeper?.forget()); // what another process has written since
    if (this.keeper?.mayHoldRevisions !== true) return;
    await withoutWaitingLong(this.catchUp(this.keeper), MAX_WAIT_MS);
  }

  /** Another process keeps the changes now. */
  end(): void {
    this.keeps = false;
    clearTimeout(this.retry);
    this.keeper?.forget();
  }

  async close(): Promise<void> {
    this.end();
    this.watched?.close();
    await withoutWaitingLong(
      this.work.then(() => this.keeper?.close()),
      MAX_WAIT_MS,
    );
  }

  /**
   * What is not valid changes nothing; what is kept is durable when this resolves.
   * Errors: ConfigError; StoreError and ControlError NOT_LEADER when it cannot be kept. Nothing has changed then.
   */
  change(edit: ConfigEdit, cause: RevisionCause): Promise<void> {
    return this.inTurn(async () => {
      if (this.keeper !== undefined) {
        if (!this.keeps) throw new ControlError('NOT_LEADER', 'this replica leads no longer: ask again');
        await this.catchUpOrThrow(this.keeper);
      }
      let edited: RunningConfig;
      do edited = this.edited(edit);
      while (!(await this.isKept(edited.document, cause)));
      this.options.log('info', 'reloading configuration (API request)');
      this.replace(edited);
    });
  }

  /** The configuration is again what it was. Errors: as `change`. */
  rollBack({ document }: KeptConfig, cause: RevisionCause): Promise<void> {
    return this.change((current) => withPlaceOf(current, document), cause);
  }

  /** The revisions, once the running configuration is among them; undefined when none are kept. Errors: StoreError. */
  async history(): Promise<ConfigKeeper | undefined> {
    const { keeper } = this;
    if (keeper !== undefined) await this.inTurn(() => this.catchUpOrThrow(keeper));
    return keeper;
  }

  private load(): LoadedConfig {
    const { file, environment } = this.options;
    return loadConfig({ ...(file === undefined ? {} : { file }), env: environment });
  }

  private inTurn<T>(step: () => T | Promise<T>): Promise<T> {
    const done = this.work.then(step);
    this.work = done.catch(() => undefined); // whoever asked for it is told
    return done;
  }

  private edited(edit: ConfigEdit): RunningConfig {
    const before = this.running;
    const document = edit(before.document, before.config);
    const { config } = resolveConfig(document, { before });
    if (!before.config.apiAllowCommands) {
      if (config.apiAllowCommands) throw new ConfigError("'apiAllowCommands' cannot be set to true through the API");
      refuseNewCommands(before.document, document);
    }
    refuseOtherPlace(before.config, config);
    return { document, config };
  }

  /** An invalid file changes nothing: what runs goes on. */
  private async reload(): Promise<void> {
    if (this.watched?.hasChanged() !== true) return; // another file of the folder has changed
    const { log } = this.options;
    let after: LoadedConfig;
    let young: RunningConfig;
    try {
      after = this.load();
      young = this.withChanges(after);
    } catch (error) {
      log('error', `the configuration file is not valid, the running configuration stays: ${messageOf(error)}`);
      return;
    }
    this.base = after.document;
    if (!isEmptyDiff(diffConfig(this.current, young.config))) {
      log('info', 'reloading configuration (file changed)');
      for (const warning of after.warnings) log('warn', warning.message);
    }
    this.replace(young);
    if (!this.keeps || this.keeper?.isRead !== true) return;
    // It is in effect already: with the database away, it is kept when that is back.
    await this.isKept(young.document, this.fileCause()).catch(() => undefined);
  }

  /** The file as it is now, with what the API changed, if that lasts. Errors: ConfigError. */
  private withChanges(after: LoadedConfig): RunningConfig {
    if (this.keeper === undefined) return after;
    const document = mergeDocuments({ before: this.base, after: after.document, changed: this.running.document });
    try {
      return { document, config: resolveConfig(document).config };
    } catch (error) {
      if (this.keeps) throw error;
      return after; // who stands by has nothing that runs
    }
  }

  private replace(after: RunningConfig): void {
    const before = this.running;
    const diff = diffConfig(before.config, after.config);
    this.running = after;
    if (isEmptyDiff(diff)) return;
    this.revision++;
    this.options.changed(diff, before.config);
  }

  // What is kept.

  /** False: another process has written, and what runs now is what that wrote. Errors: StoreError. */
  private async isKept(document: ConfigDocument, cause: RevisionCause): Promise<boolean> {
    const { keeper } = this;
    if (keeper === undefined) return true;
    try {
      await keeper.keep({ base: this.base, document }, cause);
      return true;
    } catch (error) {
      if (!(error instanceof RevisionTakenError)) {
        this.lost(error);
        throw error;
      }
    }
    keeper.forget();
    await this.catchUpOrThrow(keeper);
    return false;
  }

  private catchUp(keeper: ConfigKeeper): Promise<void> {
    return this.inTurn(async () => {
      if (this.keeps) await this.catchUpOrThrow(keeper).catch(() => undefined); // it is logged, and tried again
    });
  }

  /** Applies the newest revision to the file as it is now, unless that was done. Errors: StoreError. */
  private async catchUpOrThrow(keeper: ConfigKeeper): Promise<void> {
    try {
      while (!keeper.isRead) await this.adopt(keeper);
    } catch (error) {
      this.lost(error);
      throw error;
    }
    if (this.problem !== '') this.options.log('info', 'changes of the configuration can be kept again');
    this.problem = '';
  }

  private async adopt(keeper: ConfigKeeper): Promise<void> {
    const kept = await keeper.read();
    const young = kept === undefined ? this.running : this.fitting(kept);
    try {
      await keeper.keep({ base: this.base, document: young.document }, this.fileCause());
    } catch (error) {
      keeper.forget();
      if (error instanceof RevisionTakenError) return;
      throw error;
    }
    this.replace(young);
  }

  /** What the API changed, over the file as it is now. */
  private fitting({ revision, base, document: changed }: KeptConfig): RunningConfig {
    const document = mergeDocuments({ before: base, after: this.base, changed });
    try {
      const { config } = resolveConfig(document);
      if (!isEmptyDiff(diffConfig(this.current, config))) {
        this.options.log('info', `changes made through the API are in effect, revision ${revision.number}`);
      }
      return { document, config };
    } catch (error) {
      const way = `POST /v3/config/revisions/rollback/${revision.number} brings them back`;
      this.options.log('error', `changes kept of the API do not fit the configuration, and are left out: ${messageOf(error)}; ${way}`);
      return this.running;
    }
  }

  private lost(error: unknown): void {
    this.keeper?.forget();
    const problem = messageOf(error);
    if (problem !== this.problem) this.options.log('error', `changes of the configuration cannot be kept: ${problem}`);
    this.problem = problem;
    clearTimeout(this.retry);
    const { keeper } = this;
    if (this.keeps && keeper !== undefined) this.retry = setTimeout(() => void this.catchUp(keeper), RETRY_MS);
  }

  private fileCause(): RevisionCause {
    return { origin: 'file', user: '', address: '', detail: this.file ?? '' };
  }
}

async function withoutWaitingLong(work: Promise<unknown>, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, maxMs)));
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
