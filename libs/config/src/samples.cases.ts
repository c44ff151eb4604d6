/** Configurations as users write them, a feature each: they load, and nothing in them is warned of. */
export const SAMPLES: Readonly<Record<string, string>> = {
  'cameras at once and on demand': `
paths:
  front-door:
    source: rtsp://viewer:S3cret@192.0.2.10:554/ch1/main
    rtspTransport: tcp
  garden/pond:
    source: rtsps://192.0.2.11/stream
    sourceFingerprint: 33949e05fffb5ff3e8aa16f8213a6251b4d9363804ba53233c4da9a46d6f2739
    sourceOnDemand: yes
    sourceOnDemandStartTimeout: 15s
    sourceOnDemandCloseAfter: 1m
  "~^cam_([0-9]+)$":
    source: rtsp://192.0.2.$G1/stream?$MTX_QUERY
    sourceOnDemand: yes
`,
  'sources of every protocol': `
paths:
  rtmp: { source: "rtmps://192.0.2.1/app/stream" }
  hls: { source: "https://cdn.example.com/live/index.m3u8" }
  whep: { source: "wheps://192.0.2.1:8889/stream/whep", whepBearerToken: token }
  srt: { source: "srt://192.0.2.1:8890?streamid=read:stream&passphrase=longenough1" }
  mpegts: { source: "udp+mpegts://238.0.0.1:1234?source=192.0.2.7&interface=eth0" }
  older-mpegts: { source: "udp://0.0.0.0:1235" }
  unix: { source: "unix+mpegts:///run/stream.sock" }
  rtp:
    source: udp+rtp://238.0.0.1:5004
    rtpSDP: |
      v=0
      o=- 1 1 IN IP4 192.0.2.7
      s=-
      c=IN IP4 192.0.2.7
      t=0 0
      m=video 5004 RTP/AVP 96
      a=rtpmap:96 H264/90000
  camera: { source: rpiCamera, rpiCameraWidth: 1280, rpiCameraHeight: 720, rpiCameraVFlip: yes }
  elsewhere: { source: redirect, sourceRedirect: "rtsp://192.0.2.9/other" }
`,
  'users, permissions and hashed passwords': `
authInternalUsers:
  - user: any
    permissions:
      - { action: read, path: public }
  - user: sha256:j1tsRqDEw9xvq/D7/9tMx6Jh/jMhk3UfjwIB2f1zgMo=
    pass: sha256:BdSWkrdV+ZxFBLUQQY7+7uv9RmiSVA8nrPmjGjJtZQQ=
    ips: [10.0.0.0/8, "2001:db8::/32"]
    permissions:
      - { action: publish, path: "~^cameras/" }
      - action: playback
rtspAuthMethods: [basic]
paths:
  all_others:
`,
  'an HTTP server that decides': `
authMethod: http
authHTTPAddress: https://auth.example.com/check
authHTTPExclude:
  - action: api
  - { action: read, path: public }
`,
  'JSON web tokens': `
authMethod: jwt
authJWTJWKS: https://id.example.com/jwks.json
authJWTClaimKey: streams
authJWTIssuer: https://id.example.com
authJWTAudience: streams
authJWTExclude: []
`,
  'recording of some paths': `
pathDefaults:
  recordPath: /var/recordings/%path/%Y/%m/%d/%H-%M-%S-%f
  recordFormat: mpegts
  recordPartDuration: 500ms
  recordMaxPartSize: 20M
  recordSegmentDuration: 30m
  recordDeleteAfter: 7d
playback: yes
playbackAddress: 127.0.0.1:9996
paths:
  front-door: { record: yes }
  "~^archive/": { record: yes, recordDeleteAfter: 0s }
`,
  hooks: `
runOnConnect: logger "connected $MTX_CONN_ID"
runOnDisconnect: logger "disconnected $MTX_CONN_ID"
paths:
  test:
    runOnInit: ffmpeg -re -f lavfi -i testsrc=size=640x480 -f rtsp rtsp://localhost:$RTSP_PORT/$MTX_PATH
    runOnInitRestart: yes
  "~^lazy/(.+)$":
    runOnDemand: ffmpeg -i /videos/$G1.mp4 -c copy -f rtsp rtsp://localhost:$RTSP_PORT/$MTX_PATH
    runOnDemandCloseAfter: 30s
  all_others:
    runOnAvailable: /opt/tell.sh up
    runOnUnavailable: /opt/tell.sh down
    runOnRead: /opt/tell.sh reader
    runOnUnread: /opt/tell.sh gone
    runOnRecordSegmentComplete: /opt/upload.sh $MTX_SEGMENT_PATH
`,
  'forwarding to platforms': `
paths:
  show:
    forward:
      - dest: rtmps://ingest.example.com:443/app/key
        destFingerprint: 33949e05fffb5ff3e8aa16f8213a6251b4d9363804ba53233c4da9a46d6f2739
      - dest: srt://192.0.2.5:9000?streamid=publish:$MTX_PATH
      - dest: whips://192.0.2.6/whip
        whipBearerToken: token
`,
  'always available': `
paths:
  studio:
    alwaysAvailable: yes
    alwaysAvailableTracks:
      - codec: H264
      - { codec: MPEG4Audio, sampleRate: 48000, channelCount: 2 }
      - { codec: G711, sampleRate: 8000, channelCount: 1, muLaw: yes }
`,
  'encryption everywhere': `
rtspEncryption: "strict"
rtspServerKey: /etc/certs/key.pem
rtspServerCert: /etc/certs/cert.pem
rtmpEncryption: "optional"
hlsEncryption: yes
webrtcEncryption: yes
api: yes
apiEncryption: yes
metrics: yes
metricsEncryption: yes
pprof: yes
`,
  'behind a proxy': `
api: on
apiAddress: unix:///run/api.sock
apiAllowOrigins: ["https://*.example.com"]
apiTrustedProxies: [127.0.0.1, 10.0.0.0/8]
hlsTrustedProxies: [127.0.0.1]
webrtcTrustedProxies: ["::1"]
rtspTrustedProxies: [10.1.0.0/16]
`,
  'low latency and browsers': `
hlsAlwaysRemux: yes
hlsVariant: lowLatency
hlsSegmentCount: 10
hlsSegmentDuration: 2s
hlsPartDuration: 400ms
hlsSegmentMaxSize: 50M
hlsDirectory: /dev/shm/hls
webrtcLocalUDPAddress: :8189
webrtcLocalTCPAddress: :8189
webrtcAdditionalHosts: [stream.example.com]
webrtcIPsFromInterfacesList: [eth0]
webrtcICEServers2:
  - url: turns:turn.example.com:443?transport=tcp
    username: AUTH_SECRET
    password: secret
    clientOnly: yes
`,
  'logs, timeouts and buffers': `
logLevel: debug
logDestinations: [stdout, file, syslog]
logStructured: yes
logFile: /var/log/mediamtx.log
sysLogPrefix: streams
readTimeout: 20s
writeTimeout: 1m30s
writeQueueSize: 1024
udpMaxPayloadSize: 1400
rtspTransports: [tcp]
`,
  'passphrases and limits': `
srt: yes
paths:
  contribution:
    srtPublishPassphrase: publish-passphrase
    srtReadPassphrase: read-passphrase
    overridePublisher: no
    maxReaders: 20
    useAbsoluteTimestamp: yes
`,
  'a path without keys, a number and a name that look like other things': `
paths:
  cam1:
  7: { source: publisher }
  on-air: {}
`,
};
