import { ConfigError } from '../config-error.ts';
import { listType, objectListType } from '../list-types.ts';
import { objectType } from '../object-type.ts';
import { credentialType, durationType, enumType, networkType } from '../text-types.ts';
import { boolType, floatType, intType, stringType, uintType } from '../value-type.ts';
import type { ValueOf } from '../value-type.ts';

export const stringListType = listType(stringType);
export const uintListType = listType(uintType, { goType: '[]uint' });
export const floatListType = listType(floatType, { goType: '[]float64' });
export const networkListType = listType(networkType, { goType: '[]json.RawMessage' });

export const logLevelType = enumType(['error', 'warn', 'info', 'debug'], { invalid: (word) => `invalid log level: '${word}'` });
export type LogLevel = ValueOf<typeof logLevelType>;

const logDestinationType = enumType(['stdout', 'file', 'syslog'], { invalid: (word) => `invalid log destination: ${word}` });
export const logDestinationsType = listType(logDestinationType, { goType: 'conf.LogDestinations' });
export type LogDestination = ValueOf<typeof logDestinationType>;

export const authMethodType = enumType(['internal', 'http', 'jwt'], {
  invalid: (word) => `invalid authMethod: '${word}'`,
  onNull: 'keep',
  goType: 'conf.alias',
});
export type AuthMethod = ValueOf<typeof authMethodType>;

const authActionType = enumType(['publish', 'read', 'playback', 'api', 'metrics', 'pprof'], {
  invalid: (word) => `invalid auth action: '${word}'`,
});
export type AuthAction = ValueOf<typeof authActionType>;

export const permissionsType = objectListType('permissions', { action: authActionType, path: stringType });
export type AuthPermission = ValueOf<typeof permissionsType>[number];

const authUserMembers = { user: credentialType, pass: credentialType, ips: networkListType, permissions: permissionsType } as const;

export const authUsersType = objectListType('users', authUserMembers, { secretMember: 'pass' });
export type AuthInternalUser = ValueOf<typeof authUsersType>[number];

/** Anyone may publish, read and play back; the local machine may use the API, metrics and pprof. */
export const DEFAULT_AUTH_USERS: readonly AuthInternalUser[] = [
  {
    user: 'any',
    pass: '',
    ips: [],
    permissions: [
      { action: 'publish', path: '' },
      { action: 'read', path: '' },
      { action: 'playback', path: '' },
    ],
  },
  {
    user: 'any',
    pass: '',
    ips: ['127.0.0.1/32', '::1/128'],
    permissions: [
      { action: 'api', path: '' },
      { action: 'metrics', path: '' },
      { action: 'pprof', path: '' },
    ],
  },
];

export const encryptionType = enumType(['no', 'optional', 'strict'], {
  invalid: (word) => `invalid encryption: '${word}'`,
  onNull: 'keep',
  aliases: { false: 'no', true: 'strict', yes: 'strict' },
  goType: 'conf.alias',
});
export type Encryption = ValueOf<typeof encryptionType>;

const rtspTransportsItemType = enumType(['udp', 'multicast', 'tcp'], { invalid: (word) => `invalid transport: ${word}` });
export const rtspTransportsType = listType(rtspTransportsItemType, { unique: true });
export type RtspServerTransport = ValueOf<typeof rtspTransportsItemType>;

const rtspAuthMethodType = enumType(['basic', 'digest'], { invalid: (word) => `invalid authentication method: '${word}'` });
export const rtspAuthMethodsType = listType(rtspAuthMethodType, { goType: 'conf.RTSPAuthMethods' });
export type RtspAuthMethod = ValueOf<typeof rtspAuthMethodType>;

export const hlsVariantType = enumType(['mpegts', 'fmp4', 'lowLatency'], { invalid: (word) => `invalid HLS variant: '${word}'` });
export type HlsVariant = ValueOf<typeof hlsVariantType>;

export const iceServersType = objectListType('ICE servers', {
  url: stringType,
  username: stringType,
  password: stringType,
  clientOnly: boolType,
});
export type WebrtcIceServer = ValueOf<typeof iceServersType>[number];

export const recordFormatType = enumType(['fmp4', 'mpegts'], {
  invalid: (word) => `invalid record format '${word}'`,
  onNull: 'keep',
  goType: 'conf.alias',
});
export type RecordFormat = ValueOf<typeof recordFormatType>;

export const rtspTransportType = enumType(['automatic', 'udp', 'multicast', 'tcp'], { invalid: (word) => `invalid transport '${word}'` });
export type RtspSourceTransport = ValueOf<typeof rtspTransportType>;

