import { ParseError } from '@mediamesh/bytes';

/** Attributes of a tag; real ones have some fifteen. */
export const MAX_ATTRIBUTES = 64;

const ATTRIBUTE = /([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]*)\s*(?:,|$)\s*/y;

/**
 * `NAME=value,NAME="value"`; values without their quotes.
 * Errors: ParseError when it is none. Source: RFC 8216 4.2.
 */
export function parseAttributeList(text: string, structure: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  const source = text.trim();
  ATTRIBUTE.lastIndex = 0;
  while (ATTRIBUTE.lastIndex < source.length) {
    const at = ATTRIBUTE.lastIndex;
    const match = ATTRIBUTE.exec(source);
    if (match === null) throw new ParseError(structure, at, 'has a malformed attribute');
    if (attributes.size === MAX_ATTRIBUTES) throw new ParseError(structure, at, `has more than ${MAX_ATTRIBUTES} attributes`);
    const value = match[2]!;
    attributes.set(match[1]!, value.startsWith('"') ? value.substring(1, value.length - 1) : value);
  }
  return attributes;
}
