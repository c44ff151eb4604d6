import { existsSync, readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import { decryptConfig } from './decrypt.ts';
import type { ConfigWarning } from './deprecated.ts';
import { EMPTY_DOCUMENT, decodeDocument } from './document.ts';
import type { ConfigDocument } from './document.ts';
import { applyEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { resolveConfig } from './resolve.ts';
import type { ResolveOptions } from './resolve.ts';
import type { Config } from './schema/schema.ts';
import { parseYaml } from './yaml-source.ts';

const WORKING_DIRECTORY_FILES = ['rtsp-simple-server.yml', 'mediamtx.yml'];
const SYSTEM_FILES = ['/usr/local/etc/mediamtx.yml', '/usr/etc/mediamtx.yml', '/etc/mediamtx/mediamtx.yml'];

/** Variables with the key of an encrypted file, in the order in which they are used. */
const KEY_NAMES = ['RTSP_CONFKEY', 'MTX_CONFKEY'];

/** Where configuration files are looked for, in this order, when none is named. */
export function configFileCandidates(platform: string): readonly string[] {
  return platform === 'win32' ? WORKING_DIRECTORY_FILES : [...WORKING_DIRECTORY_FILES, ...SYSTEM_FILES];
}

/** The first configuration file that exists, or undefined. */
export function findConfigFile(exists: (file: string) => boolean, platform: string = process.platform): string | undefined {
  return configFileCandidates(platform).find(exists);
}

/** The part of the file system that loading needs. */
export interface ConfigFiles {
  exists(file: string): boolean;
  /** Throws when the file cannot be read. */
  read(file: string): Uint8Array;
}

export const NODE_FILES: ConfigFiles = {
  exists: (file) => existsSync(file),
  read: (file) => readFileSync(file),
};

export interface LoadOptions extends ResolveOptions {
  /** The file that the command line names; it must exist. */
  readonly file?: string;
  readonly env?: Environment;
  readonly files?: ConfigFiles;
  readonly platform?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** What file and environment say explicitly: the layer under changes made through the API. */
  readonly document: ConfigDocument;
  /** The file that was read; undefined when there is none. */
  readonly file: string | undefined;
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Loads the configuration: file, environment, defaults, validation.
 *
 * Errors:  ConfigError; those of the file system when a file cannot be read.
 */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const { env = process.env, files = NODE_FILES, platform = process.platform } = options;
  const file = options.file ?? findConfigFile((candidate) => files.exists(candidate), platform);
  const fromFile = file === undefined ? EMPTY_DOCUMENT : parseConfigFile(files.read(file), env);
  const document = applyEnvironment(fromFile, env);
  const { config, warnings } = resolveConfig(document, options);
  if (file !== undefined) return { config, document, file, warnings };
  const lookedIn = WORKING_DIRECTORY_FILES.join(', ');
  const missing = `configuration file not found (looked in ${lookedIn}), using an empty configuration`;
  return { config, document, file, warnings: [{ key: '', message: missing }, ...warnings] };
}

/** Decodes the bytes of a configuration file, and decrypts them first when the environment has a key. Errors: ConfigError. */
export function parseConfigFile(bytes: Uint8Array, env: Environment): ConfigDocument {
  let plain = bytes;
  for (const name of KEY_NAMES) {
    const key = env[name];
    if (key !== undefined) plain = decryptConfig(key, plain);
  }
  return parseConfigText(decodeUtf8(plain));
}

/** The key of the configuration file; undefined when it is in plain text. */
export function configKey(env: Environment): string | undefined {
  return KEY_NAMES.map((name) => env[name]).findLast((key) => key !== undefined);
}

/** Decodes the text of a configuration file. Errors: ConfigError. */
export function parseConfigText(text: string): ConfigDocument {
  return decodeDocument(parseYaml(text));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError('configuration is not UTF-8 text', {}, { cause: error });
  }
}
