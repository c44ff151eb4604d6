import { ParseError, utf8FromBytes } from '@mediamesh/bytes';

/** A day of segments of two seconds, 100 bytes each, is 4 MB. */
export const MAX_PLAYLIST_BYTES = 8 * 1024 * 1024;
/** URLs with signatures are some kilobytes. */
export const MAX_LINE_CHARACTERS = 16 * 1024;

export interface PlaylistLine {
  readonly number: number;
  /** `EXT-X-MAP`, or empty for a URI. */
  readonly tag: string;
  /** Behind the tag's colon, or the URI. */
  readonly value: string;
}

/** Tags and URIs; comments and empty lines are left out. Errors: ParseError past a limit, or when it does not begin as a playlist does. */
export function playlistLines(bytes: Uint8Array): readonly PlaylistLine[] {
  if (bytes.length > MAX_PLAYLIST_BYTES) throw new ParseError('playlist', MAX_PLAYLIST_BYTES, `is larger than ${MAX_PLAYLIST_BYTES} bytes`);
  const texts = utf8FromBytes(bytes)
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
  if (texts[0]?.trimEnd() !== '#EXTM3U') throw new ParseError('playlist', 0, 'does not begin with #EXTM3U');
  const lines: PlaylistLine[] = [];
  for (const [number, text] of texts.entries()) {
    const line = text.trim();
    if (line.length > MAX_LINE_CHARACTERS) throw new ParseError('playlist', number, `has a line of ${line.length} characters`);
    if (line === '' || (line.startsWith('#') && !line.startsWith('#EXT')) || number === 0) continue;
    lines.push(lineOf(number, line));
  }
  return lines;
}

function lineOf(number: number, line: string): PlaylistLine {
  if (!line.startsWith('#')) return { number, tag: '', value: line };
  const colon = line.indexOf(':');
  return { number, tag: line.substring(1, colon < 0 ? line.length : colon), value: colon < 0 ? '' : line.substring(colon + 1) };
}

/** Errors: ParseError of what is not a number from 0 to `max`. */
export function decimalOf(text: string, structure: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+(\.\d*)?$|^\.\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!(value >= 0 && value <= max)) throw new ParseError(structure, 0, `'${text.substring(0, 40)}' is not a number from 0 to ${max}`);
  return value;
}

/** As `decimalOf`, without fraction. */
export function integerOf(text: string, structure: string): number {
  const value = decimalOf(text, structure);
  if (!Number.isSafeInteger(value)) throw new ParseError(structure, 0, `'${text.substring(0, 40)}' is not an integer`);
  return value;
}
