const MS_PER_MINUTE = 60_000;
const LAYOUT = '2006-01-02T15:04:05Z07:00';
/** Go keeps nanoseconds: nine digits. */
const MAX_FRACTION_DIGITS = 9;

/** Wall-clock milliseconds (fractions too) as Go marshals a time: local zone, zeros at the end of the fraction left out. */
export function rfc3339(wallMs: number, offsetMinutes: number = -new Date(wallMs).getTimezoneOffset()): string {
  const wholeMs = Math.floor(wallMs);
  // Milliseconds since 1970 leave a quarter of a microsecond to the fraction.
  const microseconds = Math.min(999, Math.round((wallMs - wholeMs) * 1000));
  const local = new Date(wholeMs + offsetMinutes * MS_PER_MINUTE).toISOString();
  const fraction = `${local.slice(20, 23)}${String(microseconds).padStart(3, '0')}`.replace(/0+$/u, '');
  return `${local.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}${zoneOf(offsetMinutes)}`;
}

function zoneOf(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Units: microseconds since 1970; minutes east of Greenwich. */
export interface ZonedTime {
  readonly wallUs: number;
  readonly utcOffsetMinutes: number;
}

/** Not a time of RFC 3339. The message is Go's. */
export class TimeFormatError extends Error {
  constructor(text: string, problem: string) {
    super(`parsing time ${quoteAsGo(text)}${problem}`);
    this.name = 'TimeFormatError';
  }
}

/**
 * Reads a time of RFC 3339, as Go's `time.Parse` does: hours of one digit and a comma before the fraction are taken, too.
 * Errors: TimeFormatError.
 */
export function parseRfc3339(text: string): ZonedTime {
  const reader = new TimeReader(text);
  const year = reader.year();
  reader.literal('-');
  const month = reader.number('01', { name: 'month', from: 1, to: 12 });
  reader.literal('-');
  const day = reader.number('02');
  reader.literal('T');
  const hour = reader.number('15', { name: 'hour', from: 0, to: 23 }, 1);
  reader.literal(':');
  const minute = reader.number('04', { name: 'minute', from: 0, to: 59 });
  reader.literal(':');
  const second = reader.number('05', { name: 'second', from: 0, to: 59 });
  const microseconds = reader.fraction();
  const utcOffsetMinutes = reader.zone();
  reader.end();
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (day < 1 || date.getUTCDate() !== day) throw new TimeFormatError(text, ': day out of range');
  date.setUTCHours(hour, minute - utcOffsetMinutes, second);
  return { wallUs: date.getTime() * 1000 + microseconds, utcOffsetMinutes };
}

interface Range {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

class TimeReader {
  private readonly text: string;
  private rest: string;

  constructor(text: string) {
    this.text = text;
    this.rest = text;
  }

  year(): number {
    return Number(this.take(/^[0-9]{4}/u, '2006'));
  }

  /** Two digits; with `minDigits` 1 also one. */
  number(element: string, range?: Range, minDigits = 2): number {
    const value = Number(this.take(minDigits === 2 ? /^[0-9]{2}/u : /^[0-9]{1,2}/u, element));
    if (range !== undefined && (value < range.from || value > range.to)) throw this.outOfRange(range.name);
    return value;
  }

  literal(character: string): void {
    if (!this.rest.startsWith(character)) throw this.unexpected(character);
    this.rest = this.rest.slice(1);
  }

  fraction(): number {
    const match = /^[.,]([0-9]+)/u.exec(this.rest);
    if (match === null) return 0;
    this.rest = this.rest.slice(match[0].length);
    return Math.floor(Number(`0.${match[1]!.slice(0, MAX_FRACTION_DIGITS)}`) * 1e6 + 1e-4);
  }

  zone(): number {
    if (this.rest.startsWith('Z')) {
      this.rest = this.rest.slice(1);
      return 0;
    }
    const text = this.take(/^[+-][0-9]{2}:[0-9]{2}/u, 'Z07:00');
    const hours = Number(text.slice(1, 3));
    const minutes = Number(text.slice(4, 6));
    if (hours > 24) throw this.outOfRange('time zone offset hour');
    if (minutes > 60) throw this.outOfRange('time zone offset minute');
    return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
  }

  end(): void {
    if (this.rest !== '') throw new TimeFormatError(this.text, `: extra text: ${quoteAsGo(this.rest)}`);
  }

  private take(pattern: RegExp, element: string): string {
    const match = pattern.exec(this.rest);
    if (match === null) throw this.unexpected(element);
    this.rest = this.rest.slice(match[0].length);
    return match[0];
  }

  private unexpected(element: string): TimeFormatError {
    return new TimeFormatError(this.text, ` as "${LAYOUT}": cannot parse ${quoteAsGo(this.rest)} as "${element}"`);
  }

  private outOfRange(name: string): TimeFormatError {
    return new TimeFormatError(this.text, `: ${name} out of range`);
  }
}

/** As Go's package time quotes: bytes outside of ASCII by their number. */
function quoteAsGo(text: string): string {
  let quoted = '';
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    if (byte >= 0x80 || byte < 0x20) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    else quoted += character === '"' || character === '\\' ? `\\${character}` : character;
  }
  return `"${quoted}"`;
}
