import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from './config-error.ts';
import { Warnings, applyGlobalDeprecations, applyPathDeprecations, hasLegacyCredentials, legacyAuthUsers } from './deprecated.ts';
import type { ConfigWarning, Draft } from './deprecated.ts';
import type { ConfigDocument } from './document.ts';
import { checkMp4File } from './mp4-file.ts';
import { CATCH_ALL_PATHS } from './path-name.ts';
import { defaultGlobalConfig, defaultPathConfig } from './schema/schema.ts';
import type { Config, GlobalConfig, PathConfig } from './schema/schema.ts';
import { validateGlobal } from './validate-global.ts';
import { validatePath } from './validate-path.ts';

export interface ResolvedConfig {
  readonly config: Config;
  /** To be logged as warnings, once. */
  readonly warnings: readonly ConfigWarning[];
}

export interface ResolveOptions {
  /** Throws when a file is no MP4 that can be played in a loop; the standard one reads its first bytes. */
  readonly checkMp4File?: (file: string) => void;
  /** What the document was changed from: paths that are the same are taken over, so that one among 1 000 does not cost 1 000; they warned before. */
  readonly before?: { readonly document: ConfigDocument; readonly config: Config };
}

/**
 * Makes a configuration of what is set: fills in defaults, maps deprecated keys, checks everything.
 *
 * Shape:   a path has the defaults, then `pathDefaults`, then its own keys.
 * Errors:  ConfigError with MediaMTX's message; the document is never changed.
 */
export function resolveConfig(document: ConfigDocument, options: ResolveOptions = {}): ResolvedConfig {
  const warnings = new Warnings();
  const global: Draft<GlobalConfig> = { ...defaultGlobalConfig(), ...document.global };
  const pathDefaults: Draft<PathConfig> = { ...defaultPathConfig(), ...document.pathDefaults };
  applyGlobalDeprecations(global, pathDefaults, warnings);
  const paths = resolvePaths(document, pathDefaults, { warnings, before: options.before });
  if (hasLegacyCredentials(document)) {
    warnLegacyCredentials(document, warnings);
    global.authInternalUsers = legacyAuthUsers(global.authInternalUsers, paths.values());
  }
  validateGlobal(global);
  if ([...paths.keys()].filter((key) => CATCH_ALL_PATHS.has(key)).length > 1) {
    throw new ConfigError("all_others, all and '~^.*$' are aliases");
  }
  const context = { global, paths, checkMp4File: options.checkMp4File ?? checkMp4File };
  for (const path of paths.values()) validatePath(path, context);
  return { config: { ...global, pathDefaults, paths }, warnings: warnings.list() };
}

/** In the order of their names, so that the same mistake always gives the same message. */
function resolvePaths(
  document: ConfigDocument,
  defaults: PathConfig,
  { warnings, before }: { readonly warnings: Warnings; readonly before: ResolveOptions['before'] },
): ReadonlyMap<string, PathConfig> {
  const paths = new Map<string, PathConfig>();
  const same = before !== undefined && isDeepStrictEqual(before.config.pathDefaults, defaults) ? before : undefined;
  for (const name of [...document.paths.keys()].sort(byText)) {
    const known = same?.document.paths.get(name) === document.paths.get(name) ? same?.config.paths.get(name) : undefined;
    if (known !== undefined) {
      paths.set(name, known);
      continue;
    }
    const path: Draft<PathConfig> = { ...defaults, ...document.paths.get(name), name };
    applyPathDeprecations(path, warnings);
    if (path.source.startsWith('unix+rtp://')) {
      warnings.add('source', "source 'unix+rtp' is deprecated due to intrinsic instability, use 'udp+rtp' instead");
    }
    paths.set(name, path);
  }
  return paths;
}

/** Keys of pathDefaults warn even when no path is there to inherit them. */
function warnLegacyCredentials(document: ConfigDocument, warnings: Warnings): void {
  applyPathDeprecations({ ...defaultPathConfig(), ...document.pathDefaults }, warnings);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
