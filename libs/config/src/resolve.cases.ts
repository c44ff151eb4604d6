/** Configurations that are refused, and why. */
export interface RefusedConfig {
  readonly name: string;
  readonly yaml: string;
  readonly error: string;
}

function path(...lines: string[]): string {
  return `paths:\n  mypath:\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

function top(...lines: string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

const PLAIN = "RTSP encryption is 'no' or 'optional'";
const TLS = "RTSP encryption is 'optional' or 'strict'";
const PATTERN = "a path with a regular expression (or path 'all_others')";

const GLOBAL: readonly [string, string][] = [
  ['readTimeout: 0s', "'readTimeout' must be greater than zero"],
  ['readTimeout: -1s', "'readTimeout' must be greater than zero"],
  ['writeTimeout: 0s', "'writeTimeout' must be greater than zero"],
  ['writeQueueSize: 0', "'writeQueueSize' must be greater than zero"],
  ['writeQueueSize: 1001', "'writeQueueSize' must be a power of two"],
  ['readBufferCount: 1001', "'writeQueueSize' must be a power of two"],
  ['udpMaxPayloadSize: 1473', "'udpMaxPayloadSize' must be less than 1472"],
  ['authInternalUsers: [{user: }]', 'empty usernames are not supported'],
  ['authInternalUsers: [{user: any, pass: test}]', "using a password with 'any' user is not supported"],
  ['authMethod: http', "'authHTTPAddress' is empty"],
  [top('authMethod: http', 'authHTTPAddress: ftp://invalid'), "'externalAuthenticationURL' must be a HTTP URL"],
  ['externalAuthenticationURL: ftp://invalid', "'externalAuthenticationURL' must be a HTTP URL"],
  ['authMethod: jwt', "'authJWTJWKS' is empty"],
  [top('authMethod: jwt', 'authJWTJWKS: ftp://invalid'), "'authJWTJWKS' must be a HTTP URL"],
  [top('authMethod: jwt', 'authJWTJWKS: https://a', 'authJWTClaimKey: ""'), "'authJWTClaimKey' is empty"],
  [top('api: yes', "apiAddress: ''"), "'apiAddress' must be set when API is enabled"],
  [top('metrics: yes', "metricsAddress: ''"), "'metricsAddress' must be set when metrics are enabled"],
  [top('pprof: yes', "pprofAddress: ''"), "'pprofAddress' must be set when pprof is enabled"],
  [top('playback: yes', "playbackAddress: ''"), "'playbackAddress' must be set when playback is enabled"],
  ["rtspAddress: ''", `'rtspAddress' must be set when RTSP is enabled and ${PLAIN}`],
  [top('rtspEncryption: optional', "rtspAddress: ''"), `'rtspAddress' must be set when RTSP is enabled and ${PLAIN}`],
  [top('rtspEncryption: strict', "rtspsAddress: ''"), `'rtspsAddress' must be set when RTSP is enabled and ${TLS}`],
  ["rtpAddress: ''", `'rtpAddress' must be set when UDP is enabled and ${PLAIN}`],
  ["rtcpAddress: ''", `'rtcpAddress' must be set when UDP is enabled and ${PLAIN}`],
  [top('rtspEncryption: optional', "srtpAddress: ''"), `'srtpAddress' must be set when UDP is enabled and ${TLS}`],
  [top('rtspEncryption: strict', "srtcpAddress: ''"), `'srtcpAddress' must be set when UDP is enabled and ${TLS}`],
  ["multicastIPRange: ''", `'multicastIPRange' must be set when UDP multicast is enabled and ${PLAIN}`],
  ['multicastRTPPort: 0', `'multicastRTPPort' must be set when UDP multicast is enabled and ${PLAIN}`],
  ['multicastRTCPPort: 0', `'multicastRTCPPort' must be set when UDP multicast is enabled and ${PLAIN}`],
  [top('rtspEncryption: strict', "multicastIPRange: ''"), `'multicastIPRange' must be set when UDP multicast is enabled and ${TLS}`],
  [top('rtspEncryption: optional', 'multicastSRTPPort: 0'), `'multicastSRTPPort' must be set when UDP multicast is enabled and ${TLS}`],
  [top('rtspEncryption: strict', 'multicastSRTCPPort: 0'), `'multicastSRTCPPort' must be set when UDP multicast is enabled and ${TLS}`],
  ['rtspAuthMethods: []', "at least one 'rtspAuthMethods' must be provided"],
  [
    top('rtspAuthMethods: [digest]', 'authMethod: http', 'authHTTPAddress: http://a'),
    "when RTSP digest is enabled, the only supported auth method is 'internal'",
  ],
  [
    top('rtspAuthMethods: [digest]', 'authInternalUsers: [{user: "sha256:test", pass: test}]'),
    'when RTSP digest is enabled, hashed credentials cannot be used',
  ],
  ["rtmpAddress: ''", "'rtmpAddress' must be set when RTMP is enabled"],
  ["hlsAddress: ''", "'hlsAddress' must be set when HLS is enabled"],
  [
    'hlsCDNSecret: "a b"',
    `'hlsCDNSecret' contains unsupported characters. Supported are: A-Z,0-9,!,$,(,),*,+,.,;,<,=,>,[,],^,_,-,",",@,#,&`,
  ],
  ["webrtcAddress: ''", "'webrtcAddress' must be set when WebRTC is enabled"],
  ['webrtcICEServers: [testing]', "invalid ICE server: 'testing'"],
  ['webrtcICEServers2: [{url: "http://a"}]', "invalid ICE server: 'http://a'"],
  [
    "webrtcLocalUDPAddress: ''",
    "at least one between 'webrtcLocalUDPAddress', 'webrtcLocalTCPAddress' or 'webrtcICEServers2' must be filled",
  ],
  ['webrtcIPsFromInterfaces: no', "at least one between 'webrtcIPsFromInterfaces' or 'webrtcAdditionalHosts' must be filled"],
  ["moqQUICAddress: ''", "'moqQUICAddress' must be set when MoQ is enabled"],
  [top('paths:', '  all:', '  all_others:'), "all_others, all and '~^.*$' are aliases"],
  [top('paths:', '  all_others:', '  ~^.*$:'), "all_others, all and '~^.*$' are aliases"],
  [top('paths:', "  '':"), "invalid path name '': cannot be empty"],
  [top('paths:', '  /a:'), "invalid path name '/a': can't begin with a slash"],
  [top('paths:', '  a/:'), "invalid path name 'a/': can't end with a slash"],
  [top('paths:', '  a b:'), "invalid path name 'a b': can contain only alphanumeric characters, underscore, dot, minus, slash"],
  [top('paths:', '  a/../b:'), "invalid path name 'a/../b': can't contain dot path segments"],
  [top('paths:', '  ~(:'), 'invalid regular expression: ('],
  [top('paths:', '  ~(a)\\1:'), 'invalid regular expression: (a)\\1'],
  [
    top('authInternalUsers: [{user: a}]', 'paths:', '  a:', '    readUser: b'),
    'authInternalUsers and legacy credentials (publishUser, publishPass, publishIPs, readUser, readPass, readIPs) cannot be used together',
  ],
];

