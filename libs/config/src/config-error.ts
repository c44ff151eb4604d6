/** Where in the configuration an error is, as far as it is known. */
export interface ConfigErrorPlace {
  readonly key?: string;
  /** Counted from 1; absent when the value did not come from a file. */
  readonly line?: number;
  /** The known key that is spelled most like the unknown one. */
  readonly suggestion?: string;
}

/**
 * A configuration that is refused.
 *
 * `reason` is MediaMTX's text, letter for letter; `message` adds the line, the key when the reason does not
 * name it, and the nearest known key: `json: unknown field "rtspAdress" (line 12; did you mean "rtspAddress"?)`.
 */
export class ConfigError extends Error {
  readonly code = 'INVALID_CONFIGURATION';
  readonly reason: string;
  readonly place: ConfigErrorPlace;

  constructor(reason: string, place: ConfigErrorPlace = {}, options?: { cause?: unknown }) {
    super(reason + describePlace(reason, place), options);
    this.name = 'ConfigError';
    this.reason = reason;
    this.place = place;
  }
}

/** The same error with what was not known about its place where it was thrown. */
export function locateConfigError(error: unknown, place: ConfigErrorPlace): unknown {
  if (!(error instanceof ConfigError)) return error;
  return new ConfigError(error.reason, { ...place, ...error.place }, { cause: error.cause });
}

function describePlace(reason: string, place: ConfigErrorPlace): string {
  const parts: string[] = [];
  if (place.line !== undefined) parts.push(`line ${place.line}`);
  if (place.key !== undefined && !reason.includes(place.key)) parts.push(`key "${place.key}"`);
  if (place.suggestion !== undefined) parts.push(`did you mean "${place.suggestion}"?`);
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}