export const rtspRangeTypeType = enumType(['', 'clock', 'npt', 'smpte'], {
  invalid: (word) => `invalid rtsp range type: '${word}'`,
  onNull: 'keep',
  goType: 'conf.alias',
});
export type RtspRangeType = ValueOf<typeof rtspRangeTypeType>;

export const moqTransportType = enumType(['quic', 'webtransport'], {
  invalid: (word) => `invalid MoQ transport '${word}'`,
  onNull: 'keep',
  goType: 'conf.alias',
});
export type MoqTransport = ValueOf<typeof moqTransportType>;

export const gopCacheType = enumType(['off', 'burst', 'catchUp'], {
  invalid: (word) => `invalid gopCache: '${word}'`,
  onNull: 'keep',
  whenFalse: 'off',
});
export type GopCache = ValueOf<typeof gopCacheType>;

export const forwardType = objectListType('destinations', {
  dest: stringType,
  destFingerprint: stringType,
  whipBearerToken: stringType,
});
export type ForwardDest = ValueOf<typeof forwardType>[number];

const webhookMembers = { url: stringType, events: stringListType, secret: stringType } as const;

export const webhooksType = objectListType('webhooks', webhookMembers, { secretMember: 'secret', check: checkWebhook });
export type Webhook = ValueOf<typeof webhooksType>[number];

/** What webhooks can be told of. */
export const EVENT_KINDS = [
  'path.available',
  'path.unavailable',
  'session.opened',
  'session.closed',
  'source.failed',
  'alert.raised',
  'alert.cleared',
  'source.switched',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

function checkWebhook({ url, events }: { url: string; events: readonly string[] }): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new ConfigError(`'${url}' is not a URL for a webhook: it begins with http:// or https://`);
  const unknown = events.find((event) => !EVENT_KINDS.some((kind) => kind === event));
  if (unknown !== undefined) throw new ConfigError(`there is no event '${unknown}': they are ${EVENT_KINDS.join(', ')}`);
}

/** What a stream must keep to; zero values are no limit. Bits a second, frames a second, milliseconds, parts per million. */
export const healthAlertsType = objectType('limits', {
  minBitrate: uintType,
  minFrameRate: floatType,
  maxKeyFrameInterval: durationType,
  maxClockDrift: uintType,
  maxSilence: durationType,
  noBFrames: boolType,
});
export type HealthAlerts = ValueOf<typeof healthAlertsType>;

export const ALWAYS_AVAILABLE_CODECS = ['AV1', 'VP9', 'H265', 'H264', 'Opus', 'MPEG4Audio', 'G711', 'LPCM'] as const;
export type AlwaysAvailableCodec = (typeof ALWAYS_AVAILABLE_CODECS)[number];

const LOWEST_SAMPLE_RATE_HZ: ReadonlyMap<string, number> = new Map([
  ['MPEG4Audio', 22050],
  ['G711', 8000],
  ['LPCM', 8000],
]);

const trackMembers = { codec: stringType, sampleRate: intType, channelCount: intType, muLaw: boolType } as const;

export const alwaysAvailableTracksType = objectListType('tracks', trackMembers, { ownDecoder: true, check: checkAlwaysAvailableTrack });
export type AlwaysAvailableTrack = ValueOf<typeof alwaysAvailableTracksType>[number];

/** Refuses a track whose audio parameters are missing or make no sense for its codec. */
export function checkAlwaysAvailableTrack(track: { codec: string; sampleRate: number; channelCount: number }): void {
  const { codec, sampleRate, channelCount } = track;
  if (!ALWAYS_AVAILABLE_CODECS.some((known) => known === codec)) throw new ConfigError(`unsupported codec '${codec}'`);
  const lowest = LOWEST_SAMPLE_RATE_HZ.get(codec);
  if (lowest === undefined) {
    if (sampleRate !== 0) throw new ConfigError(`sampleRate must not be specified for codec '${codec}'`);
    if (channelCount !== 0) throw new ConfigError(`channelCount must not be specified for codec '${codec}'`);
    return;
  }
  if (sampleRate === 0) throw new ConfigError(`sampleRate is mandatory for codec '${codec}'`);
  if (sampleRate < lowest) throw new ConfigError(`sampleRate must be greater than or equal to ${lowest} for codec '${codec}'`);
  if (channelCount === 0) throw new ConfigError(`channelCount is mandatory for codec '${codec}'`);
}
