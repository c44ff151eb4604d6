/** Where a pulled recording starts: path keys `rtspRangeType` and `rtspRangeStart`. Source: RFC 2326 12.29. */
export type RangeStart =
  /** UTC, `YYYYMMDDTHHMMSSZ`. */
  | { readonly type: 'clock'; readonly utc: string }
  | { readonly type: 'npt'; readonly seconds: number }
  | { readonly type: 'smpte'; readonly seconds: number };

/** An open range: from the start on. */
export function serializeRange(start: RangeStart): string {
  switch (start.type) {
    case 'clock':
      return `clock=${start.utc}-`;
    case 'npt':
      return `npt=${start.seconds}-`;
    case 'smpte':
      return `smpte=${smpteTime(Math.floor(start.seconds))}-`;
  }
}

function smpteTime(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
