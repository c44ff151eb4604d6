import { boolType, stringType } from '../value-type.ts';
import { deprecatedKey, globalKey } from './key.ts';
import { networkListType, stringListType } from './types.ts';

const LISTENER = 'TCP address, or unix:// and the path of a socket.';
const ENCRYPTION = 'Serves HTTPS instead of HTTP.';
const SERVER_KEY = 'TLS key file; read again when it changes.';
const SERVER_CERT = 'TLS certificate file; read again when it changes.';
const ORIGINS = 'Origins of web pages that may use it from a browser; "*" is any.';
const PROXIES = 'Proxies whose X-Forwarded-For header is believed: addresses or networks.';

/** Control API. */
export const API_KEYS = {
  api: globalKey(boolType, false, 'api', 'Serves the Control API. Whoever may use it can make this machine run commands.'),
  apiAddress: globalKey(stringType, ':9997', 'api', LISTENER),
  apiEncryption: globalKey(boolType, false, 'api', ENCRYPTION),
  apiServerKey: globalKey(stringType, 'server.key', 'api', SERVER_KEY),
  apiServerCert: globalKey(stringType, 'server.crt', 'api', SERVER_CERT),
  apiAllowOrigin: deprecatedKey(stringType, { replacedBy: 'apiAllowOrigins', as: 'list' }),
  apiAllowOrigins: globalKey(stringListType, ['*'], 'api', ORIGINS),
  apiTrustedProxies: globalKey(networkListType, [], 'api', PROXIES),
  apiAllowCommands: globalKey(
    boolType,
    true,
    '',
    'Lets changes through the API set commands (runOn...). Once false, only the file and the environment can set it to true.',
  ),
} as const;

/** Prometheus metrics. */
export const METRICS_KEYS = {
  metrics: globalKey(boolType, false, 'metrics', 'Serves metrics for Prometheus under /metrics.'),
  metricsAddress: globalKey(stringType, ':9998', 'metrics', LISTENER),
  metricsEncryption: globalKey(boolType, false, 'metrics', ENCRYPTION),
  metricsServerKey: globalKey(stringType, 'server.key', 'metrics', SERVER_KEY),
  metricsServerCert: globalKey(stringType, 'server.crt', 'metrics', SERVER_CERT),
  metricsAllowOrigin: deprecatedKey(stringType, { replacedBy: 'metricsAllowOrigins', as: 'list' }),
  metricsAllowOrigins: globalKey(stringListType, ['*'], 'metrics', ORIGINS),
  metricsTrustedProxies: globalKey(networkListType, [], 'metrics', PROXIES),
} as const;

/** Profiles. */
export const PPROF_KEYS = {
  pprof: globalKey(boolType, false, 'pprof', 'Serves CPU and heap profiles in the format of pprof.'),
  pprofAddress: globalKey(stringType, ':9999', 'pprof', LISTENER),
  pprofEncryption: globalKey(boolType, false, 'pprof', ENCRYPTION),
  pprofServerKey: globalKey(stringType, 'server.key', 'pprof', SERVER_KEY),
  pprofServerCert: globalKey(stringType, 'server.crt', 'pprof', SERVER_CERT),
  pprofAllowOrigin: deprecatedKey(stringType, { replacedBy: 'pprofAllowOrigins', as: 'list' }),
  pprofAllowOrigins: globalKey(stringListType, ['*'], 'pprof', ORIGINS),
  pprofTrustedProxies: globalKey(networkListType, [], 'pprof', PROXIES),
} as const;

/** Download of recordings. */
export const PLAYBACK_KEYS = {
  playback: globalKey(boolType, false, 'playback', 'Serves recordings: /list and /get.'),
  playbackAddress: globalKey(stringType, ':9996', 'playback', LISTENER),
  playbackEncryption: globalKey(boolType, false, 'playback', ENCRYPTION),
  playbackServerKey: globalKey(stringType, 'server.key', 'playback', SERVER_KEY),
  playbackServerCert: globalKey(stringType, 'server.crt', 'playback', SERVER_CERT),
  playbackAllowOrigin: deprecatedKey(stringType, { replacedBy: 'playbackAllowOrigins', as: 'list' }),
  playbackAllowOrigins: globalKey(stringListType, ['*'], 'playback', ORIGINS),
  playbackTrustedProxies: globalKey(networkListType, [], 'playback', PROXIES),
} as const;
