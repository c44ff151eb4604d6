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
  /** What ran so far, and the document that it was made of: paths that nothing has touched are its objects again, unchecked. */
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
  const kept = keptPaths(document, options.before);
  const paths = resolvePaths(document, pathDefaults, { warnings, kept });
  if (hasLegacyCredentials(document)) {
    warnLegacyCredentials(document, warnings);
    global.authInternalUsers = legacyAuthUsers(global.authInternalUsers, paths.values());
  }
  validateGlobal(global);
  if ([...paths.keys()].filter((key) => CATCH_ALL_PATHS.has(key)).length > 1) {
    throw new ConfigError("all_others, all and '~^.*$' are aliases");
  }
  const context = { global, paths, checkMp4File: options.checkMp4File ?? checkMp4File };
  // Cameras are compared with each other.
  for (const path of paths.values()) if (path.source === 'rpiCamera' || kept.get(path.name) !== path) validatePath(path, context);
  return { config: { ...global, pathDefaults, paths }, warnings: warnings.list() };
}

/** Paths of `before` that mean the same now: documents share what an edit did not touch. */
function keptPaths(document: ConfigDocument, before: ResolveOptions['before']): ReadonlyMap<string, PathConfig> {
  const kept = new Map<string, PathConfig>();
  if (document.global !== before?.document.global || document.pathDefaults !== before.document.pathDefaults) return kept;
  for (const [name, path] of before.config.paths) {
    if (document.paths.get(name) === before.document.paths.get(name)) kept.set(name, path);
  }
  return kept;
}

/** In the order of their names, so that the same mistake always gives the same message. */
function resolvePaths(
  document: ConfigDocument,
  defaults: PathConfig,
  { warnings, kept }: { readonly warnings: Warnings; readonly kept: ReadonlyMap<string, PathConfig> },
): ReadonlyMap<string, PathConfig> {
  const paths = new Map<string, PathConfig>();
  for (const name of [...document.paths.keys()].sort(byText)) {
    const before = kept.get(name);
    if (before !== undefined) {
      paths.set(name, before);
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
