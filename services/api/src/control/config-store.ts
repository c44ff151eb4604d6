import { readFileSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError, diffConfig, loadConfig, marshalDocument, refuseNewCommands, resolveConfig } from '@mediamesh/config';
import type { Config, ConfigDiff, ConfigDocument, Environment, JsonObject, LoadedConfig } from '@mediamesh/config';

/** Writers need a moment between the first byte and the last. */
const SETTLE_MS = 100;

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

/** The configuration that runs, from file, environment and API changes, and its revisions. API changes last until the file changes. */
export class ConfigStore {
  revision = 1;
  private loaded: LoadedConfig;
  private readonly options: ConfigStoreOptions;
  /** Of the file, as it was loaded or refused. */
  private content: string | undefined;
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** Errors: ConfigError; of the file system when the file cannot be read. */
  constructor(options: ConfigStoreOptions) {
    this.options = options;
    this.loaded = this.load();
    this.content = this.readFile();
  }

  get current(): Config {
    return this.loaded.config;
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
    const { authInternalUsers: _, ...global } = this.loaded.document.global;
    const document: ConfigDocument = { global, pathDefaults: {}, paths: new Map() };
    return marshalDocument(document);
  }

  /** Follows changes of the file; a folder is watched, since editors replace files. */
  watch(): void {
    const { file } = this;
    if (file === undefined) return;
    this.watcher = watch(dirname(file), { persistent: false }, () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.reload(), SETTLE_MS);
    });
    this.watcher.on('error', (error) => this.options.log('error', `cannot watch the configuration file: ${error.message}`));
  }

  close(): void {
    clearTimeout(this.timer);
    this.watcher?.close();
  }

  /** What is not valid changes nothing. Errors: ConfigError. */
  change(edit: ConfigEdit): void {
    const before = this.loaded;
    const document = edit(before.document, before.config);
    const { config } = resolveConfig(document, { before });
    if (!before.config.apiAllowCommands) {
      if (config.apiAllowCommands) throw new ConfigError("'apiAllowCommands' cannot be set to true through the API");
      refuseNewCommands(before.document, document);
    }
    this.options.log('info', 'reloading configuration (API request)');
    this.replace({ ...before, document, config });
  }

  private readFile(): string | undefined {
    try {
      return this.file === undefined ? undefined : readFileSync(this.file, 'latin1');
    } catch {
      return undefined; // gone for a moment, while an editor replaces it
    }
  }

  private load(): LoadedConfig {
    const { file, environment } = this.options;
    return loadConfig({ ...(file === undefined ? {} : { file }), env: environment });
  }

  /** An invalid file changes nothing: what runs goes on. */
  private reload(): void {
    const content = this.readFile();
    if (content === this.content) return; // another file of the folder has changed
    this.content = content;
    const before = this.loaded;
    let after: LoadedConfig;
    try {
      after = this.load();
    } catch (error) {
      this.options.log('error', `the configuration file is not valid, the running configuration stays: ${messageOf(error)}`);
      return;
    }
    if (isNothing(diffConfig(before.config, after.config))) return;
    this.options.log('info', 'reloading configuration (file changed)');
    for (const warning of after.warnings) this.options.log('warn', warning.message);
    this.replace(after);
  }

  private replace(after: LoadedConfig): void {
    const before = this.loaded;
    const diff = diffConfig(before.config, after.config);
    this.loaded = after;
    if (isNothing(diff)) return;
    this.revision++;
    this.options.changed(diff, before.config);
  }
}

function isNothing({ changedGlobalKeys, paths }: ConfigDiff): boolean {
  const { added, removed, hotChanged, recreated } = paths;
  return changedGlobalKeys.length + added.length + removed.length + hotChanged.length + recreated.length === 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
