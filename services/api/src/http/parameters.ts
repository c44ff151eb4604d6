import { ApiError } from './api-error.ts';

/** Errors: ApiError 400. */
export function requireName(name: string): void {
  if (name === '') throw new ApiError(400, 'invalid name');
}

const HEX = /^[0-9a-f]+$/u;
const URN_PREFIX = 'urn:uuid:';

/**
 * A UUID in its canonical form, from any of those that Go's uuid package reads: with hyphens, also in braces or as a URN,
 * or 32 digits.
 * Errors: ApiError 400.
 */
export function parseUuid(text: string): string {
  let digits = text.toLowerCase();
  if (digits.length === 36 + URN_PREFIX.length) {
    if (!digits.startsWith(URN_PREFIX)) throw new ApiError(400, `invalid urn prefix: ${JSON.stringify(text.slice(0, URN_PREFIX.length))}`);
    digits = digits.slice(URN_PREFIX.length);
  } else if (digits.length === 38) digits = digits.slice(1, -1);
  if (digits.length === 32)
    digits = `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
  if (digits.length !== 36) throw new ApiError(400, `invalid UUID length: ${text.length}`);
  const groups = digits.split('-');
  const isUuid = groups.map(({ length }) => length).join() === '8,4,4,4,12' && groups.every((group) => HEX.test(group));
  if (!isUuid) throw new ApiError(400, 'invalid UUID format');
  return digits;
}
