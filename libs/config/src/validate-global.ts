import { ConfigError } from './config-error.ts';
import type { GlobalConfig } from './schema/schema.ts';
import { PLAIN_CREDENTIAL_CHARACTERS, isHashedCredential, isPlainCredential } from './values/credential.ts';

/** Sends no more than a frame of Ethernet (1500) holds after the headers of IPv4 and UDP. */
const MAX_UDP_PAYLOAD_BYTES = 1472;

/** Checks the global keys together. Errors: ConfigError with MediaMTX's messages. */
export function validateGlobal(config: GlobalConfig): void {
  validateProcess(config);
  validateAuth(config);
  validateHttpServers(config);
  if (config.rtsp) validateRtsp(config);
  if (config.rtmp) refuseUnset(config.rtmpAddress, "'rtmpAddress' must be set when RTMP is enabled");
  validateHls(config);
  if (config.webrtc) validateWebrtc(config);
  if (config.moq) refuseUnset(config.moqQUICAddress, "'moqQUICAddress' must be set when MoQ is enabled");
}

function refuseIf(condition: boolean, message: string): void {
  if (condition) throw new ConfigError(message);
}

function refuseUnset(value: string | number, message: string): void {
  refuseIf(value === '' || value === 0, message);
}

function validateProcess(config: GlobalConfig): void {
  for (const key of ['readTimeout', 'writeTimeout', 'writeQueueSize'] as const) {
    refuseIf(config[key] <= 0, `'${key}' must be greater than zero`);
  }
  refuseIf(!Number.isInteger(Math.log2(config.writeQueueSize)), "'writeQueueSize' must be a power of two");
  refuseIf(config.udpMaxPayloadSize > MAX_UDP_PAYLOAD_BYTES, `'udpMaxPayloadSize' must be less than ${MAX_UDP_PAYLOAD_BYTES}`);
  refuseIf(
    config.databaseURL !== '' && !/^postgres(ql)?:\/\//.test(config.databaseURL),
    "'databaseURL' must be a PostgreSQL URL: postgres://user:password@host:port/database",
  );
}

function validateAuth(config: GlobalConfig): void {
  if (config.authMethod === 'internal') {
    for (const user of config.authInternalUsers) {
      refuseIf(user.user === '', 'empty usernames are not supported');
      refuseIf(user.user === 'any' && user.pass !== '', "using a password with 'any' user is not supported");
    }
  } else if (config.authMethod === 'http') {
    refuseUnset(config.authHTTPAddress, "'authHTTPAddress' is empty");
    refuseIf(!isHttpUrl(config.authHTTPAddress), "'externalAuthenticationURL' must be a HTTP URL");
  } else {
    refuseUnset(config.authJWTJWKS, "'authJWTJWKS' is empty");
    refuseIf(!isHttpUrl(config.authJWTJWKS), "'authJWTJWKS' must be a HTTP URL");
    refuseUnset(config.authJWTClaimKey, "'authJWTClaimKey' is empty");
  }
}

function isHttpUrl(url: string): boolean {
  return url.startsWith('http://') || url.startsWith('https://');
}

function validateHttpServers(config: GlobalConfig): void {
  if (config.api) refuseUnset(config.apiAddress, "'apiAddress' must be set when API is enabled");
  if (config.metrics) refuseUnset(config.metricsAddress, "'metricsAddress' must be set when metrics are enabled");
  if (config.pprof) refuseUnset(config.pprofAddress, "'pprofAddress' must be set when pprof is enabled");
  if (config.playback) refuseUnset(config.playbackAddress, "'playbackAddress' must be set when playback is enabled");
}

const RTSP_PLAIN_KEYS = {
  listener: 'rtspAddress',
  encryption: "'no' or 'optional'",
  udp: ['rtpAddress', 'rtcpAddress'],
  multicast: ['multicastIPRange', 'multicastRTPPort', 'multicastRTCPPort'],
} as const;

const RTSP_TLS_KEYS = {
  listener: 'rtspsAddress',
  encryption: "'optional' or 'strict'",
  udp: ['srtpAddress', 'srtcpAddress'],
  multicast: ['multicastIPRange', 'multicastSRTPPort', 'multicastSRTCPPort'],
} as const;

function validateRtsp(config: GlobalConfig): void {
  if (config.rtspEncryption !== 'strict') validateRtspListeners(config, RTSP_PLAIN_KEYS);
  if (config.rtspEncryption !== 'no') validateRtspListeners(config, RTSP_TLS_KEYS);
  refuseIf(config.rtspAuthMethods.length === 0, "at least one 'rtspAuthMethods' must be provided");
  if (!config.rtspAuthMethods.includes('digest')) return;
  refuseIf(config.authMethod !== 'internal', "when RTSP digest is enabled, the only supported auth method is 'internal'");
  const hashed = config.authInternalUsers.some((user) => isHashedCredential(user.user) || isHashedCredential(user.pass));
  refuseIf(hashed, 'when RTSP digest is enabled, hashed credentials cannot be used');
}

function validateRtspListeners(config: GlobalConfig, keys: typeof RTSP_PLAIN_KEYS | typeof RTSP_TLS_KEYS): void {
  const encryption = `RTSP encryption is ${keys.encryption}`;
  refuseUnset(config[keys.listener], `'${keys.listener}' must be set when RTSP is enabled and ${encryption}`);
  if (config.rtspTransports.includes('udp')) {
    for (const key of keys.udp) refuseUnset(config[key], `'${key}' must be set when UDP is enabled and ${encryption}`);
  }
  if (config.rtspTransports.includes('multicast')) {
    for (const key of keys.multicast) refuseUnset(config[key], `'${key}' must be set when UDP multicast is enabled and ${encryption}`);
  }
}

function validateHls(config: GlobalConfig): void {
  if (config.hls) refuseUnset(config.hlsAddress, "'hlsAddress' must be set when HLS is enabled");
  const secret = config.hlsCDNSecret;
  refuseIf(
    secret !== '' && !isPlainCredential(secret),
    `'hlsCDNSecret' contains unsupported characters. Supported are: ${PLAIN_CREDENTIAL_CHARACTERS}`,
  );
}

function validateWebrtc(config: GlobalConfig): void {
  refuseUnset(config.webrtcAddress, "'webrtcAddress' must be set when WebRTC is enabled");
  for (const { url } of config.webrtcICEServers2) {
    refuseIf(!/^(?:stun|turns?):/.test(url), `invalid ICE server: '${url}'`);
  }
  const listens = config.webrtcLocalUDPAddress !== '' || config.webrtcLocalTCPAddress !== '';
  refuseIf(
    !listens && config.webrtcICEServers2.length === 0,
    "at least one between 'webrtcLocalUDPAddress', 'webrtcLocalTCPAddress' or 'webrtcICEServers2' must be filled",
  );
  refuseIf(
    listens && !config.webrtcIPsFromInterfaces && config.webrtcAdditionalHosts.length === 0,
    "at least one between 'webrtcIPsFromInterfaces' or 'webrtcAdditionalHosts' must be filled",
  );
}
