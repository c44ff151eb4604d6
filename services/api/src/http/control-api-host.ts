import { GLOBAL_KEYS } from '@mediamesh/config';
import type { ConfigDiff } from '@mediamesh/config';
import { openControlApi } from './open-control-api.ts';
import type { OpenControlApi } from './open-control-api.ts';
import type { ControlApiOptions } from './control-api.ts';

/** The Control API as the configuration wants it: open or not, opened again when one of its keys changes. */
export class ControlApiHost {
  private readonly options: Omit<ControlApiOptions, 'config'>;
  private opened: OpenControlApi | undefined;
  /** Openings and closings, one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(options: Omit<ControlApiOptions, 'config'>) {
    this.options = options;
  }

  /** Errors: ListenError, CertificateError. */
  open(): Promise<void> {
    return this.next(async () => {
      const { config } = this.options.control;
      if (this.opened === undefined && config.api) this.opened = await openControlApi({ ...this.options, config });
    });
  }

  close(): Promise<void> {
    return this.next(async () => {
      const { opened } = this;
      this.opened = undefined;
      await opened?.close();
    });
  }

  /**
   * After a change of the configuration. MediaMTX opens its API again with every other server; here it depends on its own keys
   * alone, so that a client that changes a key is not refused at its next request.
   * What can't be opened is logged, and tried again at the next change of one of these keys.
   */
  async reconfigured(diff: ConfigDiff): Promise<void> {
    if (!diff.changedGlobalKeys.some((name) => GLOBAL_KEYS[name]?.restarts?.includes('api'))) return;
    await this.close();
    await this.open().catch((error: unknown) =>
      this.options.logger.error(`the Control API is off: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  private next(step: () => Promise<void>): Promise<void> {
    const done = this.work.then(step);
    this.work = done.catch(() => undefined);
    return done;
  }
}
