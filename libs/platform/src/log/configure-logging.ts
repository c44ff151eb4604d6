import type { LogLevel } from './log-line.ts';
import type { Logging } from './logger.ts';
import { openLogSinks } from './open-log-sinks.ts';
import type { LogSinkSettings } from './open-log-sinks.ts';

/** Level and destinations as the configuration says. Errors: of a destination that cannot be opened; the ones so far stay. */
export function configureLogging(logging: Logging, settings: LogSinkSettings & { readonly logLevel: LogLevel }): void {
  const sinks = openLogSinks(settings, (reason) => process.stderr.write(`ERR: ${reason}\n`));
  logging.setLevel(settings.logLevel);
  logging.setSinks(sinks);
}

/** The same while the process runs: a destination that cannot be opened is logged, and ends nothing. */
export function reconfigureLogging(logging: Logging, settings: Parameters<typeof configureLogging>[1]): void {
  try {
    configureLogging(logging, settings);
  } catch (error) {
    logging.logger.error(`the log's destinations stay as they are: ${error instanceof Error ? error.message : String(error)}`);
  }
}
