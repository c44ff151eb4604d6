import { boolType, intType, stringType, uintType } from '../value-type.ts';
import { components } from './component.ts';
import { deprecatedKey, globalKey } from './key.ts';
import { encryptionType, networkListType, rtspAuthMethodsType, rtspTransportsType } from './types.ts';

/** RTSP and RTSPS server. */
export const RTSP_KEYS = {
  rtsp: globalKey(boolType, true, 'rtsp rtsps', 'Lets clients publish and read with RTSP.'),
  rtspDisable: deprecatedKey(boolType, {
    replacedBy: 'rtsp',
    as: 'not',
    warning: "parameter 'rtspDisabled' is deprecated and has been replaced with 'rtsp'",
  }),
  protocols: deprecatedKey(rtspTransportsType, { replacedBy: 'rtspTransports' }),
  rtspTransports: globalKey(rtspTransportsType, ['multicast', 'tcp', 'udp'], 'rtsp rtsps', 'Transports that clients may choose.'),
  encryption: deprecatedKey(encryptionType, { replacedBy: 'rtspEncryption' }),
  rtspEncryption: globalKey(
    encryptionType,
    'no',
    'pathManager rtsp rtsps',
    'TLS: never ("no"), beside the plain listener (optional), or instead of it (strict). Quote the "no".',
  ),
  rtspAddress: globalKey(
    stringType,
    ':8554',
    'pathManager rtsp rtsps rtmp rtmps srt',
    'TCP address of the plain listener. Hooks get its port as RTSP_PORT.',
  ),
  rtspsAddress: globalKey(stringType, ':8322', 'rtsps', 'TCP address of the TLS listener.'),
  rtpAddress: globalKey(stringType, ':8000', 'rtsp', 'UDP address of RTP; an even port.'),
  rtcpAddress: globalKey(stringType, ':8001', 'rtsp', 'UDP address of RTCP; the port after the one of RTP.'),
  multicastIPRange: globalKey(stringType, '224.1.0.0/16', 'rtsp', 'Multicast groups are taken from this network.'),
  multicastRTPPort: globalKey(intType, 8002, 'rtsp', 'Multicast port of RTP; even.'),
  multicastRTCPPort: globalKey(intType, 8003, 'rtsp', 'Multicast port of RTCP; the one after.'),
  srtpAddress: globalKey(stringType, ':8004', 'rtsps', 'UDP address of encrypted RTP; an even port.'),
  srtcpAddress: globalKey(stringType, ':8005', 'rtsps', 'UDP address of encrypted RTCP; the port after.'),
  multicastSRTPPort: globalKey(intType, 8006, 'rtsps', 'Multicast port of encrypted RTP; even.'),
  multicastSRTCPPort: globalKey(intType, 8007, 'rtsps', 'Multicast port of encrypted RTCP; the one after.'),
  serverKey: deprecatedKey(stringType, { replacedBy: 'rtspServerKey' }),
  serverCert: deprecatedKey(stringType, { replacedBy: 'rtspServerCert' }),
  rtspServerKey: globalKey(stringType, 'server.key', 'rtsps', 'TLS key file; read again when it changes.'),
  rtspServerCert: globalKey(stringType, 'server.crt', 'rtsps', 'TLS certificate file; read again when it changes.'),
  authMethods: deprecatedKey(rtspAuthMethodsType, { replacedBy: 'rtspAuthMethods' }),
  rtspAuthMethods: globalKey(
    rtspAuthMethodsType,
    ['basic'],
    'rtsp rtsps',
    'How clients send their password: basic, digest. Digest works with plain passwords of the internal method only.',
  ),
  rtspTrustedProxies: globalKey(
    networkListType,
    [],
    'rtsp rtsps',
    'Proxies whose PROXY protocol header is believed: addresses or networks.',
  ),
  rtspUDPReadBufferSize: {
    ...deprecatedKey(
      uintType,
      { warning: "parameter 'rtspUDPReadBufferSize' is deprecated and has been replaced with 'udpReadBufferSize'" },
      'Overrides `udpReadBufferSize` in the RTSP server.',
    ),
    restarts: components('rtsp rtsps'),
  },
} as const;

/** RTMP and RTMPS server. */
export const RTMP_KEYS = {
  rtmp: globalKey(boolType, true, 'rtmp rtmps', 'Lets clients publish and read with RTMP.'),
  rtmpDisable: deprecatedKey(boolType, {
    replacedBy: 'rtmp',
    as: 'not',
    warning: "parameter 'rtmpDisabled' is deprecated and has been replaced with 'rtmp'",
  }),
  rtmpEncryption: globalKey(
    encryptionType,
    'no',
    'rtmp rtmps',
    'TLS: never ("no"), beside the plain listener (optional), or instead of it (strict). Quote the "no".',
  ),
  rtmpAddress: globalKey(stringType, ':1935', 'rtmp', 'TCP address of the plain listener.'),
  rtmpsAddress: globalKey(stringType, ':1936', 'rtmps', 'TCP address of the TLS listener.'),
  rtmpServerKey: globalKey(stringType, 'server.key', 'rtmps', 'TLS key file; read again when it changes.'),
  rtmpServerCert: globalKey(stringType, 'server.crt', 'rtmps', 'TLS certificate file; read again when it changes.'),
  rtmpTrustedProxies: globalKey(
    networkListType,
    [],
    'rtmp rtmps',
    'Proxies whose PROXY protocol header is believed: addresses or networks.',
  ),
} as const;
