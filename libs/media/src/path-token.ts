import { ParseError } from '@mediamesh/bytes';

const VALID_PATH = /^[0-9a-zA-Z_\-/.]+$/;

/**
 * A path name as one token of a NATS subject, and as a part of a stream's name: letters, digits, `-` and `_` only, case preserved.
 * `_` escapes: `__` is `_`, `_s` is `/`, `_d` is `.`; every path has one token, and no two paths share one.
 *
 * Errors: RangeError when the path has characters that no path name has.
 */
export function pathToken(path: string): string {
  if (!VALID_PATH.test(path)) throw new RangeError(`the path name ${JSON.stringify(path)} is empty or has invalid characters`);
  return path.replaceAll('_', '__').replaceAll('/', '_s').replaceAll('.', '_d');
}

/** Errors: ParseError when `pathToken` never writes this. */
export function pathFromToken(token: string): string {
  if (token === '') throw new ParseError('path token', 0, 'is empty');
  let path = '';
  for (let i = 0; i < token.length; i++) {
    const character = token[i]!;
    if (character === '_') path += unescaped(token, ++i);
    else if (/[0-9a-zA-Z-]/.test(character)) path += character;
    else throw new ParseError('path token', i, `has the character ${JSON.stringify(character)}`);
  }
  return path;
}

function unescaped(token: string, at: number): string {
  switch (token[at]) {
    case '_':
      return '_';
    case 's':
      return '/';
    case 'd':
      return '.';
    default:
      throw new ParseError('path token', at, 'has an unknown escape');
  }
}
