import { setTimeout as delay } from 'node:timers/promises';
import { applyEnvironment, decodeDocument, diffConfig, documentFromEnvironment, nodeFromJson, resolveConfig } from '@mediamesh/config';
import type { Component, Config } from '@mediamesh/config';
import { ControlError } from '@mediamesh/contracts';
import type { Logger } from '@mediamesh/platform';
import type { Gateway } from './gateway.ts';

const RETRY_MS = 1_000;

/** What of the configuration concerns the log. */
export type LogSettings = Pick<Config, 'logLevel' | 'logDestinations' | 'logStructured' | 'logFile' | 'sysLogPrefix'>;

export interface FollowedConfigOptions {
  readonly gateway: Gateway;
  readonly logger: Logger;
  /** Of this process: overrides what control says. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A change that restarts some of them closes these, and opens them again. */
  readonly components: readonly Component[];
  /** At the start, and when a key of the log changes. Absent where the process has its log from somebody else. */
  readonly configureLog?: ((settings: LogSettings) => void) | undefined;
  /** Each configuration that comes, before it is opened. */
  adopt?(config: Config): void;
  /** All `components`, or those that a change restarts. Errors: of listeners and certificates. */
  open(config: Config, components: ReadonlySet<Component>): Promise<void>;
  close(reason: string, components: ReadonlySet<Component>): Promise<void>;
}

/**
 * The configuration as a gateway follows it: control's, with what this process's environment overrides.
 *
 * Order:  openings and closings come one after the other, however fast the news are.
 * Errors: `start` and `reconfigure` reject with what `open` throws; ConfigError of what this process overrides.
 */
export class FollowedConfig {
  private readonly options: FollowedConfigOptions;
  private config: Config | undefined;
  private stopped = false;
  private work: Promise<void> = Promise.resolve();

  constructor(options: FollowedConfigOptions) {
    this.options = options;
  }

  /** Errors: before `start`. */
  get current(): Config {
    if (this.config === undefined) throw new Error('the configuration is not there yet');
    return this.config;
  }

  /** Waits until control is there, and opens. Errors: the signal's reason. */
  start(signal: AbortSignal): Promise<void> {
    return this.next(async () => {
      const config = await this.first(signal);
      this.options.configureLog?.(config);
      await this.options.open(config, this.all);
    });
  }

  /** What is to be opened again follows from what runs: news that were missed count too. */
  reconfigure(): Promise<void> {
    return this.next(async () => {
      const before = this.config;
      const config = await this.fetch();
      if (before === undefined || this.stopped) return;
      const { restart } = diffConfig(before, config);
      if (restart.has('logger')) this.options.configureLog?.(config);
      const own = new Set(this.options.components.filter((component) => restart.has(component)));
      if (own.size === 0) return;
      await this.options.close('the configuration has changed', own);
      await this.options.open(config, own);
    });
  }

  /** Closes for good, after what is under way. */
  stop(): Promise<void> {
    this.stopped = true;
    return this.next(() => this.options.close('terminated', this.all));
  }

  private get all(): ReadonlySet<Component> {
    return new Set(this.options.components);
  }

  private next(step: () => Promise<void>): Promise<void> {
    const done = this.work.then(step);
    this.work = done.catch(() => {}); // whoever asked for it is told
    return done;
  }

  private async first(signal: AbortSignal): Promise<Config> {
    for (let said = false; ; said = true) {
      try {
        return await this.fetch();
      } catch (error) {
        if (!(error instanceof ControlError)) throw error;
        if (!said) this.options.logger.warn(`waiting for the control service: ${error.message}`);
      }
      await delay(RETRY_MS, undefined, { signal });
    }
  }

  private async fetch(): Promise<Config> {
    const { gateway, environment } = this.options;
    const { config: json, revision } = await gateway.control.config();
    const document = decodeDocument(nodeFromJson(json));
    documentFromEnvironment(environment); // what this instance overrides must be valid by itself
    const { config } = resolveConfig(applyEnvironment(document, environment));
    gateway.configure(revision, config);
    this.options.adopt?.(config);
    this.config = config;
    return config;
  }
}
