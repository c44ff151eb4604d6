import { ConfigError } from '../config-error.ts';

const UNITS: readonly (readonly [string, number])[] = [
  ['E', 2 ** 60],
  ['P', 2 ** 50],
  ['T', 2 ** 40],
  ['G', 2 ** 30],
  ['M', 2 ** 20],
  ['K', 2 ** 10],
];

const SIZE = /^\s*(\+?[0-9]+\.?[0-9]*|\+?\.[0-9]+)(?:([EPTGMK])(?:I?B)?|B)\s*$/;

/**
 * Reads a size such as `50M`, `1.5KiB`, `10B`; multiples are of 1024, letters of any case.
 *
 * Units:   bytes, rounded down.
 * Errors:  ConfigError for anything else, a number without a unit included.
 */
export function parseSize(text: string): number {
  const match = SIZE.exec(text.toUpperCase());
  const multiple = UNITS.find(([letter]) => letter === match?.[2])?.[1] ?? 1;
  const size = match === null ? Number.NaN : Math.floor(Number(match[1]) * multiple);
  if (!Number.isSafeInteger(size)) {
    throw new ConfigError('byte quantity must be a positive integer with a unit of measurement like M, MB, MiB, G, GiB, or GB');
  }
  return size;
}

/** The shortest text of a size, with one decimal at most: `50M`, `1.5K`, `10B`. */
export function formatSize(bytes: number): string {
  const [letter, multiple] = UNITS.find(([, unit]) => bytes >= unit) ?? ['B', 1];
  return (bytes / multiple).toFixed(1).replace(/\.0$/, '') + letter;
}

/** The text of a size that reads back as the same number: `50M`, `1536B`. */
export function formatSizeExactly(bytes: number): string {
  const [letter, multiple] = UNITS.find(([, unit]) => bytes >= unit && bytes % unit === 0) ?? ['B', 1];
  return `${bytes / multiple}${letter}`;
}
