/** The lines of MediaMTX's log. Source: contract 10.1. */

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogForm = 'plain' | 'coloured' | 'structured';

const LABELS: Record<LogLevel, string> = { debug: 'DEB', info: 'INF', warn: 'WAR', error: 'ERR' };
const COLOURS: Record<LogLevel, number> = { debug: 35, info: 32, warn: 33, error: 31 };
const GREY = 90;

export interface LogEntry {
  readonly timeMs: number;
  readonly level: LogLevel;
  /** With the prefix chain. */
  readonly message: string;
}

/** One line of the given form, with its line break. */
export function formatLogLine(entry: LogEntry, form: LogForm): string {
  const label = LABELS[entry.level];
  switch (form) {
    case 'plain':
      return `${localTime(entry.timeMs)} ${label} ${entry.message}\n`;
    case 'coloured':
      return `\u001b[${GREY}m${localTime(entry.timeMs)}\u001b[0m \u001b[${COLOURS[entry.level]}m${label}\u001b[0m ${entry.message}\n`;
    case 'structured':
      return `{"timestamp":"${isoLocalTime(entry.timeMs)}","level":"${label}","message":${JSON.stringify(entry.message)}}\n`;
  }
}

/** `2026/08/22 10:11:12` */
export function localTime(timeMs: number): string {
  const t = new Date(timeMs);
  return `${t.getFullYear()}/${two(t.getMonth() + 1)}/${two(t.getDate())} ${clockTime(t)}`;
}

/** RFC 3339 with the zone's offset: `2026-08-22T10:11:12.123+02:00`; as in Go, no trailing zeros in the fraction, and Z for UTC. */
export function isoLocalTime(timeMs: number): string {
  const t = new Date(timeMs);
  const millis = t.getMilliseconds();
  const fraction = millis === 0 ? '' : `.${String(millis).padStart(3, '0').replace(/0+$/u, '')}`;
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}T${clockTime(t)}${fraction}${zoneOffset(-t.getTimezoneOffset())}`;
}

function zoneOffset(minutes: number): string {
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}:${two(size % 60)}`;
}

function clockTime(t: Date): string {
  return `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
