import { durationType, sizeType } from '../text-types.ts';
import { boolType, intType, stringType } from '../value-type.ts';
import { deprecatedKey, globalKey } from './key.ts';
import { hlsVariantType, iceServersType, networkListType, stringListType } from './types.ts';

const ORIGINS = 'Origins of web pages that may use it from a browser; "*" is any.';
const PROXIES = 'Proxies whose X-Forwarded-For header is believed: addresses or networks.';
const SERVER_KEY = 'TLS key file; read again when it changes.';
const SERVER_CERT = 'TLS certificate file; read again when it changes.';

/** HLS server. */
export const HLS_KEYS = {
  hls: globalKey(boolType, true, 'hls', 'Lets clients read with HLS.'),
  hlsDisable: deprecatedKey(boolType, { replacedBy: 'hls', as: 'not' }),
  hlsAddress: globalKey(stringType, ':8888', 'hls', 'TCP address, or unix:// and the path of a socket.'),
  hlsEncryption: globalKey(
    boolType,
    false,
    'hls',
    'Serves HTTPS instead of HTTP; browsers want it for the low-latency variant over HTTP/2.',
  ),
  hlsServerKey: globalKey(stringType, 'server.key', 'hls', SERVER_KEY),
  hlsServerCert: globalKey(stringType, 'server.crt', 'hls', SERVER_CERT),
  hlsAllowOrigin: deprecatedKey(stringType, { replacedBy: 'hlsAllowOrigins', as: 'list' }),
  hlsAllowOrigins: globalKey(stringListType, ['*'], 'hls', ORIGINS),
  hlsTrustedProxies: globalKey(networkListType, [], 'hls', PROXIES),
  hlsAlwaysRemux: globalKey(boolType, false, 'hls', 'Makes segments from the start of a stream, not only while someone watches.'),
  hlsVariant: globalKey(hlsVariantType, 'lowLatency', 'hls', 'mpegts, fmp4, or lowLatency (fMP4 with parts).'),
  hlsSegmentCount: globalKey(intType, 7, 'hls', 'Segments in a playlist: how far back a viewer can go. At least 3, or 7 with lowLatency.'),
  hlsSegmentDuration: globalKey(durationType, 1000, 'hls', 'Least duration of a segment; it ends at the next key frame.'),
  hlsPartDuration: globalKey(durationType, 200, 'hls', 'Least duration of a part (lowLatency).'),
  hlsSegmentMaxSize: globalKey(sizeType, 50 * 1024 * 1024, 'hls', 'A segment that grows beyond this ends its muxer.'),
  hlsDirectory: globalKey(stringType, '', 'hls', 'Directory for segments. Empty: they are kept in memory.'),
  hlsMuxerCloseAfter: globalKey(durationType, 60_000, 'hls', 'Segments are made for this long after the last request.'),
  hlsCDNSecret: globalKey(stringType, '', 'hls', 'Secret by which a CDN identifies itself, so that its requests count as one reader.'),
} as const;

