import type { Config } from '@mediamesh/config';
import type { ControlClient, InstanceIdentity, Logger } from '@mediamesh/platform';
import type { ControlService } from '../control/control-service.ts';

export interface ControlApiOptions {
  /** Of the listener: `api*`, `readTimeout`, `writeTimeout`. What is answered comes from `control`. */
  readonly config: Config;
  readonly control: ControlService;
  readonly client: ControlClient;
  /** Of the process; lines are written behind `[API]`. */
  readonly logger: Logger;
  readonly identity: InstanceIdentity;
}

/** What the handlers work on. */
export class ControlApi {
  readonly config: Config;
  readonly control: ControlService;
  readonly client: ControlClient;
  readonly logger: Logger;
  readonly identity: InstanceIdentity;
  private readonly end = new AbortController();
  /** Fixed, so that a time reads the same in every answer. */
  private readonly wallOffsetMs: number;

  constructor(options: ControlApiOptions) {
    this.config = options.config;
    this.control = options.control;
    this.client = options.client;
    this.logger = options.logger.child('API');
    this.identity = options.identity;
    this.wallOffsetMs = Date.now() - options.control.clock.nowMs();
  }

  /** Aborted when the API closes: what is on its way is answered with `terminated`. */
  get closing(): AbortSignal {
    return this.end.signal;
  }

  /** Wall-clock time of a moment on the control service's clock. */
  wallMs(clockMs: number): number {
    return clockMs + this.wallOffsetMs;
  }

  terminate(): void {
    this.end.abort();
  }
}
