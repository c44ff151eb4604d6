import { describe, expect, test } from 'vitest';
import { parseConfigText } from './config-file.ts';
import { applyEnvironment, documentFromEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { DEFAULT_AUTH_USERS } from './schema/types.ts';

describe('global keys', () => {
  test.each<[Environment, object]>([
    [{ MTX_LOGFILE: 'a' }, { logFile: 'a' }],
    [{ MTX_LOGFILE: '' }, { logFile: '' }],
    [{ RTSP_LOGFILE: 'a' }, { logFile: 'a' }],
    [{ RTSP_LOGFILE: 'a', MTX_LOGFILE: 'b' }, { logFile: 'b' }],
    [{ MTX_API: 'yes' }, { api: true }],
    [{ MTX_API: 'TRUE' }, { api: true }],
    [{ MTX_API: 'No' }, { api: false }],
    [{ MTX_WRITEQUEUESIZE: '1024' }, { writeQueueSize: 1024 }],
    [{ MTX_UDPREADBUFFERSIZE: '4294967295' }, { udpReadBufferSize: 4294967295 }],
    [{ MTX_READTIMEOUT: '22s' }, { readTimeout: 22_000 }],
    [{ MTX_HLSSEGMENTMAXSIZE: '1M' }, { hlsSegmentMaxSize: 2 ** 20 }],
    [{ MTX_LOGLEVEL: 'warn' }, { logLevel: 'warn' }],
    [{ MTX_RTSPENCRYPTION: 'yes' }, { rtspEncryption: 'strict' }],
    [{ MTX_LOGDESTINATIONS: 'stdout,file' }, { logDestinations: ['stdout', 'file'] }],
    [{ MTX_LOGDESTINATIONS: '' }, { logDestinations: [] }],
    [{ MTX_RTSPTRANSPORTS: '' }, { rtspTransports: [] }],
    [{ MTX_RTSPTRANSPORTS: 'tcp' }, { rtspTransports: ['tcp'] }],
    [{ MTX_RTSPAUTHMETHODS: '' }, { rtspAuthMethods: [] }],
    [{ MTX_APIALLOWORIGINS: 'a,b' }, { apiAllowOrigins: ['a', 'b'] }],
    [{ MTX_APITRUSTEDPROXIES: '1.2.3.4,::/0' }, { apiTrustedProxies: ['1.2.3.4/32', '::/0'] }],
    [{ MTX_RTSPDISABLE: 'yes' }, { rtspDisable: true }],
    [{ MTX_AUTHMETHODS: 'digest' }, { authMethods: ['digest'] }],
    [{ MTX_STATEDIRECTORY: '/x' }, { stateDirectory: '/x' }],
    [{ MTX_AUTHINTERNALUSERS: '' }, { authInternalUsers: [] }],
    [{ mtx_api: 'yes', MTX_UNKNOWN: 'x', OTHER: 'y', MTX_api: 'yes' }, {}],
    [{ MTX_API: undefined }, {}],
  ])('%j', (env, global) => {
    expect(documentFromEnvironment(env).global).toEqual(global);
  });

  test.each<[Environment, string]>([
    [{ MTX_API: 'x' }, "MTX_API: invalid value 'x'"],
    [{ MTX_API: '' }, "MTX_API: invalid value ''"],
    [{ MTX_API: 'on' }, "MTX_API: invalid value 'on'"],
    [{ MTX_WRITEQUEUESIZE: 'x' }, 'MTX_WRITEQUEUESIZE: strconv.ParseInt: parsing "x": invalid syntax'],
    [{ MTX_WRITEQUEUESIZE: '2147483648' }, 'MTX_WRITEQUEUESIZE: strconv.ParseInt: parsing "2147483648": value out of range'],
    [{ MTX_UDPREADBUFFERSIZE: '-1' }, 'MTX_UDPREADBUFFERSIZE: strconv.ParseUint: parsing "-1": invalid syntax'],
    [{ MTX_UDPREADBUFFERSIZE: '4294967296' }, 'value out of range'],
    [{ RTSP_READTIMEOUT: 'soon' }, 'RTSP_READTIMEOUT: time: invalid duration "soon"'],
    [{ MTX_LOGLEVEL: '' }, "MTX_LOGLEVEL: invalid log level: ''"],
    [{ MTX_APITRUSTEDPROXIES: '1.2.3.4,' }, "MTX_APITRUSTEDPROXIES: unable to parse IP/CIDR ''"],
    [{ MTX_PATHS_A_RPICAMERAFPS: 'fast' }, 'MTX_PATHS_A: MTX_PATHS_A_RPICAMERAFPS: strconv.ParseFloat: parsing "fast": invalid syntax'],
    [{ MTX_APIALLOWORIGINS: ','.repeat(10_000) }, 'MTX_APIALLOWORIGINS: more than 10000 items'],
    [{ MTX_AUTHINTERNALUSERS_0_USER: 'a b' }, 'MTX_AUTHINTERNALUSERS_0_USER: credential contains unsupported characters'],
  ])('%j is refused', (env, message) => {
    expect(() => documentFromEnvironment(env)).toThrow(message);
  });

  test('a list of 10 000 items is taken', () => {
    expect(documentFromEnvironment({ MTX_APIALLOWORIGINS: ','.repeat(9_999) }).global.apiAllowOrigins).toHaveLength(10_000);
  });
});

describe('lists of objects', () => {
  const [first, second] = DEFAULT_AUTH_USERS;

  test('an element that exists by default is changed key by key', () => {
    expect(documentFromEnvironment({ MTX_AUTHINTERNALUSERS_0_USER: 'bob', MTX_AUTHINTERNALUSERS_0_PASS: 'pw' }).global).toEqual({
      authInternalUsers: [{ ...first, user: 'bob', pass: 'pw' }, second],
    });
  });

  test('an empty list inside of an element', () => {
    expect(documentFromEnvironment({ MTX_AUTHINTERNALUSERS_1_IPS: '' }).global).toEqual({
      authInternalUsers: [first, { ...second, ips: [] }],
    });
  });

  test('an element of the file is changed', () => {
    const file = parseConfigText('authInternalUsers:\n- user: a\n  pass: b\n');
    expect(applyEnvironment(file, { MTX_AUTHINTERNALUSERS_0_PASS: 'c' }).global.authInternalUsers).toEqual([
      { user: 'a', pass: 'c', ips: [], permissions: [] },
    ]);
  });

  test('elements are appended, with lists of objects in them', () => {
    const env = {
      MTX_AUTHINTERNALUSERS_2_USER: 'carl',
      MTX_AUTHINTERNALUSERS_2_PERMISSIONS_0_ACTION: 'read',
      MTX_AUTHINTERNALUSERS_2_PERMISSIONS_1_ACTION: 'publish',
      MTX_AUTHINTERNALUSERS_2_PERMISSIONS_1_PATH: 'cam',
      MTX_AUTHINTERNALUSERS_4_USER: 'behind a gap',
    };
    expect(documentFromEnvironment(env).global.authInternalUsers).toEqual([
      first,
      second,
      {
        user: 'carl',
        pass: '',
        ips: [],
        permissions: [
          { action: 'read', path: '' },
          { action: 'publish', path: 'cam' },
        ],
      },
    ]);
  });

  test('a list that is empty by default', () => {
    expect(documentFromEnvironment({ MTX_WEBRTCICESERVERS2_0_URL: 'stun:a', MTX_WEBRTCICESERVERS2_0_CLIENTONLY: 'yes' }).global).toEqual({
      webrtcICEServers2: [{ url: 'stun:a', username: '', password: '', clientOnly: true }],
    });
  });
});

describe('paths', () => {
  test('are created, with lower-case names', () => {
    const env = { MTX_PATHS_CAM1_SOURCE: 'rtsp://a', MTX_PATHS_CAM1_FORWARD_0_DEST: 'srt://b', MTX_PATHS_CAM2: '' };
    expect(documentFromEnvironment(env).paths).toEqual(
      new Map([
        ['cam1', { source: 'rtsp://a', forward: [{ dest: 'srt://b', destFingerprint: '', whipBearerToken: '' }] }],
        ['cam2', {}],
      ]),
    );
  });

  test('of the file are changed', () => {
    const file = parseConfigText('paths:\n  cam1:\n    source: rtsp://a\n    maxReaders: 1\n');
    expect(applyEnvironment(file, { MTX_PATHS_CAM1_MAXREADERS: '2' }).paths.get('cam1')).toEqual({ source: 'rtsp://a', maxReaders: 2 });
  });

  test('members of an object, over those that are set', () => {
    const zero = { minBitrate: 0, minFrameRate: 0, maxKeyFrameInterval: 0, maxClockDrift: 0, maxSilence: 0, noBFrames: false };
    const file = parseConfigText('paths: {cam1: {healthAlerts: {minFrameRate: 20}}}');
    const env = {
      MTX_PATHS_CAM1_HEALTHALERTS_MAXSILENCE: '3s',
      MTX_PATHS_CAM2_HEALTHALERTS_NOBFRAMES: 'yes',
      MTX_PATHS_CAM3_HEALTHALERTS: '',
    };
    const { paths } = applyEnvironment(file, env);
    expect([...paths.values()].map(({ healthAlerts }) => healthAlerts)).toEqual([
      { ...zero, minFrameRate: 20, maxSilence: 3_000 },
      { ...zero, noBFrames: true },
      zero,
    ]);
    const refused = (name: string, value: string) => () => documentFromEnvironment({ [name]: value });
    expect(refused('MTX_PATHDEFAULTS_HEALTHALERTS_MAXSILENCE', 'x')).toThrow('MTX_PATHDEFAULTS_HEALTHALERTS_MAXSILENCE: time: invalid');
    expect(refused('MTX_PATHDEFAULTS_HEALTHALERTS', '3s')).toThrow('members of this object are set by their name');
  });

  test('names end at the next underscore, and lower-case letters make it another variable', () => {
    expect(documentFromEnvironment({ MTX_PATHS_cam1_SOURCE: 'x', MTX_PATHS__SOURCE: 'x', MTX_PATHS_: 'x' }).paths.size).toBe(0);
    expect(documentFromEnvironment({ MTX_PATHS_ALL_OTHERS_SOURCE: 'x' }).paths).toEqual(new Map([['all', {}]]));
  });

  test('path defaults', () => {
    const env = {
      MTX_PATHDEFAULTS_RECORD: 'yes',
      MTX_PATHDEFAULTS_RPICAMERAAWBGAINS: '1.5,2',
      MTX_PATHDEFAULTS_RTSPUDPSOURCEPORTRANGE: '1,2',
    };
    expect(documentFromEnvironment(env).pathDefaults).toEqual({
      record: true,
      rpiCameraAWBGains: [1.5, 2],
      rtspUDPSourcePortRange: [1, 2],
    });
  });

  test('both prefixes fill the same path', () => {
    expect(documentFromEnvironment({ RTSP_PATHS_A_SOURCE: 'x', MTX_PATHS_A_RECORD: 'yes' }).paths.get('a')).toEqual({
      source: 'x',
      record: true,
    });
  });

  test('variables of hooks, in which a server may be started, set nothing', () => {
    const env = {
      MTX_PATH: 'x',
      MTX_QUERY: '',
      RTSP_PORT: '8554',
      RTSP_PATH: 'x',
      MTX_CONN_TYPE: 'x',
      MTX_SOURCE_ID: '',
      MTX_CONFKEY: 'x',
    };
    expect(documentFromEnvironment(env)).toEqual({ global: {}, pathDefaults: {}, paths: new Map() });
  });
});
