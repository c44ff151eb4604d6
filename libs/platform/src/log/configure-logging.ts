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
