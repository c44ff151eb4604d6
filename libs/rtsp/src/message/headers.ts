import { ParseError } from '@mediamesh/bytes';
import { MAX_HEADERS, MAX_HEADER_NAME_CHARS, MAX_HEADER_VALUE_CHARS } from './limits.ts';

/** Header fields of a message: names without regard to case, values in order of arrival. */
export class RtspHeaders {
  private readonly entries: { readonly name: string; readonly key: string; readonly value: string }[] = [];

  /** The first value. */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    for (const entry of this.entries) if (entry.key === key) return entry.value;
    return undefined;
  }

  /** The value of a header that must come once; undefined when it is absent or repeated. */
  single(name: string): string | undefined {
    const values = this.all(name);
    return values.length === 1 ? values[0] : undefined;
  }

  all(name: string): readonly string[] {
    const key = name.toLowerCase();
    return this.entries.filter((entry) => entry.key === key).map((entry) => entry.value);
  }

  /** Adds a value; those that are there stay. Line ends become blanks, so that no value can add a header. */
  add(name: string, value: string): this {
    this.entries.push({ name, key: name.toLowerCase(), value: value.replace(/[\r\n]+/g, ' ') });
    return this;
  }

  /** In order of arrival; `key` is the name in lower case. */
  list(): Iterable<{ readonly name: string; readonly key: string; readonly value: string }> {
    return this.entries;
  }

  get size(): number {
    return this.entries.length;
  }

  /** Lines with CRLF, in order of arrival. */
  serialize(): string {
    let text = '';
    for (const { name, value } of this.entries) text += `${name}: ${value}\r\n`;
    return text;
  }
}

/** Errors: ParseError when a line has no colon, or a limit is exceeded. */
export function parseHeaderLines(lines: readonly string[]): RtspHeaders {
  const headers = new RtspHeaders();
  for (const line of lines) {
    if (headers.size >= MAX_HEADERS) throw new ParseError('RtspHeaders', 0, `are more than ${MAX_HEADERS}`);
    const colon = line.indexOf(':');
    if (colon < 1) throw new ParseError('RtspHeaders', 0, `have a line without name: ${JSON.stringify(line.substring(0, 32))}`);
    const name = line.substring(0, colon).trim();
    const value = line.substring(colon + 1).trim();
    if (name.length > MAX_HEADER_NAME_CHARS)
      throw new ParseError('RtspHeaders', 0, `have a name of more than ${MAX_HEADER_NAME_CHARS} characters`);
    if (value.length > MAX_HEADER_VALUE_CHARS)
      throw new ParseError('RtspHeaders', 0, `have a value of more than ${MAX_HEADER_VALUE_CHARS} characters`);
    headers.add(name, value);
  }
  return headers;
}