/** WebRTC server. */
export const WEBRTC_KEYS = {
  webrtc: globalKey(boolType, true, 'webrtc', 'Lets clients publish and read with WebRTC (WHIP, WHEP).'),
  webrtcDisable: deprecatedKey(boolType, { replacedBy: 'webrtc', as: 'not' }),
  webrtcAddress: globalKey(stringType, ':8889', 'webrtc', 'TCP address of pages, WHIP and WHEP, or unix:// and the path of a socket.'),
  webrtcEncryption: globalKey(boolType, false, 'webrtc', 'Serves HTTPS instead of HTTP; browsers need it to use camera and microphone.'),
  webrtcServerKey: globalKey(stringType, 'server.key', 'webrtc', SERVER_KEY),
  webrtcServerCert: globalKey(stringType, 'server.crt', 'webrtc', SERVER_CERT),
  webrtcAllowOrigin: deprecatedKey(stringType, { replacedBy: 'webrtcAllowOrigins', as: 'list' }),
  webrtcAllowOrigins: globalKey(stringListType, ['*'], 'webrtc', ORIGINS),
  webrtcTrustedProxies: globalKey(networkListType, [], 'webrtc', PROXIES),
  webrtcLocalUDPAddress: globalKey(stringType, ':8189', 'webrtc', 'UDP address for media of all clients. Empty: off.'),
  webrtcLocalTCPAddress: globalKey(stringType, '', 'webrtc', 'TCP address for media, for clients that cannot use UDP. Empty: off.'),
  webrtcIPsFromInterfaces: globalKey(boolType, true, 'webrtc', "Tells clients the addresses of this machine's network interfaces."),
  webrtcIPsFromInterfacesList: globalKey(stringListType, [], 'webrtc', 'Interfaces whose addresses are told. Empty: all.'),
  webrtcAdditionalHosts: globalKey(
    stringListType,
    [],
    'webrtc',
    'Further addresses or host names by which clients reach this machine, for instance the public one.',
  ),
  webrtcICEServers2: globalKey(
    iceServersType,
    [],
    'webrtc',
    'STUN and TURN servers, for clients and the server. With clientOnly, only clients use them.',
  ),
  webrtcSTUNGatherTimeout: globalKey(durationType, 5000, 'webrtc', 'Longest wait for answers of STUN and TURN servers.'),
  webrtcHandshakeTimeout: globalKey(durationType, 10_000, 'webrtc', 'Longest time for ICE and DTLS.'),
  webrtcTrackGatherTimeout: globalKey(durationType, 2000, 'webrtc', 'Longest wait for the tracks of a publisher.'),
  webrtcICEUDPMuxAddress: deprecatedKey(stringType, { replacedBy: 'webrtcLocalUDPAddress' }),
  webrtcICETCPMuxAddress: deprecatedKey(stringType, { replacedBy: 'webrtcLocalTCPAddress' }),
  webrtcICEHostNAT1To1IPs: deprecatedKey(stringListType, { replacedBy: 'webrtcAdditionalHosts' }),
  webrtcICEServers: deprecatedKey(
    stringListType,
    { warning: "parameter 'webrtcICEServers' is deprecated and has been replaced with 'webrtcICEServers2'" },
    'Appended to `webrtcICEServers2`; `type:user:password:host:port`, or a URL.',
  ),
} as const;

/** SRT server. */
export const SRT_KEYS = {
  srt: globalKey(boolType, true, 'srt', 'Lets clients publish and read with SRT.'),
  srtAddress: globalKey(stringType, ':8890', 'srt', 'UDP address.'),
} as const;

/** Media over QUIC; Node.js has no QUIC, so these keys are checked and nothing is served. */
export const MOQ_KEYS = {
  moq: globalKey(boolType, true, 'moq', 'Accepted for compatibility: Media over QUIC is not served.'),
  moqHTTP2Address: globalKey(stringType, ':8892', 'moq', 'TCP address of its pages.'),
  moqHTTP3Address: globalKey(stringType, ':8892', 'moq', 'UDP address of WebTransport.'),
  moqQUICAddress: globalKey(stringType, ':8893', 'moq', 'UDP address of native QUIC.'),
  moqServerKey: globalKey(stringType, 'auto.key', 'moq', 'TLS key file; auto.key is generated.'),
  moqServerCert: globalKey(stringType, 'auto.crt', 'moq', 'TLS certificate file; auto.crt is generated.'),
  moqAllowOrigins: globalKey(stringListType, ['*'], 'moq', ORIGINS),
  moqTrustedProxies: globalKey(networkListType, [], 'moq', PROXIES),
  moqHTTPS2Address: deprecatedKey(stringType, { replacedBy: 'moqHTTP2Address' }),
  moqHTTPS3Address: deprecatedKey(stringType, { replacedBy: 'moqHTTP3Address' }),
} as const;
