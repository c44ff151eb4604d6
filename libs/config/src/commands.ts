import { ConfigError } from './config-error.ts';
import type { ConfigDocument } from './document.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { Config, KeyTable } from './schema/schema.ts';
import { stringType } from './value-type.ts';

/** Keys whose values this machine runs. */
const GLOBAL_COMMANDS = commandsOf(GLOBAL_KEYS);
const PATH_COMMANDS = commandsOf(PATH_KEYS);

/** Whether events run anything. */
export function hasCommands(config: Config): boolean {
  const runs = (keys: readonly string[], of: object): boolean => keys.some((key) => ((of as Record<string, unknown>)[key] ?? '') !== '');
  const paths = [config.pathDefaults, ...config.paths.values()];
  return runs(GLOBAL_COMMANDS, config) || paths.some((path) => runs(PATH_COMMANDS, path));
}

/**
 * Refuses a change that sets a command; those that were set may stay, or go.
 *
 * Errors:  ConfigError that names the key.
 */
export function refuseNewCommands(before: ConfigDocument, after: ConfigDocument): void {
  refuse(GLOBAL_COMMANDS, before.global, after.global);
  refuse(PATH_COMMANDS, before.pathDefaults, after.pathDefaults);
  for (const [name, path] of after.paths) refuse(PATH_COMMANDS, before.paths.get(name) ?? {}, path);
}

function refuse(keys: readonly string[], before: object, after: object): void {
  const [old, young] = [before as Record<string, unknown>, after as Record<string, unknown>];
  for (const key of keys) {
    const command = young[key] ?? '';
    if (command !== '' && command !== old[key])
      throw new ConfigError(`'${key}' cannot be set through the API: 'apiAllowCommands' is false`);
  }
}

function commandsOf(keys: KeyTable): readonly string[] {
  return Object.keys(keys).filter((name) => name.startsWith('runOn') && keys[name]?.type === stringType);
}
