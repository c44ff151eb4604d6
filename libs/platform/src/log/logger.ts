import type { LogSink } from './descriptor-sink.ts';
import { LOG_LEVELS } from './log-line.ts';
import type { LogLevel } from './log-line.ts';
import { redactSecrets } from './redact.ts';

/** Longer messages are cut: they hold what clients sent. */
export const MAX_LOG_MESSAGE_LENGTH = 16 * 1024;

/** Line breaks and escape sequences of clients must not forge lines or drive a terminal. */
// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;

/** Level and sinks of one process, changed at runtime by a reload of the configuration. `runService` flushes it at the end. */
export class Logging {
  readonly logger: Logger;
  readonly #nowMs: () => number;
  #level: number;
  #sinks: readonly LogSink[];

  constructor(options: { level: LogLevel; sinks: readonly LogSink[]; nowMs?: () => number }) {
    this.#level = LOG_LEVELS.indexOf(options.level);
    this.#sinks = options.sinks;
    this.#nowMs = options.nowMs ?? Date.now;
    this.logger = new Logger(this, '');
  }

  get level(): LogLevel {
    return LOG_LEVELS[this.#level] ?? 'info';
  }

  setLevel(level: LogLevel): void {
    this.#level = LOG_LEVELS.indexOf(level);
  }

  /** Closes the sinks so far. */
  setSinks(sinks: readonly LogSink[]): void {
    const before = this.#sinks;
    this.#sinks = sinks;
    for (const sink of before) sink.close();
  }

  isEnabled(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#level;
  }

  write(level: LogLevel, message: string): void {
    const entry = { timeMs: this.#nowMs(), level, message };
    for (const sink of this.#sinks) sink.write(entry);
  }

  flush(): void {
    for (const sink of this.#sinks) sink.flush();
  }

  close(): void {
    this.setSinks([]);
  }
}

/**
 * Writes lines as MediaMTX does, behind the prefixes of who speaks: `[RTSP] [conn 127.0.0.1:5000] opened`.
 * Secrets are masked and control characters escaped. No method throws.
 */
export class Logger {
  readonly #logging: Logging;
  readonly #prefix: string;

  constructor(logging: Logging, prefix: string) {
    this.#logging = logging;
    this.#prefix = prefix;
  }

  /** `child('RTSP').child('conn 1.2.3.4:5')` writes behind `[RTSP] [conn 1.2.3.4:5]`. */
  child(name: string): Logger {
    return new Logger(this.#logging, `${this.#prefix}[${clean(name)}] `);
  }

  /** For messages that cost something to make. */
  isEnabled(level: LogLevel): boolean {
    return this.#logging.isEnabled(level);
  }

  debug(message: string): void {
    this.#write('debug', message);
  }

  info(message: string): void {
    this.#write('info', message);
  }

  warn(message: string, cause?: unknown): void {
    this.#write('warn', message, cause);
  }

  /** `cause` adds its stack: for errors that nobody expected. */
  error(message: string, cause?: unknown): void {
    this.#write('error', message, cause);
  }

  #write(level: LogLevel, message: string, cause?: unknown): void {
    if (!this.#logging.isEnabled(level)) return;
    const trace = cause === undefined ? '' : `: ${traceOf(cause)}`;
    this.#logging.write(level, `${this.#prefix}${clean(message)}${trace}`);
  }
}

function clean(text: string): string {
  const bounded = text.length > MAX_LOG_MESSAGE_LENGTH ? `${text.slice(0, MAX_LOG_MESSAGE_LENGTH)}...` : text;
  return redactSecrets(bounded).replace(CONTROL_CHARACTERS, escapeCharacter);
}

/** The stack with its lines indented, so that each stays recognizable as part of the entry. */
function traceOf(cause: unknown): string {
  return clean(stackOf(cause)).replaceAll('\\n', '\n  ');
}

function stackOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const own = cause.stack ?? `${cause.name}: ${cause.message}`;
  return cause.cause === undefined ? own : `${own}\ncaused by: ${stackOf(cause.cause)}`;
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
}
