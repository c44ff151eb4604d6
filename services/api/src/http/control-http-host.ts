import { GLOBAL_KEYS } from '@mediamesh/config';
import type { Component, Config, ConfigDiff } from '@mediamesh/config';
import type { ControlApiOptions } from './control-api.ts';
import { openControlApi } from './open-control-api.ts';
import type { OpenControlApi } from './open-control-api.ts';
import { openMetrics } from './operations/open-metrics.ts';

/** A server that the configuration turns on and off. */
interface OptionalServer {
  readonly name: string;
  /** Keys that restart it name this. */
  readonly component: Component;
  isWanted(config: Config): boolean;
  /** Errors: ListenError, CertificateError; nothing is left open then. */
  open(options: ControlApiOptions): Promise<OpenControlApi>;
}

const SERVERS: readonly OptionalServer[] = [
  { name: 'the metrics server', component: 'metrics', isWanted: ({ metrics }) => metrics, open: openMetrics },
  {
    name: 'the pprof server',
    component: 'pprof',
    isWanted: ({ pprof }) => pprof,
    // Its code is loaded by whoever wants it.
    open: async (options) => (await import('./operations/open-pprof.ts')).openPprof(options),
  },
  { name: 'the Control API', component: 'api', isWanted: ({ api }) => api, open: openControlApi },
];

/** The control service's HTTP servers as the configuration wants them: each open or not, opened again when one of its keys changes. */
export class ControlHttpHost {
  private readonly options: Omit<ControlApiOptions, 'config'>;
  private readonly opened = new Map<OptionalServer, OpenControlApi>();
  /** Openings and closings, one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(options: Omit<ControlApiOptions, 'config'>) {
    this.options = options;
  }

  /** One that does not open keeps no other from it. Errors: the first one's ListenError or CertificateError. */
  open(): Promise<void> {
    return this.next(async () => {
      const results = [];
      for (const server of SERVERS) results.push(...(await Promise.allSettled([this.openOne(server)])));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    });
  }

  close(): Promise<void> {
    return this.next(async () => {
      for (const server of this.opened.keys()) await this.closeOne(server);
    });
  }

  /**
   * After a change of the configuration. MediaMTX opens its API again with every other server; here each depends on its own keys
   * alone, so that a client that changes a key is not refused at its next request.
   * What can't be opened is logged, and tried again at the next change of one of these keys.
   */
  reconfigured(diff: ConfigDiff): Promise<void> {
    const restarts = new Set(diff.changedGlobalKeys.flatMap((name) => GLOBAL_KEYS[name]?.restarts ?? []));
    return this.next(async () => {
      for (const server of SERVERS) if (restarts.has(server.component)) await this.reopen(server);
    });
  }

  private async reopen(server: OptionalServer): Promise<void> {
    await this.closeOne(server);
    await this.openOne(server).catch((error: unknown) =>
      this.options.logger.error(`${server.name} is off: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  private async openOne(server: OptionalServer): Promise<void> {
    const { config } = this.options.control;
    if (!this.opened.has(server) && server.isWanted(config)) this.opened.set(server, await server.open({ ...this.options, config }));
  }

  private async closeOne(server: OptionalServer): Promise<void> {
    const opened = this.opened.get(server);
    this.opened.delete(server);
    await opened?.close();
  }

  private next(step: () => Promise<void>): Promise<void> {
    const done = this.work.then(step);
    this.work = done.catch(() => undefined);
    return done;
  }
}
