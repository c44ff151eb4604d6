import { ConfigError } from '../config-error.ts';

const MS_PER_DAY = 86_400_000;
const NS_PER_MS = 1_000_000;

/** Go keeps durations in 64 bits of nanoseconds. */
export const MAX_DURATION_MS = 9_223_372_036_854;

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1 / NS_PER_MS],
  ['us', 1 / 1000],
  ['µs', 1 / 1000],
  ['μs', 1 / 1000],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/**
 * Reads a duration such as `10s`, `1h30m`, `-2d`, `1d12h`.
 *
 * Shape:   an optional count of days (`-?[0-9]+d`), then a Go duration; the sign of the days covers the rest; '' is 0.
 * Units:   milliseconds; fractions of one are kept.
 * Errors:  ConfigError with the text of Go's `time.ParseDuration`.
 */
export function parseDuration(text: string): number {
  const days = /^(-?)([0-9]+)d/.exec(text);
  if (days === null) return text === '' ? 0 : parseGoDuration(text);
  const rest = text.slice(days[0].length);
  const total = Number(days[2]) * MS_PER_DAY + (rest === '' ? 0 : parseGoDuration(rest));
  if (total > MAX_DURATION_MS) throw new ConfigError(`time: invalid duration "${text}"`);
  return days[1] === '-' ? -total : total;
}

function parseGoDuration(text: string): number {
  const invalid = new ConfigError(`time: invalid duration "${text}"`);
  const negative = text.startsWith('-');
  let rest = negative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return 0;
  if (rest === '') throw invalid;
  let totalMs = 0;
  while (rest !== '') {
    const amount = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)/.exec(rest)?.[0];
    if (amount === undefined) throw invalid;
    rest = rest.slice(amount.length);
    const unit = /^[^0-9.]+/.exec(rest)?.[0];
    if (unit === undefined) throw new ConfigError(`time: missing unit in duration "${text}"`);
    const unitMs = UNITS_MS.get(unit);
    if (unitMs === undefined) throw new ConfigError(`time: unknown unit "${unit}" in duration "${text}"`);
    rest = rest.slice(unit.length);
    totalMs += Number(amount) * unitMs;
  }
  if (totalMs > MAX_DURATION_MS) throw invalid;
  return (negative ? -1 : 1) * roundToNanoseconds(totalMs);
}

function roundToNanoseconds(ms: number): number {
  const whole = Math.floor(ms);
  return whole + Math.round((ms - whole) * NS_PER_MS) / NS_PER_MS;
}

/** MediaMTX's text of a duration: `1d2h0m0s`, `200ms`, and '' for zero. Units: milliseconds. */
export function formatDuration(ms: number): string {
  const magnitude = Math.abs(ms);
  const days = Math.floor(magnitude / MS_PER_DAY);
  const rest = magnitude - days * MS_PER_DAY;
  return (ms < 0 ? '-' : '') + (days > 0 ? `${days}d` : '') + (rest > 0 ? formatGoDuration(rest) : '');
}

/** The shortest text that reads back as the same duration: `1h` where MediaMTX's API says `1h0m0s`, `0s` for zero. */
export function formatDurationBriefly(ms: number): string {
  const text = formatDuration(ms)
    .replace(/(?<=m)0s$/, '')
    .replace(/(?<=h)0m$/, '');
  return text === '' ? '0s' : text;
}

function formatGoDuration(ms: number): string {
  if (ms < 1 / 1000) return `${Math.round(ms * NS_PER_MS)}ns`;
  if (ms < 1) return `${Math.round(ms * NS_PER_MS) / 1000}µs`;
  if (ms < 1000) return `${ms}ms`;
  const wholeSeconds = Math.floor(ms / 1000);
  const hours = Math.floor(wholeSeconds / 3600);
  const minutes = Math.floor(wholeSeconds / 60) % 60;
  const fraction = Math.round((ms - wholeSeconds * 1000) * NS_PER_MS);
  const decimals = fraction === 0 ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
  const seconds = `${wholeSeconds % 60}${decimals}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
