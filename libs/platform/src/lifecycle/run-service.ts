import type { Logging } from '../log/logger.ts';

/** What a program gets from `runService`: when to end, and where to say what ending means. */
export class ServiceRun {
  readonly #parts: { readonly name: string; readonly close: () => unknown }[] = [];
  readonly #ending = new AbortController();
  readonly #end: () => void;

  constructor(end: () => void) {
    this.#end = end;
  }

  /** Aborted when the end begins: for waits during the start. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Ending: nothing new may begin, and readiness says no. */
  get draining(): boolean {
    return this.#ending.signal.aborted;
  }

  /** What was opened first is closed last. */
  onClose(name: string, close: () => unknown): void {
    this.#parts.push({ name, close });
  }

  /** Ends the service as a signal would. */
  end(): void {
    this.#end();
  }

  /** Of `runService`: closes everything, one after the other; `failed` hears of a part that cannot close. */
  async close(closing: (name: string) => void, failed: (name: string, error: unknown) => void): Promise<void> {
    this.#ending.abort(new Error('the service is ending'));
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      closing(part.name);
      try {
        await part.close();
      } catch (error) {
        failed(part.name, error);
      }
    }
  }
}

export interface ServiceProgram {
  readonly logging: Logging;
  /** Opens everything; what is open registers its `onClose` at once, so that a failed start closes it. */
  readonly start: (run: ServiceRun) => Promise<void>;
  /** Everything must be closed by then; 5 seconds. */
  readonly closeDeadlineMs?: number;
}

const CLOSE_DEADLINE_MS = 5000;

/**
 * Runs a service as a process: starts it, and ends it at SIGINT or SIGTERM, in order and within a deadline.
 *
 * The process ends with 0 after a signal, as MediaMTX does, and with 1 when the start fails, an error went uncaught,
 * closing took too long, or a second signal came. Log lines are written before it ends.
 */
export function runService({ logging, start, closeDeadlineMs = CLOSE_DEADLINE_MS }: ServiceProgram): void {
  const { logger } = logging;
  let closingPart = '';
  let ending = false;

  const exit = (code: number): void => {
    process.exit(code);
  };

  const end = (code: number): void => {
    ending = true;
    const timer = setTimeout(() => {
      logger.error(`'${closingPart}' did not close within ${closeDeadlineMs / 1000} seconds`);
      exit(1);
    }, closeDeadlineMs);
    const closing = (name: string): void => {
      closingPart = name;
    };
    const failed = (name: string, error: unknown): void => logger.error(`'${name}' could not be closed`, error);
    void run.close(closing, failed).then(() => {
      clearTimeout(timer);
      exit(code);
    });
  };

  const onSignal = (): void => {
    if (ending) {
      logger.warn('ending at once, at the second signal');
      exit(1);
      return;
    }
    logger.info('shutting down gracefully');
    end(0);
  };

  const onUncaught = (error: unknown): void => {
    logger.error('uncaught error, the process ends', error);
    exit(1);
  };

  const run = new ServiceRun(() => {
    if (!ending) onSignal();
  });
  process.on('exit', () => logging.flush());
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  start(run).catch((error: unknown) => {
    // A start that the end interrupted has nothing to report.
    if (ending) return;
    logger.error(error instanceof Error ? error.message : String(error));
    if (error instanceof Error) logger.debug(error.stack ?? '');
    end(1);
  });
}