const PATH: readonly [readonly string[], string][] = [
  [['healthAlerts: {minFrameRate: -1}'], "invalid 'healthAlerts': 'minFrameRate' must not be negative"],
  [['healthAlerts: {maxSilence: -3s}'], "invalid 'healthAlerts': 'maxSilence' must not be negative"],
  [['source: bogus'], "invalid source: 'bogus'"],
  [['source: "ftp://u:secret@h"'], "invalid source: 'ftp://u:***@h'"],
  [["source: ''"], "invalid source: ''"],
  [['source: RTSP://host'], "invalid source: 'RTSP://host'"],
  [['source: "rtsp://"'], "'rtsp://' is not a valid URL"],
  [['source: "rtsps+ws://h:x"'], "'rtsps+ws://h:x' is not a valid URL"],
  [['source: rtmp://$G1:$G2@'], "'rtmp://$G1:$G2@' is not a valid URL"],
  [['source: rtsp://user@localhost/stream'], 'username and password must be both provided'],
  [['source: "udp://$G1"'], "'udp://$G1' is missing the port"],
  [['source: "udp+mpegts://239.0.0.1"'], "'udp+mpegts://239.0.0.1' is missing the port"],
  [['source: "udp+rtp://239.0.0.1"', 'rtpSDP: x'], "'udp+rtp://239.0.0.1' is missing the port"],
  [['source: "udp+rtp://239.0.0.1:5000"'], '`rtpSDP` was not provided'],
  [['source: "unix+rtp:///tmp/x"'], '`rtpSDP` was not provided'],
  [['source: redirect'], 'source redirect must be filled'],
  [['source: redirect', 'sourceRedirect: invalid://invalid'], "'invalid://invalid' is not a valid RTSP URL"],
  [['source: redirect', 'sourceRedirect: /a/../b'], "'/a/../b': can't contain dot path segments"],
  [['sourceRedirect: rtsp://h'], "'sourceRedirect' is useless when source is not 'redirect'"],
  [['fallback: invalid://invalid'], "'invalid://invalid' is not a valid RTSP URL"],
  [['sourceBackups: [rtsp://h]'], "'sourceBackups' is useless when source is not pulled"],
  [['source: rtsp://h', 'sourceBackups: [rtsp://h, ftp://h]'], "invalid source: 'ftp://h'"],
  [['sourceOnDemand: yes'], "'sourceOnDemand' is useless when source is 'publisher'"],
  [['srtPublishPassphrase: a'], "invalid 'srtPublishPassphrase': must be between 10 and 79 characters"],
  [[`srtPublishPassphrase: ${'a'.repeat(80)}`], "invalid 'srtPublishPassphrase': must be between 10 and 79 characters"],
  [['source: rtsp://h', 'srtPublishPassphrase: aaaaaaaaaa'], "'srtPublishPassphase' can only be used when source is 'publisher'"],
  [['srtReadPassphrase: aaaaaaaaa'], "invalid 'readRTPassphrase': must be between 10 and 79 characters"],
  [["forward: [{dest: ''}]"], "invalid 'forward': entry 0: destination is empty"],
  [['forward: [{dest: "srt://a"}, {dest: "rtsp://"}]'], "invalid 'forward': entry 1: 'rtsp://' is not a valid URL"],
  [
    ['forward: [{dest: "http://a"}]'],
    "invalid 'forward': entry 0: unsupported scheme 'http', supported ones are rtmp, rtmps, rtsp, rtsps, srt, whip and whips",
  ],
  [['alwaysAvailable: yes'], "'alwaysAvailableTracks' must contain at least one track"],
  [['alwaysAvailable: yes', 'source: rtsp://h', 'sourceOnDemand: yes'], "'sourceOnDemand' is not compatible with 'alwaysAvailable'"],
  [['alwaysAvailable: yes', 'runOnDemand: x'], "'runOnDemand' and 'runOnUnDemand' cannot be used with 'alwaysAvailable'"],
  [
    ['alwaysAvailable: yes', 'alwaysAvailableTracks: [{codec: H264}]', 'alwaysAvailableFile: /path/to/file.mp4'],
    "'alwaysAvailableFile' and 'alwaysAvailableTracks' cannot be used together",
  ],
  [
    ['alwaysAvailable: yes', 'alwaysAvailableTracks: [{codec: H264}]', 'useAbsoluteTimestamp: yes'],
    "'useAbsoluteTimestamp' cannot be used with 'alwaysAvailable'",
  ],
  [['recordPath: invalid'], "'recordPath' must contain %path"],
  [["recordPath: '%path/invalid'"], "'recordPath' must contain either %s or %Y %m %d %H %M %S"],
  [["recordPath: '%path/%Y%m%d%H%M'"], "'recordPath' must contain either %s or %Y %m %d %H %M %S"],
  [['recordSegmentDuration: 25h'], 'maximum segment duration is 1 day'],
  [['recordSegmentDuration: 30m', 'recordDeleteAfter: 20m'], "'recordDeleteAfter' cannot be lower than 'recordSegmentDuration'"],
  [['source: rtsp://h', 'runOnDemand: x'], "'runOnDemand' and 'runOnUnDemand' can be used only when source is 'publisher'"],
  [['source: rtsp://h', 'runOnUnDemand: x'], "'runOnDemand' and 'runOnUnDemand' can be used only when source is 'publisher'"],
];

