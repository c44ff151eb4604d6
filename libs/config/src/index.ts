export { ConfigError } from './config-error.ts';
export type { ConfigErrorPlace } from './config-error.ts';
export { MAX_CONFIG_DEPTH, MAX_CONFIG_NODES, nodeFromJson } from './config-node.ts';
export type { ConfigNode, JsonValue } from './config-node.ts';
export { MAX_CONFIG_TEXT_CHARACTERS, parseYaml } from './yaml-source.ts';
export {
  EMPTY_DOCUMENT,
  MAX_PATHS,
  addPath,
  decodeDocument,
  decodeGlobalPatch,
  decodePathPatch,
  patchGlobal,
  patchPath,
  patchPathDefaults,
  removePath,
  replacePath,
} from './document.ts';
export type { ConfigDocument } from './document.ts';
export { hasCommands, refuseNewCommands } from './commands.ts';
export { applyEnvironment, documentFromEnvironment } from './environment.ts';
export type { Environment } from './environment.ts';
export {
  NODE_FILES,
  configKey,
  configFileCandidates,
  findConfigFile,
  loadConfig,
  parseConfigFile,
  parseConfigText,
} from './config-file.ts';
export type { ConfigFiles, LoadOptions, LoadedConfig } from './config-file.ts';
export { decryptConfig } from './decrypt.ts';
export { encryptConfig } from './encrypt.ts';
export { resolveConfig } from './resolve.ts';
export type { ResolveOptions, ResolvedConfig } from './resolve.ts';
export type { ConfigWarning } from './deprecated.ts';
export { GLOBAL_KEYS, GLOBAL_SECTIONS, PATH_KEYS, PATH_SECTIONS, defaultGlobalConfig, defaultPathConfig } from './schema/schema.ts';
export type { AnyKey, Config, GlobalConfig, KeyTable, PathConfig, Section } from './schema/schema.ts';
export { permissionsType } from './schema/types.ts';
export { COMPONENTS } from './schema/component.ts';
export type { Component } from './schema/component.ts';
export type {
  AlwaysAvailableCodec,
  AlwaysAvailableTrack,
  AuthAction,
  AuthInternalUser,
  AuthMethod,
  AuthPermission,
  Encryption,
  ForwardDest,
  GopCache,
  HealthAlerts,
  HlsVariant,
  LogDestination,
  LogLevel,
  MoqTransport,
  RecordFormat,
  RtspAuthMethod,
  RtspRangeType,
  RtspServerTransport,
  RtspSourceTransport,
  WebrtcIceServer,
  Webhook,
} from './schema/types.ts';
export { DEFAULT_AUTH_USERS, EVENT_KINDS } from './schema/types.ts';
export type { EventKind } from './schema/types.ts';
export { isPatternPath, pathNameProblem } from './path-name.ts';
export { compilePathPattern, compileRegex, findPathConfig, resolveForwardUrl, resolveSourceUrl } from './path-lookup.ts';
export type { PathLookup, PathMatch } from './path-lookup.ts';
export { checkSourceUrl, parseSourceUrl, redactUrl } from './source-url.ts';
export type { SourceUrl } from './source-url.ts';
export { formatDuration, parseDuration } from './values/duration.ts';
export { formatSize, parseSize } from './values/size.ts';
export { formatIpAddress, formatIpNetwork, networkContains, parseIpAddress, parseIpNetwork } from './values/ip-network.ts';
export type { IpAddress, IpNetwork } from './values/ip-network.ts';
export { isHashedCredential, parseCredential } from './values/credential.ts';
export {
  REDACTED,
  marshalDocument,
  marshalGlobal,
  marshalPath,
  marshalRedacted,
  restoreGlobalSecrets,
  restorePathSecrets,
} from './marshal.ts';
export type { JsonObject } from './marshal.ts';
export { applyMergePatch, documentPatch } from './document-patch.ts';
export { mergeDocuments } from './merge-documents.ts';
export type { DocumentMerge } from './merge-documents.ts';
export { compareDocuments } from './compare-documents.ts';
export type { DocumentDifference } from './compare-documents.ts';
export { comparePaths, diffConfig, isEmptyDiff } from './diff.ts';
export type { ConfigDiff, PathChange } from './diff.ts';
export { generateDefaultFile } from './generate/default-file.ts';
export { generateJsonSchema } from './generate/json-schema.ts';
export { generateReferencePage } from './generate/reference-page.ts';
