import { dirname, resolve, sep } from 'node:path';
import type { PathConfig } from '@mediamesh/config';

/** What decides where a path's segments are. */
export type RecordingPath = Pick<PathConfig, 'recordPath' | 'recordFormat'>;

/** Units: microseconds since 1970; minutes east of Greenwich. */
export interface SegmentStart {
  readonly startUs: number;
  /** The zone in which the name is written: the local one, unless the name says another. */
  readonly utcOffsetMinutes: number;
}

export interface SegmentId extends SegmentStart {
  readonly path: string;
}

const VARIABLE = /%(?:path|[YmdHMSfzs])/gu;
const REGEX_CHARACTER = /[\\^$.*+?()[\]{}|]/gu;
const US_PER_MS = 1_000;
const MS_PER_MINUTE = 60_000;

const VARIABLE_PATTERNS: Readonly<Record<string, string>> = {
  '%path': '.*?',
  '%Y': '[0-9]{4}',
  '%m': '[0-9]{2}',
  '%d': '[0-9]{2}',
  '%H': '[0-9]{2}',
  '%M': '[0-9]{2}',
  '%S': '[0-9]{2}',
  '%f': '[0-9]{6}',
  '%z': 'Z|[+-][0-9]{4}',
  '%s': '[0-9]{10}',
};

/**
 * File names of recorded segments, from `recordPath`.
 *
 * Shape:   `encode` gives an absolute file name; `decode` reads one, and returns undefined for a file that is no segment.
 * Units:   microseconds since 1970. Without `%z` and `%s` a name is in local time.
 * Source:  contract 8.1. Whole names are compared, so that a file beside a segment (`….mp4.part`) is not taken for one.
 */
export class SegmentName {
  /** Absolute, with the extension. */
  private readonly format: string;
  private readonly pattern: RegExp;
  private readonly variables: readonly string[];

  private constructor(format: string) {
    this.format = format;
    this.variables = [...new Set(format.match(VARIABLE))];
    this.pattern = patternOf(format);
  }

  /** `path`: of one path only; else names of every path are read. */
  static of({ recordPath, recordFormat }: RecordingPath, path?: string): SegmentName {
    const format = recordPath + (recordFormat === 'mpegts' ? '.ts' : '.mp4');
    return new SegmentName(resolve(path === undefined ? format : format.replaceAll('%path', () => path)));
  }

  /** The folder that all segments are in: the folders before the first one with a variable. */
  get folder(): string {
    const end = this.format.indexOf('%');
    return end < 0 ? dirname(this.format) : this.format.slice(0, this.format.lastIndexOf(sep, end)) || sep;
  }

  encode(id: SegmentId): string {
    const values = valuesOf(id);
    return this.format.replace(VARIABLE, (variable) => values[variable] ?? variable);
  }

  decode(file: string): SegmentId | undefined {
    const match = this.pattern.exec(file);
    if (match === null) return undefined;
    const values = new Map(this.variables.map((variable, index) => [variable, match[index + 1] ?? '']));
    return { path: values.get('%path') ?? '', ...startOf(values) };
  }
}

/** Of the local zone, at a time. */
export function localOffsetMinutes(startUs: number): number {
  return -new Date(startUs / US_PER_MS).getTimezoneOffset();
}

/** The first appearance of a variable is a group, later ones must repeat it. */
function patternOf(format: string): RegExp {
  const groups = new Map<string, number>();
  let source = '';
  let end = 0;
  for (const { 0: variable, index } of format.matchAll(VARIABLE)) {
    source += escapeRegex(format.slice(end, index));
    end = index + variable.length;
    const group = groups.get(variable);
    if (group === undefined) groups.set(variable, groups.size + 1);
    source += group === undefined ? `(${VARIABLE_PATTERNS[variable]})` : `(?:\\${group})`;
  }
  return new RegExp(`^${source}${escapeRegex(format.slice(end))}$`, 'u');
}

function escapeRegex(text: string): string {
  return text.replace(REGEX_CHARACTER, String.raw`\$&`);
}

function valuesOf({ path, startUs, utcOffsetMinutes }: SegmentId): Readonly<Record<string, string>> {
  const wallMs = Math.floor(startUs / US_PER_MS);
  const wall = new Date(wallMs + utcOffsetMinutes * MS_PER_MINUTE);
  return {
    '%path': path,
    '%Y': String(wall.getUTCFullYear()),
    '%m': digits(wall.getUTCMonth() + 1, 2),
    '%d': digits(wall.getUTCDate(), 2),
    '%H': digits(wall.getUTCHours(), 2),
    '%M': digits(wall.getUTCMinutes(), 2),
    '%S': digits(wall.getUTCSeconds(), 2),
    '%f': digits(wall.getUTCMilliseconds() * US_PER_MS + (startUs - wallMs * US_PER_MS), 6),
    '%z': zoneText(utcOffsetMinutes),
    '%s': String(Math.floor(startUs / 1e6)),
  };
}

function zoneText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60), 2)}${digits(minutes % 60, 2)}`;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

/** `%s` wins over the calendar's fields; what the name leaves out is the beginning of the year 0, month, day. */
function startOf(values: ReadonlyMap<string, string>): SegmentStart {
  const number = (variable: string, byDefault: number): number => Number(values.get(variable) ?? byDefault);
  const microseconds = number('%f', 0);
  const unixSeconds = number('%s', 0);
  if (unixSeconds > 0) {
    const startUs = unixSeconds * 1e6 + microseconds;
    return { startUs, utcOffsetMinutes: localOffsetMinutes(startUs) };
  }
  const day = [number('%Y', 0), number('%m', 1) - 1, number('%d', 1)] as const;
  const time = [number('%H', 0), number('%M', 0), number('%S', 0), 0] as const;
  const zone = values.get('%z');
  // Through setters: constructors take the years 0 to 99 for those of the last century.
  const date = new Date(0);
  if (zone === undefined) {
    date.setFullYear(...day);
    date.setHours(...time);
  } else {
    date.setUTCFullYear(...day);
    date.setUTCHours(...time);
  }
  const offset = zone === undefined ? -date.getTimezoneOffset() : parseZone(zone);
  const wallMs = date.getTime() - (zone === undefined ? 0 : offset * MS_PER_MINUTE);
  return { startUs: wallMs * US_PER_MS + microseconds, utcOffsetMinutes: offset };
}

function parseZone(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(3, 5));
  return text.startsWith('-') ? -minutes : minutes;
}