const PATTERN_PATH: readonly [readonly string[], string][] = [
  [['source: rtsp://h'], `${PATTERN} and a static source must have 'sourceOnDemand' set to true`],
  [['runOnInit: x'], `${PATTERN} does not support option 'runOnInit'; use another path`],
  [['alwaysAvailable: yes', 'alwaysAvailableTracks: [{codec: H264}]'], `'alwaysAvailable' cannot be used in ${PATTERN}`],
];

const RPI_CAMERA: readonly [readonly string[], string][] = [
  [['rpiCameraWidth: 0'], "invalid 'rpiCameraWidth' value"],
  [['rpiCameraHeight: 0'], "invalid 'rpiCameraHeight' value"],
  [['rpiCameraCodec: mjpeg', 'rpiCameraWidth: 1921'], "'rpiCameraWidth' must be a multiple of 8 and less than 2048 when using MJPEG"],
  [['rpiCameraCodec: mjpeg', 'rpiCameraHeight: 2048'], "'rpiCameraHeight' must be a multiple of 8 and less than 2048 when using MJPEG"],
  [['rpiCameraSecondary: yes', 'rpiCameraWidth: 2048'], "'rpiCameraWidth' must be a multiple of 8 and less than 2048 when using MJPEG"],
  ...[
    'rpiCameraExposure',
    'rpiCameraAWB',
    'rpiCameraDenoise',
    'rpiCameraMetering',
    'rpiCameraAfMode',
    'rpiCameraAfRange',
    'rpiCameraAfSpeed',
    'rpiCameraHardwareH264Profile',
    'rpiCameraHardwareH264Level',
    'rpiCameraSoftwareH264Profile',
    'rpiCameraSoftwareH264Level',
    'rpiCameraH264Profile',
    'rpiCameraH264Level',
  ].map((key): [readonly string[], string] => [[`${key}: bogus`], `invalid '${key}' value`]),
  [['rpiCameraProfile: bogus'], "invalid 'rpiCameraHardwareH264Profile' value"],
  [['rpiCameraAWBGains: [1]'], "invalid 'rpiCameraAWBGains' value"],
  [['rpiCameraCodec: bogus'], 'supported codecs for a RPI Camera stream are auto, hardwareH264, softwareH264, mjpeg'],
  [
    ['rpiCameraSecondary: yes', 'rpiCameraWidth: 640', 'rpiCameraHeight: 480'],
    'cannot find a primary RPI Camera stream to associate with the secondary stream',
  ],
];

