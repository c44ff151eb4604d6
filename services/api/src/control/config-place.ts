import { ConfigError } from '@mediamesh/config';
import type { Config, ConfigDocument } from '@mediamesh/config';

/** They say where the changes of the API are kept: only file and environment can. */
const PLACE_KEYS = ['stateDirectory', 'databaseURL'] as const;

/** Errors: ConfigError. */
export function refuseOtherPlace(before: Config, after: Config): void {
  const key = PLACE_KEYS.find((name) => before[name] !== after[name]);
  if (key !== undefined) throw new ConfigError(`'${key}' cannot be changed through the API, whose changes are kept there`);
}

/** An older document, with the place of its changes as it is now. */
export function withPlaceOf(current: ConfigDocument, older: ConfigDocument): ConfigDocument {
  const isPlace = ([name]: readonly [string, unknown]): boolean => PLACE_KEYS.some((key) => key === name);
  const keys = Object.entries(older.global).filter((entry) => !isPlace(entry));
  return { ...older, global: Object.fromEntries([...keys, ...Object.entries(current.global).filter(isPlace)]) };
}
