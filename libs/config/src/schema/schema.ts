import type { AnyValueType, ValueType } from '../value-type.ts';
import { AUTH_KEYS } from './global-auth.ts';
import { LEGACY_RECORD_KEYS } from './global-legacy.ts';
import { API_KEYS, METRICS_KEYS, PLAYBACK_KEYS, PPROF_KEYS } from './global-operations.ts';
import { PROCESS_KEYS } from './global-process.ts';
import { RTMP_KEYS, RTSP_KEYS } from './global-rtsp-rtmp.ts';
import { HLS_KEYS, MOQ_KEYS, SRT_KEYS, WEBRTC_KEYS } from './global-web.ts';
import type { Component } from './component.ts';
import type { Deprecation } from './key.ts';
import { PATH_HOOK_KEYS } from './path-hooks.ts';
import { PATH_MOQ_KEYS, PATH_REDIRECT_KEYS, PATH_RTSP_KEYS, PATH_UDP_KEYS, PATH_WHEP_KEYS } from './path-pull.ts';
import { PATH_RPI_CAMERA_KEYS } from './path-rpi-camera.ts';
import {
  PATH_ALWAYS_AVAILABLE_KEYS,
  PATH_FORWARD_KEYS,
  PATH_HEALTH_KEYS,
  PATH_LEGACY_AUTH_KEYS,
  PATH_PUBLISHER_KEYS,
  PATH_RECORD_KEYS,
  PATH_SOURCE_KEYS,
} from './path-stream.ts';

/** A key as code sees it that walks over all of them. */
export interface AnyKey {
  readonly type: AnyValueType;
  readonly default?: unknown;
  readonly deprecated?: Deprecation;
  readonly restarts?: readonly Component[];
  readonly atStart?: boolean;
  readonly hot?: boolean;
  readonly secret?: boolean;
  readonly about: string;
}

export type KeyTable = { readonly [key: string]: AnyKey };

/** A chapter of the shipped file and of the reference page. */
export interface Section {
  readonly title: string;
  readonly keys: KeyTable;
}

export const GLOBAL_SECTIONS: readonly Section[] = [
  { title: 'General', keys: PROCESS_KEYS },
  { title: 'Authentication', keys: AUTH_KEYS },
  { title: 'Control API', keys: API_KEYS },
  { title: 'Metrics', keys: METRICS_KEYS },
  { title: 'Profiles (pprof)', keys: PPROF_KEYS },
  { title: 'Playback server', keys: PLAYBACK_KEYS },
  { title: 'RTSP server', keys: RTSP_KEYS },
  { title: 'RTMP server', keys: RTMP_KEYS },
  { title: 'HLS server', keys: HLS_KEYS },
  { title: 'WebRTC server', keys: WEBRTC_KEYS },
  { title: 'SRT server', keys: SRT_KEYS },
  { title: 'Media over QUIC server', keys: MOQ_KEYS },
  { title: 'Recording of all paths', keys: LEGACY_RECORD_KEYS },
];

export const PATH_SECTIONS: readonly Section[] = [
  { title: 'General', keys: PATH_SOURCE_KEYS },
  { title: 'Always available', keys: PATH_ALWAYS_AVAILABLE_KEYS },
  { title: 'Health of the stream', keys: PATH_HEALTH_KEYS },
  { title: 'Forwarding', keys: PATH_FORWARD_KEYS },
  { title: 'Recording', keys: PATH_RECORD_KEYS },
  { title: 'Authentication', keys: PATH_LEGACY_AUTH_KEYS },
  { title: 'Source "publisher"', keys: PATH_PUBLISHER_KEYS },
  { title: 'RTSP source', keys: PATH_RTSP_KEYS },
  { title: 'MPEG-TS and RTP sources', keys: PATH_UDP_KEYS },
  { title: 'MoQ source', keys: PATH_MOQ_KEYS },
  { title: 'WHEP source', keys: PATH_WHEP_KEYS },
  { title: 'Source "redirect"', keys: PATH_REDIRECT_KEYS },
  { title: 'Raspberry Pi camera source', keys: PATH_RPI_CAMERA_KEYS },
  { title: 'Hooks', keys: PATH_HOOK_KEYS },
];

const GLOBAL_KEY_TABLE = {
  ...PROCESS_KEYS,
  ...AUTH_KEYS,
  ...API_KEYS,
  ...METRICS_KEYS,
  ...PPROF_KEYS,
  ...PLAYBACK_KEYS,
  ...RTSP_KEYS,
  ...RTMP_KEYS,
  ...HLS_KEYS,
  ...WEBRTC_KEYS,
  ...SRT_KEYS,
  ...MOQ_KEYS,
  ...LEGACY_RECORD_KEYS,
} as const;

const PATH_KEY_TABLE = {
  ...PATH_SOURCE_KEYS,
  ...PATH_ALWAYS_AVAILABLE_KEYS,
  ...PATH_HEALTH_KEYS,
  ...PATH_FORWARD_KEYS,
  ...PATH_RECORD_KEYS,
  ...PATH_LEGACY_AUTH_KEYS,
  ...PATH_PUBLISHER_KEYS,
  ...PATH_RTSP_KEYS,
  ...PATH_UDP_KEYS,
  ...PATH_MOQ_KEYS,
  ...PATH_WHEP_KEYS,
  ...PATH_REDIRECT_KEYS,
  ...PATH_RPI_CAMERA_KEYS,
  ...PATH_HOOK_KEYS,
} as const;

export const GLOBAL_KEYS: KeyTable = GLOBAL_KEY_TABLE;
export const PATH_KEYS: KeyTable = PATH_KEY_TABLE;

type TypeOf<K> = K extends { readonly type: ValueType<infer T> } ? T : never;

type ValuesOf<Table> = {
  readonly [K in keyof Table as Table[K] extends { readonly deprecated: Deprecation } ? never : K]: TypeOf<Table[K]>;
} & {
  readonly [K in keyof Table as Table[K] extends { readonly deprecated: Deprecation } ? K : never]?: TypeOf<Table[K]>;
};

/**
 * The global keys, with defaults filled in. Deprecated ones are there only when set.
 *
 * Units:   durations in milliseconds, sizes in bytes, networks in canonical CIDR form.
 */
export interface GlobalConfig extends ValuesOf<typeof GLOBAL_KEY_TABLE> {}

/** The keys of a path, with `pathDefaults` and defaults filled in; `name` is the key under `paths`. Units: as in GlobalConfig. */
export interface PathConfig extends ValuesOf<typeof PATH_KEY_TABLE> {
  readonly name: string;
}

/** A configuration that passed validation. It is a plain value: nothing in it is ever changed. */
export interface Config extends GlobalConfig {
  readonly pathDefaults: PathConfig;
  readonly paths: ReadonlyMap<string, PathConfig>;
}

/** The values of `keys` when nothing is configured; new objects at each call. */
function defaultsOf(keys: KeyTable): Record<string, unknown> {
  const entries = Object.entries(keys).filter(([, key]) => key.deprecated === undefined);
  return structuredClone(Object.fromEntries(entries.map(([name, key]) => [name, key.default])));
}

export function defaultGlobalConfig(): GlobalConfig {
  return defaultsOf(GLOBAL_KEYS) as unknown as GlobalConfig;
}

export function defaultPathConfig(name = ''): PathConfig {
  return { ...defaultsOf(PATH_KEYS), name } as unknown as PathConfig;
}
