import { ParseError } from '@mediamesh/bytes';

/** Parameters of one header value; a key-mgmt or Digest header has at most ten. */
export const MAX_KEY_VALUES = 64;

/**
 * `key=value` pairs behind separators; values may be quoted, keys may come alone.
 *
 * Shape:  keys as they came, in order; the first of equal keys counts.
 * Errors: ParseError when a quote is not closed, or above MAX_KEY_VALUES.
 */
export function parseKeyValues(text: string, separator: ',' | ';'): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  let position = 0;
  while (position < text.length) {
    const keyEnd = indexOfEither(text, position, '=', separator);
    const key = text.substring(position, keyEnd).trim();
    let value = '';
    position = keyEnd;
    if (text[position] === '=') {
      position++;
      while (text[position] === ' ') position++;
      if (text[position] === '"') {
        const close = text.indexOf('"', position + 1);
        if (close < 0) throw new ParseError('header parameters', position, 'has an open quote');
        value = text.substring(position + 1, close);
        position = indexOfEither(text, close, separator, separator);
      } else {
        const end = indexOfEither(text, position, separator, separator);
        value = text.substring(position, end).trim();
        position = end;
      }
    }
    if (pairs.size >= MAX_KEY_VALUES) throw new ParseError('header parameters', position, `are more than ${MAX_KEY_VALUES}`);
    if (key !== '' && !pairs.has(key)) pairs.set(key, value);
    position++;
  }
  return pairs;
}

function indexOfEither(text: string, from: number, a: string, b: string): number {
  for (let i = from; i < text.length; i++) if (text[i] === a || text[i] === b) return i;
  return text.length;
}

/** A decimal number up to `max`. Errors: ParseError. */
export function parseDecimal(text: string, what: string, max: number): number {
  const value = Number.parseInt(text, 10);
  if (!/^\d{1,10}$/.test(text) || value > max)
    throw new ParseError(what, 0, `is not a number up to ${max}: ${JSON.stringify(text.substring(0, 32))}`);
  return value;
}