const CAMERA = 'source: rpiCamera';
const SECOND = `{${CAMERA}, rpiCameraSecondary: yes, rpiCameraWidth: 640, rpiCameraHeight: 480}`;

export const refusedConfigs: readonly RefusedConfig[] = [
  ...GLOBAL.map(([yaml, error]) => ({ name: yaml, yaml, error })),
  ...PATH.map(([lines, error]) => ({ name: lines.join('; '), yaml: path(...lines), error })),
  ...PATTERN_PATH.flatMap(([lines, error]) =>
    ['~^x', 'all_others', 'all'].map((key) => ({
      name: `${key}: ${lines.join('; ')}`,
      yaml: path(...lines).replace('mypath', key),
      error,
    })),
  ),
  ...RPI_CAMERA.map(([lines, error]) => ({ name: lines.join('; '), yaml: path(CAMERA, ...lines), error })),
  {
    name: 'playback needs %f',
    yaml: `playback: yes\n${path("recordPath: '%path/%s'")}`,
    error: "'recordPath' must contain %f",
  },
  {
    name: 'one camera, two primary streams',
    yaml: `paths:\n  cam1: {${CAMERA}}\n  cam2: {${CAMERA}}\n`,
    error: "'rpiCamera' with same camera ID 0 is used as source in two paths, 'cam1' and 'cam2'",
  },
  {
    name: 'one camera, two secondary streams',
    yaml: `paths:\n  cam1: {${CAMERA}}\n  cam2: ${SECOND}\n  cam3: ${SECOND}\n`,
    error: 'a primary RPI Camera stream is associated with multiple secondary streams',
  },
];

/** Configurations that look odd and are fine. */
export const acceptedConfigs: readonly string[] = [
  '',
  'udpMaxPayloadSize: 1472',
  top("rtspAddress: ''", 'rtspEncryption: strict'),
  top("rtpAddress: ''", 'rtspTransports: [tcp]'),
  top('rtsp: no', "rtspAddress: ''", 'rtspAuthMethods: []'),
  top("webrtcLocalUDPAddress: ''", 'webrtcICEServers2: [{url: "stun:a:1"}]'),
  top('webrtcIPsFromInterfaces: no', 'webrtcAdditionalHosts: [a]'),
  top('moq: no', "moqQUICAddress: ''"),
  path('source: "unix+mpegts:///tmp/x"'),
  path('source: "udp+rtp://239.0.0.1:5000"', 'rtpSDP: x'),
  path('source: "udp://239.0.0.1:5000?interface=eth0"'),
  path('source: "wheps://h/x"'),
  path('source: "moqt://h"'),
  path('source: "https://h/index.m3u8"'),
  path('source: redirect', 'sourceRedirect: rtsps://h/x'),
  path('source: redirect', 'sourceRedirect: /other'),
  path(`srtReadPassphrase: ${'a'.repeat(79)}`, 'srtPublishPassphrase: aaaaaaaaaa'),
  path('forward: [{dest: "whip://localhost/stream/whip"}, {dest: "rtmp://$G1/$MTX_PATH"}]'),
  path('recordDeleteAfter: 0s', 'recordSegmentDuration: 24h'),
  path("recordPath: '%path/%s'"),
  path('source: redirect', 'sourceRedirect: /x').replace('mypath', '~^x'),
  path('alwaysAvailable: yes', 'alwaysAvailableTracks: [{codec: H264}]', 'runOnInit: x'),
  `paths:\n  cam1: {${CAMERA}}\n  cam2: ${SECOND}\n  cam3: {${CAMERA}, rpiCameraCamID: 1}\n`,
  ...[
    'rtsp',
    'rtsps',
    'rtsp+http',
    'rtsps+http',
    'rtsp+ws',
    'rtsps+ws',
    'rtmp',
    'rtmps',
    'http',
    'https',
    'srt',
    'moqt',
    'whep',
    'wheps',
  ].map((scheme) => path(`source: "${scheme}://$G1:$G2/$G3?$MTX_QUERY"`, 'sourceOnDemand: yes').replace('mypath', '~^a_(.+)_(.+)_(.+)$')),
];
