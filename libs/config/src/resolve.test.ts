import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfigText } from './config-file.ts';
import { patchGlobal, patchPath, patchPathDefaults, replacePath } from './document.ts';
import { acceptedConfigs, refusedConfigs } from './resolve.cases.ts';
import { resolveConfig } from './resolve.ts';
import { GLOBAL_KEYS, PATH_KEYS, defaultGlobalConfig, defaultPathConfig } from './schema/schema.ts';
import { DEFAULT_AUTH_USERS } from './schema/types.ts';

function resolve(yaml: string) {
  return resolveConfig(parseConfigText(yaml));
}

function errorOf(yaml: string): unknown {
  try {
    resolve(yaml);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('schema', () => {
  test('has the keys of MediaMTX and our own', () => {
    const [global, path] = [Object.values(GLOBAL_KEYS), Object.values(PATH_KEYS)];
    expect(global).toHaveLength(151 + 4);
    expect(global.filter((key) => key.deprecated !== undefined)).toHaveLength(31);
    expect(path).toHaveLength(114 + 6);
    expect(path.filter((key) => key.deprecated !== undefined)).toHaveLength(24);
  });

  test('defaults, typed', () => {
    const { config } = resolve('');
    expect(config).toMatchObject({
      rtspAddress: ':8554',
      readTimeout: 10_000,
      hlsPartDuration: 200,
      hlsSegmentMaxSize: 50 * 1024 * 1024,
      rtspTransports: ['multicast', 'tcp', 'udp'],
      authInternalUsers: DEFAULT_AUTH_USERS,
      apiAllowCommands: true,
      stateDirectory: '',
      databaseURL: '',
      api: false,
    });
    expect(config.pathDefaults).toMatchObject({
      name: '',
      source: 'publisher',
      recordDeleteAfter: 86_400_000,
      gopCache: 'off',
      publisherGrace: 0,
      sourceBackups: [],
      sourceSilenceTimeout: 5000,
      sourceRecoveryDelay: 10_000,
    });
    expect(config.paths.size).toBe(0);
    expect(config.rtspDisable).toBeUndefined();
    expect(Object.keys(config)).not.toContain('rtspDisable');
  });

  test('defaults are not shared', () => {
    expect(defaultGlobalConfig().authInternalUsers).not.toBe(DEFAULT_AUTH_USERS);
    expect(defaultPathConfig().rpiCameraAWBGains).not.toBe(defaultPathConfig().rpiCameraAWBGains);
  });
});

describe('refused', () => {
  test.each(refusedConfigs)('$name', ({ yaml, error }) => {
    expect(errorOf(yaml)).toMatchObject({ name: 'ConfigError', reason: error });
  });

  test('pathDefaults alone are not checked', () => {
    expect(errorOf('pathDefaults: {source: bogus}')).toBeUndefined();
    expect(errorOf('pathDefaults: {source: bogus}\npaths: {a: }')).toMatchObject({ reason: "invalid source: 'bogus'" });
  });

  test('paths are checked in the order of their names', () => {
    expect(errorOf('paths:\n  b: {source: b}\n  a: {source: a}\n')).toMatchObject({ reason: "invalid source: 'a'" });
  });
});

test.each(acceptedConfigs)('accepted: %j', (yaml) => {
  expect(errorOf(yaml)).toBeUndefined();
});

test('every path key is resolved from the path, then pathDefaults, then the default', () => {
  const { config } = resolve('pathDefaults: {record: yes, maxReaders: 5}\npaths:\n  a:\n  b: {maxReaders: 6, recordFormat: mpegts}\n');
  expect(config.paths.get('a')).toMatchObject({ name: 'a', record: true, maxReaders: 5, recordFormat: 'fmp4' });
  expect(config.paths.get('b')).toMatchObject({ name: 'b', record: true, maxReaders: 6, recordFormat: 'mpegts' });
});

describe('deprecated keys', () => {
  test.each<[string, object, string]>([
    [
      'readBufferCount: 1024',
      { writeQueueSize: 1024 },
      "parameter 'readBufferCount' is deprecated and has been replaced with 'writeQueueSize'",
    ],
    [
      'externalAuthenticationURL: http://a',
      { authMethod: 'http', authHTTPAddress: 'http://a' },
      "parameter 'externalAuthenticationURL' is deprecated and has been replaced with 'authMethod' and 'authHTTPAddress'",
    ],
    [
      'authJWTInHTTPQuery: yes',
      { authJWTInHTTPQuery: true },
      "parameter 'authJWTInHTTPQuery' is deprecated and will be removed in a future release",
    ],
    ...['api', 'metrics', 'pprof', 'playback', 'hls', 'webrtc'].map((server): [string, object, string] => [
      `${server}AllowOrigin: http://a`,
      { [`${server}AllowOrigins`]: ['http://a'] },
      `parameter '${server}AllowOrigin' is deprecated and has been replaced with '${server}AllowOrigins'`,
    ]),
    ['rtspDisable: yes', { rtsp: false }, "parameter 'rtspDisabled' is deprecated and has been replaced with 'rtsp'"],
    ['rtmpDisable: yes', { rtmp: false }, "parameter 'rtmpDisabled' is deprecated and has been replaced with 'rtmp'"],
    ['hlsDisable: yes', { hls: false }, "parameter 'hlsDisable' is deprecated and has been replaced with 'hls'"],
    ['webrtcDisable: no', { webrtc: true }, "parameter 'webrtcDisable' is deprecated and has been replaced with 'webrtc'"],
    ['protocols: [tcp]', { rtspTransports: ['tcp'] }, "parameter 'protocols' is deprecated and has been replaced with 'rtspTransports'"],
    [
      'encryption: optional',
      { rtspEncryption: 'optional' },
      "parameter 'encryption' is deprecated and has been replaced with 'rtspEncryption'",
    ],
    ['serverKey: k', { rtspServerKey: 'k' }, "parameter 'serverKey' is deprecated and has been replaced with 'rtspServerKey'"],
    ['serverCert: c', { rtspServerCert: 'c' }, "parameter 'serverCert' is deprecated and has been replaced with 'rtspServerCert'"],
    [
      'authMethods: [digest]',
      { rtspAuthMethods: ['digest'] },
      "parameter 'authMethods' is deprecated and has been replaced with 'rtspAuthMethods'",
    ],
    [
      'rtspUDPReadBufferSize: 5',
      { udpReadBufferSize: 0, rtspUDPReadBufferSize: 5 },
      "parameter 'rtspUDPReadBufferSize' is deprecated and has been replaced with 'udpReadBufferSize'",
    ],
    [
      'webrtcICEHostNAT1To1IPs: [1.2.3.4]',
      { webrtcAdditionalHosts: ['1.2.3.4'] },
      "parameter 'webrtcICEHostNAT1To1IPs' is deprecated and has been replaced with 'webrtcAdditionalHosts'",
    ],
    [
      'webrtcICETCPMuxAddress: ":1"',
      { webrtcLocalTCPAddress: ':1' },
      "parameter 'webrtcICETCPMuxAddress' is deprecated and has been replaced with 'webrtcLocalTCPAddress'",
    ],
    [
      'webrtcICEUDPMuxAddress: ":1"',
      { webrtcLocalUDPAddress: ':1' },
      "parameter 'webrtcICEUDPMuxAddress' is deprecated and has been replaced with 'webrtcLocalUDPAddress'",
    ],
    [
      'moqHTTPS2Address: ":1"',
      { moqHTTP2Address: ':1' },
      "parameter 'moqHTTPS2Address' is deprecated and has been replaced with 'moqHTTP2Address'",
    ],
    [
      'moqHTTPS3Address: ":1"',
      { moqHTTP3Address: ':1' },
      "parameter 'moqHTTPS3Address' is deprecated and has been replaced with 'moqHTTP3Address'",
    ],
  ])('%s', (yaml, expected, warning) => {
    const { config, warnings } = resolve(yaml);
    expect(config).toMatchObject(expected);
    expect(warnings).toEqual([{ key: yaml.split(':')[0], message: warning }]);
  });

  test('ICE servers are appended, once', () => {
    const document = parseConfigText('webrtcICEServers2: [{url: "stun:a"}]\nwebrtcICEServers: ["turn:u:p:h:1", "stun:h:1"]');
    const servers = [
      { url: 'stun:a', username: '', password: '', clientOnly: false },
      { url: 'turn:h:1', username: 'u', password: 'p', clientOnly: false },
      { url: 'stun:h:1', username: '', password: '', clientOnly: false },
    ];
    expect(resolveConfig(document).config.webrtcICEServers2).toEqual(servers);
    expect(resolveConfig(patchGlobal(document, { api: true })).config.webrtcICEServers2).toEqual(servers);
  });

  test.each([
    ['record: yes', { record: true }],
    ['recordPath: "%path/%s"', { recordPath: '%path/%s' }],
    ['recordFormat: mpegts', { recordFormat: 'mpegts' }],
    ['recordPartDuration: 5s', { recordPartDuration: 5000 }],
    ['recordSegmentDuration: 5s', { recordSegmentDuration: 5000 }],
    ['recordDeleteAfter: 5h', { recordDeleteAfter: 18_000_000 }],
  ])('global %s goes to pathDefaults', (yaml, expected) => {
    const { config, warnings } = resolve(`${yaml}\npaths: {a: }`);
    const key = yaml.split(':')[0] ?? '';
    expect(config.paths.get('a')).toMatchObject(expected);
    expect(warnings).toEqual([{ key, message: `parameter '${key}' is deprecated and has been replaced with 'pathDefaults.${key}'` }]);
  });

  test.each<[string, object]>([
    ['disablePublisherOverride: yes', { overridePublisher: false }],
    ['source: rtsp://h\n    sourceProtocol: tcp', { rtspTransport: 'tcp' }],
    ['source: rtsps+ws://h\n    sourceAnyPortEnable: yes', { rtspAnyPort: true }],
    ['source: rpiCamera\n    rpiCameraJPEGQuality: 10', { rpiCameraMJPEGQuality: 10 }],
    ['source: rpiCamera\n    rpiCameraProfile: main', { rpiCameraHardwareH264Profile: 'main', rpiCameraH264Profile: 'auto' }],
    ['runOnReady: a', { runOnAvailable: 'a' }],
    ['runOnReadyRestart: yes', { runOnAvailableRestart: true }],
    ['runOnNotReady: a', { runOnUnavailable: 'a' }],
    ['playback: yes', { playback: true }],
    ['fallback: /other', { fallback: '/other' }],
    ['rtspUDPReadBufferSize: 5', { rtspUDPReadBufferSize: 5 }],
  ])('path key %s', (yaml, expected) => {
    const { config, warnings } = resolve(`paths:\n  a:\n    ${yaml}\n  b:\n`);
    expect(config.paths.get('a')).toMatchObject(expected);
    expect(warnings.length).toBeGreaterThan(0);
  });

  test.each(['source: rtsp://h\n    disablePublisherOverride: yes', 'sourceProtocol: tcp', 'rpiCameraJPEGQuality: 10'])(
    'not for this source: %s',
    (yaml) => {
      const { config, warnings } = resolve(`paths:\n  a:\n    ${yaml}\n`);
      expect(warnings).toEqual([]);
      expect(config.paths.get('a')).toMatchObject({ overridePublisher: true, rtspTransport: 'automatic', rpiCameraMJPEGQuality: 60 });
    },
  );

  test('a warning that many paths cause is given once', () => {
    expect(resolve('pathDefaults: {runOnReady: x}\npaths: {a: , b: , c: }').warnings).toHaveLength(1);
  });

  test('unix+rtp sources', () => {
    const { warnings } = resolve('paths:\n  a:\n    source: unix+rtp:///x\n    rtpSDP: x');
    expect(warnings[0]?.message).toBe("source 'unix+rtp' is deprecated due to intrinsic instability, use 'udp+rtp' instead");
  });
});

describe('users of single paths', () => {
  const local = DEFAULT_AUTH_USERS[1];

  test('become internal users', () => {
    const { config, warnings } = resolve(
      'paths:\n  my/path:\n    publishUser: a\n    publishPass: b\n    publishIPs: [1.2.3.4]\n    readUser: c\n    readPass: d\n  all_others:\n',
    );
    expect(warnings[0]?.message).toBe(
      'you are using one or more authentication-related deprecated parameters (publishUser, publishPass, publishIPs, readUser, readPass, readIPs). ' +
        "These have been replaced by 'authInternalUsers'",
    );
    const anyone = { user: 'any', pass: '', ips: ['0.0.0.0/0'] };
    expect(config.authInternalUsers).toEqual([
      { user: 'any', pass: '', ips: [], permissions: [{ action: 'playback', path: '' }] },
      local,
      { ...anyone, permissions: [{ action: 'publish', path: '~^.*$' }] },
      { ...anyone, permissions: [{ action: 'read', path: '~^.*$' }] },
      { user: 'a', pass: 'b', ips: ['1.2.3.4/32'], permissions: [{ action: 'publish', path: 'my/path' }] },
      { user: 'c', pass: 'd', ips: ['0.0.0.0/0'], permissions: [{ action: 'read', path: 'my/path' }] },
    ]);
  });

  test('in pathDefaults', () => {
    const { config } = resolve('pathDefaults: {readUser: c, readPass: d}\npaths: {a: }');
    expect(config.authInternalUsers[3]).toEqual({ user: 'c', pass: 'd', ips: ['0.0.0.0/0'], permissions: [{ action: 'read', path: 'a' }] });
  });

  test('a later change of the configuration is possible', () => {
    const document = parseConfigText('paths: {a: {readUser: c, readPass: d}}');
    expect(resolveConfig(patchGlobal(document, { api: true })).config.authInternalUsers).toHaveLength(4);
  });

  test('a password without a user would let everyone in', () => {
    expect(errorOf('paths: {a: {readPass: d}}')).toMatchObject({ reason: "using a password with 'any' user is not supported" });
  });
});

describe('files of alwaysAvailable', () => {
  const yaml = (file: string) => `paths:\n  a:\n    alwaysAvailable: yes\n    alwaysAvailableFile: ${JSON.stringify(file)}\n`;

  function withFile(content: string, run: (file: string) => void): void {
    const directory = mkdtempSync(join(tmpdir(), 'config-'));
    try {
      const file = join(directory, 'a.mp4');
      writeFileSync(file, content, 'latin1');
      run(file);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  test('MP4', () => {
    withFile('\0\0\0\x20ftypisom', (file) => expect(errorOf(yaml(file))).toBeUndefined());
  });

  test.each([
    ['testtest', "invalid 'alwaysAvailableFile': file is not MP4, magic bytes are [116 101 115 116]"],
    ['', "invalid 'alwaysAvailableFile': unexpected EOF"],
    ['testfty', "invalid 'alwaysAvailableFile': unexpected EOF"],
  ])('%j', (content, message) => {
    withFile(content, (file) => expect(errorOf(yaml(file))).toMatchObject({ reason: message }));
  });

  test('a file that is not there', () => {
    expect(errorOf(yaml('/nonexistent/a.mp4'))).toMatchObject({ reason: expect.stringMatching(/^invalid 'alwaysAvailableFile': ENOENT/) });
  });

  test('another check can be given', () => {
    const document = parseConfigText(yaml('x.mp4'));
    const checkMp4File = () => {
      throw new Error('file does not contain any track');
    };
    expect(() => resolveConfig(document, { checkMp4File })).toThrow("invalid 'alwaysAvailableFile': file does not contain any track");
    expect(() => resolveConfig(document, { checkMp4File: () => {} })).not.toThrow();
  });
});

describe('after a change', () => {
  const before = parseConfigText('paths: {a: {maxReaders: 1}, b: }');
  const config = resolveConfig(before).config;

  test.each([
    ['a path', patchPath(before, 'a', { maxReaders: 2 }), ['b']],
    ['a path more', replacePath(before, 'c', {}), ['a', 'b']],
    ['a global key', patchGlobal(before, { readTimeout: 1_000 }), ['a', 'b']],
    ['defaults', patchPathDefaults(before, { maxReaders: 3 }), []],
    ['a deprecated key that is a default of paths', patchGlobal(before, { record: true }), []],
  ])('of %s, paths that are the same are taken over, and the result is no other', (_, after, same) => {
    const young = resolveConfig(after, { before: { document: before, config } }).config;
    expect(young).toEqual(resolveConfig(after).config);
    expect([...young.paths.values()].filter((path) => path === config.paths.get(path.name)).map(({ name }) => name)).toEqual(same);
  });

  test('paths that are taken over are checked with the global keys as they are now', () => {
    const played = parseConfigText('paths: {a: {recordPath: ./%path/%s}}');
    const known = { document: played, config: resolveConfig(played).config };
    expect(() => resolveConfig(patchGlobal(played, { playback: true }), { before: known })).toThrow("'recordPath' must contain %f");
  });
});
