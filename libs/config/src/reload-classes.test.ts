import { describe, expect, test } from 'vitest';
import { CLOSED_WITH, COMPONENTS } from './schema/component.ts';
import type { Component } from './schema/component.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { KeyTable } from './schema/schema.ts';

/** What a change of a key restarts by itself, before what falls with it. Source: contract 1.6 and 1.9. */
const GLOBAL_CLASSES: readonly (readonly [components: string, keys: string])[] = [
  ['', 'authInternalUsers webhooks apiAllowCommands stateDirectory databaseURL'],
  ['logger', 'logDestinations logStructured logFile sysLogPrefix'],
  ['logger pathManager', 'logLevel'],
  ['metrics pprof playback pathManager rtsp rtsps rtmp rtmps hls webrtc api', 'dumpPackets'],
  ['auth metrics pprof playback pathManager rtsp rtsps rtmp rtmps hls webrtc srt moq api', 'readTimeout'],
  ['metrics pprof playback pathManager rtsp rtsps rtmp rtmps hls webrtc srt moq api', 'writeTimeout'],
  ['pathManager rtsp rtsps', 'writeQueueSize rtspEncryption'],
  ['pathManager srt', 'udpMaxPayloadSize'],
  ['pathManager rtsp rtsps webrtc moq', 'udpReadBufferSize'],
  ['pathManager rtsp rtsps rtmp rtmps srt', 'rtspAddress'],
  ['rtsp rtsps rtmp rtmps srt', 'runOnConnect runOnConnectRestart runOnDisconnect'],
  [
    'auth',
    'authMethod authHTTPAddress authHTTPFingerprint authHTTPExclude authJWTJWKS authJWTJWKSFingerprint authJWTClaimKey ' +
      'authJWTExclude authJWTIssuer authJWTAudience',
  ],
  ...['api', 'metrics', 'pprof', 'playback', 'hls', 'webrtc'].map((name) => [name, httpServerKeys(name)] as const),
  ['rtsp rtsps', 'rtsp rtspTransports rtspAuthMethods rtspTrustedProxies'],
  ['rtsp', 'rtpAddress rtcpAddress multicastIPRange multicastRTPPort multicastRTCPPort'],
  ['rtsps', 'rtspsAddress rtspServerKey rtspServerCert srtpAddress srtcpAddress multicastSRTPPort multicastSRTCPPort'],
  ['rtmp rtmps', 'rtmp rtmpEncryption rtmpTrustedProxies'],
  ['rtmp', 'rtmpAddress'],
  ['rtmps', 'rtmpsAddress rtmpServerKey rtmpServerCert'],
  [
    'hls',
    'hlsAlwaysRemux hlsVariant hlsSegmentCount hlsSegmentDuration hlsPartDuration hlsSegmentMaxSize hlsDirectory ' +
      'hlsMuxerCloseAfter hlsCDNSecret',
  ],
  [
    'webrtc',
    'webrtcLocalUDPAddress webrtcLocalTCPAddress webrtcIPsFromInterfaces webrtcIPsFromInterfacesList webrtcAdditionalHosts ' +
      'webrtcICEServers2 webrtcSTUNGatherTimeout webrtcHandshakeTimeout webrtcTrackGatherTimeout',
  ],
  ['srt', 'srt srtAddress'],
  ['moq', 'moq moqHTTP2Address moqHTTP3Address moqQUICAddress moqServerKey moqServerCert moqAllowOrigins moqTrustedProxies'],
];

function httpServerKeys(name: string): string {
  const keys = ['Address', 'Encryption', 'ServerKey', 'ServerCert', 'AllowOrigins', 'TrustedProxies'].map((key) => `${name}${key}`);
  return [name, ...keys].join(' ');
}

/** Path keys that a live path takes; all others close it. Source: contract 1.7. The last line: keys of our own. */
const HOT_PATH_KEYS = [
  'forward record recordPath recordFormat recordPartDuration recordMaxPartSize recordSegmentDuration recordDeleteAfter',
  'rpiCameraBrightness rpiCameraContrast rpiCameraSaturation rpiCameraSharpness rpiCameraExposure rpiCameraAWB rpiCameraAWBGains',
  'rpiCameraDenoise rpiCameraShutter rpiCameraMetering rpiCameraGain rpiCameraEV rpiCameraFPS rpiCameraFlickerPeriod',
  'rpiCameraTextOverlayEnable rpiCameraTextOverlay rpiCameraIDRPeriod rpiCameraBitrate',
  'gopCache healthAlerts publisherGrace sourceRecoveryDelay sourceSilenceTimeout',
].flatMap((line) => line.split(' '));

describe('what a change of a key restarts', () => {
  test.each(merged(GLOBAL_CLASSES))('[%s]: %j', (components, keys) => {
    const own = currentKeys(GLOBAL_KEYS).filter((name) => sorted(GLOBAL_KEYS[name]!.restarts ?? []) === components);
    expect(own.toSorted()).toEqual(keys);
  });

  test('every key has one class', () => {
    expect(GLOBAL_CLASSES.flatMap(([, keys]) => keys.split(' ')).toSorted()).toEqual(currentKeys(GLOBAL_KEYS).toSorted());
  });

  test.each<[Component, string]>([
    ['logger', 'metrics pprof recordCleaner playback pathManager rtsp rtsps rtmp rtmps hls webrtc srt moq api'],
    ['auth', 'metrics pprof playback pathManager rtsp rtsps rtmp rtmps hls webrtc srt moq api'],
    ['metrics', 'pathManager rtsp rtsps rtmp rtmps hls webrtc srt moq api'],
    ['pathManager', 'rtsp rtsps rtmp rtmps hls webrtc srt moq api'],
    ...(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'hls', 'webrtc', 'srt', 'moq'] as const).map((name): [Component, string] => [name, 'api']),
    ...(['pprof', 'recordCleaner', 'playback', 'api'] as const).map((name): [Component, string] => [name, '']),
  ])('with %s fall: %s', (component, expected) => {
    expect(closedWith(component).join(' ')).toBe(expected);
  });

  test('path keys', () => {
    expect(
      Object.keys(PATH_KEYS)
        .filter((name) => PATH_KEYS[name]!.hot === true)
        .toSorted(),
    ).toEqual(HOT_PATH_KEYS.toSorted());
  });
});

function currentKeys(table: KeyTable): readonly string[] {
  return Object.keys(table).filter((name) => table[name]!.deprecated === undefined);
}

function sorted(components: readonly Component[]): string {
  return COMPONENTS.filter((component) => components.includes(component)).join(' ');
}

/** The lines of the same components together. */
function merged(classes: typeof GLOBAL_CLASSES): readonly [string, readonly string[]][] {
  const byComponents = new Map<string, string[]>();
  for (const [components, keys] of classes) {
    const name = sorted(components.split(' ') as Component[]);
    byComponents.set(name, [...(byComponents.get(name) ?? []), ...keys.split(' ')].toSorted());
  }
  return [...byComponents];
}

function closedWith(component: Component): readonly Component[] {
  const closed = new Set([component]);
  for (const other of COMPONENTS) if (CLOSED_WITH[other].some((one) => closed.has(one))) closed.add(other);
  closed.delete(component);
  return [...closed];
}
