import { ParseError } from '@mediamesh/bytes';
import { MAX_FMTP_PARAMETERS } from './limits.ts';

/** Parameters of an `a=fmtp`, keys in lower case. */
export type FmtpParameters = ReadonlyMap<string, string>;

/**
 * Shape:  `key=value; key=value` in; entries without `=` are skipped, as encoders leave stray ones.
 * Errors: ParseError above MAX_FMTP_PARAMETERS.
 * Source: RFC 4566 6, RFC 4855 3.
 */
export function parseFmtp(text: string): FmtpParameters {
  const parameters = new Map<string, string>();
  for (const entry of text.split(';')) {
    const trimmed = entry.trim();
    const equals = trimmed.indexOf('=');
    if (equals < 1) continue;
    if (parameters.size >= MAX_FMTP_PARAMETERS) throw new ParseError('fmtp', 0, `has more than ${MAX_FMTP_PARAMETERS} parameters`);
    parameters.set(trimmed.substring(0, equals).toLowerCase(), trimmed.substring(equals + 1));
  }
  return parameters;
}

/** Sorted by key, so that the same parameters always give the same text. */
export function serializeFmtp(parameters: Readonly<Record<string, string>>): string {
  return Object.keys(parameters)
    .sort()
    .map((key) => `${key}=${parameters[key]!}`)
    .join('; ');
}

/** A decimal number of at most 31 bits; undefined when the parameter is absent. */
export function fmtpNumber(parameters: FmtpParameters, key: string): number | undefined {
  const text = parameters.get(key);
  return text === undefined ? undefined : decimal(text, key);
}

export function decimal(text: string, what: string): number {
  const value = Number.parseInt(text, 10);
  if (!/^\d{1,10}$/.test(text) || value > 0x7fff_ffff)
    throw new ParseError('fmtp', 0, `${what} is not a number: ${JSON.stringify(text.substring(0, 32))}`);
  return value;
}
