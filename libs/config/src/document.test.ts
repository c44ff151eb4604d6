import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { parseConfigText } from './config-file.ts';
import { nodeFromJson } from './config-node.ts';
import {
  EMPTY_DOCUMENT,
  addPath,
  decodeGlobalPatch,
  decodePathPatch,
  patchGlobal,
  patchPath,
  patchPathDefaults,
  removePath,
  replacePath,
} from './document.ts';
import { nearestKey } from './nearest-key.ts';

function patch(body: unknown) {
  return decodeGlobalPatch(nodeFromJson(body));
}

describe('values of each type', () => {
  test.each<[string, object]>([
    ['logFile: a.log', { logFile: 'a.log' }],
    ['logFile: ""', { logFile: '' }],
    ['api: yes', { api: true }],
    ['writeQueueSize: 1024', { writeQueueSize: 1024 }],
    ['writeQueueSize: 1024.0', { writeQueueSize: 1024 }],
    ['writeQueueSize: -1', { writeQueueSize: -1 }],
    ['udpReadBufferSize: 0', { udpReadBufferSize: 0 }],
    ['readTimeout: 1m', { readTimeout: 60_000 }],
    ['hlsSegmentMaxSize: 1K', { hlsSegmentMaxSize: 1024 }],
    ['logLevel: debug', { logLevel: 'debug' }],
    ['logDestinations: [file, syslog]', { logDestinations: ['file', 'syslog'] }],
    ['rtspEncryption: "no"', { rtspEncryption: 'no' }],
    ['rtspEncryption: "false"', { rtspEncryption: 'no' }],
    ['rtspEncryption: "yes"', { rtspEncryption: 'strict' }],
    ['rtspEncryption: "true"', { rtspEncryption: 'strict' }],
    ['rtspEncryption: optional', { rtspEncryption: 'optional' }],
    ['rtspTransports: [tcp, udp, tcp]', { rtspTransports: ['tcp', 'udp'] }],
    ['rtspAuthMethods: [digest]', { rtspAuthMethods: ['digest'] }],
    ['apiAllowOrigins: []', { apiAllowOrigins: [] }],
    ['apiAllowOrigins: [a, null]', { apiAllowOrigins: ['a', ''] }],
    ['apiTrustedProxies: [10.1.2.3/8, "::1"]', { apiTrustedProxies: ['10.0.0.0/8', '::1/128'] }],
    [
      'authInternalUsers: [{user: a, permissions: [{action: read}]}]',
      { authInternalUsers: [{ user: 'a', pass: '', ips: [], permissions: [{ action: 'read', path: '' }] }] },
    ],
    ['webrtcICEServers2: [null, {url: "stun:a"}]', { webrtcICEServers2: [ice(''), ice('stun:a')] }],
    ['rtspDisable: true', { rtspDisable: true }],
    ['databaseURL: postgres://x', { databaseURL: 'postgres://x' }],
  ])('%s', (text, global) => {
    expect(parseConfigText(text).global).toEqual(global);
  });

  function ice(url: string) {
    return { url, username: '', password: '', clientOnly: false };
  }

  test.each<[string, object]>([
    ['gopCache: off', { gopCache: 'off' }],
    ['gopCache: "off"', { gopCache: 'off' }],
    ['gopCache: catchUp', { gopCache: 'catchUp' }],
    ['rpiCameraFPS: 29.97', { rpiCameraFPS: 29.97 }],
    ['rpiCameraAWBGains: [1, 2.5]', { rpiCameraAWBGains: [1, 2.5] }],
    ['rtspUDPSourcePortRange: [1, 2]', { rtspUDPSourcePortRange: [1, 2] }],
    ['publishIPs: [1.2.3.4]', { publishIPs: ['1.2.3.4/32'] }],
    ['forward: [{dest: "srt://a"}]', { forward: [{ dest: 'srt://a', destFingerprint: '', whipBearerToken: '' }] }],
    [
      'alwaysAvailableTracks: [{codec: G711, sampleRate: 8000, channelCount: 1, muLaw: true}]',
      { alwaysAvailableTracks: [{ codec: 'G711', sampleRate: 8000, channelCount: 1, muLaw: true }] },
    ],
    ['name: ignored', {}],
  ])('path key %s', (text, path) => {
    expect(parseConfigText(`paths:\n  cam:\n    ${text}`).paths.get('cam')).toEqual(path);
    expect(parseConfigText(`pathDefaults:\n  ${text}`).pathDefaults).toEqual(path);
  });

  test('only what is set is there', () => {
    const document = parseConfigText('api: yes\npathDefaults:\n  record: yes\npaths:\n  a:\n  b: {record: no}\n');
    expect(document).toEqual({
      global: { api: true },
      pathDefaults: { record: true },
      paths: new Map([
        ['a', {}],
        ['b', { record: false }],
      ]),
    });
  });
});

describe('wrong types', () => {
  test.each<[unknown, string]>([
    [{ api: 'x' }, 'json: cannot unmarshal string into Go value of type bool'],
    [{ api: 1 }, 'json: cannot unmarshal number into Go value of type bool'],
    [{ logFile: 1 }, 'json: cannot unmarshal number into Go value of type string'],
    [{ logFile: true }, 'json: cannot unmarshal bool into Go value of type string'],
    [{ logFile: [] }, 'json: cannot unmarshal array into Go value of type string'],
    [{ logFile: {} }, 'json: cannot unmarshal object into Go value of type string'],
    [{ writeQueueSize: 1.5 }, 'json: cannot unmarshal number 1.5 into Go value of type int'],
    [{ writeQueueSize: '1' }, 'json: cannot unmarshal string into Go value of type int'],
    [{ writeQueueSize: 1e300 }, 'json: cannot unmarshal number 1e+300 into Go value of type int'],
    [{ udpReadBufferSize: -1 }, 'json: cannot unmarshal number -1 into Go value of type uint'],
    [{ readTimeout: 10 }, 'json: cannot unmarshal number into Go value of type string'],
    [{ readTimeout: 'soon' }, 'time: invalid duration "soon"'],
    [{ hlsSegmentMaxSize: '50' }, 'byte quantity must be a positive integer'],
    [{ logLevel: 'bogus' }, "invalid log level: 'bogus'"],
    [{ logDestinations: ['bogus'] }, 'invalid log destination: bogus'],
    [{ logDestinations: 'stdout' }, 'json: cannot unmarshal string into Go value of type conf.LogDestinations'],
    [{ authMethod: 'bogus' }, "invalid authMethod: 'bogus'"],
    [{ rtspEncryption: false }, 'json: cannot unmarshal bool into Go value of type conf.alias'],
    [{ rtspEncryption: 'bogus' }, "invalid encryption: 'bogus'"],
    [{ rtspTransports: ['bogus'] }, 'invalid transport: bogus'],
    [{ rtspAuthMethods: ['bogus'] }, "invalid authentication method: 'bogus'"],
    [{ hlsVariant: 'bogus' }, "invalid HLS variant: 'bogus'"],
    [{ recordFormat: 'bogus' }, "invalid record format 'bogus'"],
    [{ apiTrustedProxies: ['bogus'] }, "unable to parse IP/CIDR 'bogus'"],
    [{ apiAllowOrigins: 'a' }, 'json: cannot unmarshal string into Go value of type []string'],
    [{ apiAllowOrigins: [1] }, 'json: cannot unmarshal number into Go value of type string'],
    [{ authInternalUsers: [{ permissions: [{ action: 'bogus' }] }] }, "invalid auth action: 'bogus'"],
    [{ authInternalUsers: [{ user: 'a b' }] }, 'credential contains unsupported characters'],
    [{ authInternalUsers: ['a'] }, 'json: cannot unmarshal string into Go value of type map[string]json.RawMessage'],
    [{ authInternalUsers: 'a' }, 'json: cannot unmarshal string into Go value of type []json.RawMessage'],
    [[], 'json: cannot unmarshal array into Go value of type map[string]json.RawMessage'],
    ['x', 'json: cannot unmarshal string into Go value of type map[string]json.RawMessage'],
  ])('%j', (body, message) => {
    expect(() => patch(body)).toThrow(message);
  });

  test.each<[unknown, string]>([
    [{ rtspTransport: 'bogus' }, "invalid transport 'bogus'"],
    [{ rtspRangeType: 'bogus' }, "invalid rtsp range type: 'bogus'"],
    [{ moqTransport: 'bogus' }, "invalid MoQ transport 'bogus'"],
    [{ gopCache: 'bogus' }, "invalid gopCache: 'bogus'"],
    [{ gopCache: true }, 'json: cannot unmarshal bool'],
    [{ healthAlerts: [] }, 'json: cannot unmarshal array into Go value of type map[string]json.RawMessage'],
    [{ healthAlerts: { maxSilnce: '3s' } }, 'json: unknown field "healthAlerts.maxSilnce"'],
    [{ healthAlerts: { minBitrate: -1 } }, 'json: cannot unmarshal number -1 into Go value of type uint'],
    [{ healthAlerts: { maxSilence: 3 } }, 'json: cannot unmarshal number'],
    [{ alwaysAvailableTracks: [{ codec: 'VP8' }] }, "unsupported codec 'VP8'"],
    [{ alwaysAvailableTracks: [{ codec: 'H264', sampleRate: 1 }] }, "sampleRate must not be specified for codec 'H264'"],
    [{ alwaysAvailableTracks: [{ codec: 'Opus', channelCount: 1 }] }, "channelCount must not be specified for codec 'Opus'"],
    [{ alwaysAvailableTracks: [{ codec: 'LPCM' }] }, "sampleRate is mandatory for codec 'LPCM'"],
    [{ alwaysAvailableTracks: [{ codec: 'LPCM', sampleRate: 8000 }] }, "channelCount is mandatory for codec 'LPCM'"],
    [
      { alwaysAvailableTracks: [{ codec: 'G711', sampleRate: 7999, channelCount: 1 }] },
      "sampleRate must be greater than or equal to 8000 for codec 'G711'",
    ],
    [
      { alwaysAvailableTracks: [{ codec: 'MPEG4Audio', sampleRate: 22049, channelCount: 1 }] },
      "sampleRate must be greater than or equal to 22050 for codec 'MPEG4Audio'",
    ],
    [{ alwaysAvailableTracks: [null] }, "unsupported codec ''"],
  ])('path key %j', (body, message) => {
    expect(() => decodePathPatch(nodeFromJson(body))).toThrow(message);
  });
});

describe('null', () => {
  test.each<[string, object]>([
    ['logFile:', {}],
    ['api:', {}],
    ['writeQueueSize:', {}],
    ['authMethod:', {}],
    ['rtspEncryption:', {}],
    ['rtspDisable:', {}],
    ['protocols:', {}],
    ['readTimeout:', { readTimeout: 0 }],
  ])('%s', (text, global) => {
    expect(parseConfigText(text).global).toEqual(global);
  });

  test.each<[string, string]>([
    ['logLevel:', "invalid log level: ''"],
    ['hlsVariant:', "invalid HLS variant: ''"],
    ['hlsSegmentMaxSize:', 'byte quantity must be'],
    ['apiAllowOrigins:', 'cannot set slice "apiAllowOrigins" to nil'],
    ['authInternalUsers:', 'cannot set slice "authInternalUsers" to nil'],
    ['authInternalUsers: [{ips: null}]', 'cannot set slice "authInternalUsers[0].ips" to nil'],
    ['pathDefaults: {forward: null}', 'cannot set slice "pathDefaults.forward" to nil'],
    ['apiTrustedProxies: [null]', "unable to parse IP/CIDR ''"],
  ])('%s is refused', (text, message) => {
    expect(() => parseConfigText(text)).toThrow(message);
  });

  test('in paths and in bodies of the API, null is as if the key were not there', () => {
    const all = { forward: null, rtspTransport: null, recordMaxPartSize: null, record: null, publishIPs: null };
    expect(decodePathPatch(nodeFromJson(all))).toEqual({});
    expect(patch({ logLevel: null, apiAllowOrigins: null, api: null })).toEqual({});
    expect(patch(null)).toEqual({});
    expect(parseConfigText('paths:\n').paths).toEqual(new Map());
    expect(parseConfigText('pathDefaults:\n').pathDefaults).toEqual({});
  });
});

describe('unknown keys', () => {
  test.each<[string, string]>([
    ['a: 1\nrtspAdress: x', 'json: unknown field "a" (line 1)'],
    ['# x\n\nrtspAdress: x', 'json: unknown field "rtspAdress" (line 3; did you mean "rtspAddress"?)'],
    ['RTSPAddress: x', 'json: unknown field "RTSPAddress" (line 1; did you mean "rtspAddress"?)'],
    ['pathDefaults:\n  recrod: yes', 'json: unknown field "pathDefaults.recrod" (line 2; did you mean "record"?)'],
    ['path:\n  a:', 'json: unknown field "path" (line 1; did you mean "paths"?)'],
    ['paths:\n  cam:\n    invalid: x', 'json: unknown field "invalid" (line 3)'],
    ['authInternalUsers:\n- users: test', 'json: unknown field "authInternalUsers[0].users" (line 2; did you mean "user"?)'],
    [
      'authInternalUsers:\n- permissions:\n  - action: read\n  - actoin: read',
      'json: unknown field "authInternalUsers[0].permissions[1].actoin" (line 4; did you mean "action"?)',
    ],
    ['paths:\n  cam:\n    forward:\n    - dst: x', 'json: unknown field "forward[0].dst" (line 4; did you mean "dest"?)'],
    ['paths:\n  cam:\n    alwaysAvailableTracks:\n    - codecs: x', 'json: unknown field "codecs" (line 4; did you mean "codec"?)'],
    ['__proto__: {api: true}', 'json: unknown field "__proto__" (line 1)'],
    ['constructor: x', 'json: unknown field "constructor" (line 1)'],
    ['authInternalUsers: [{__proto__: x}]', 'json: unknown field "authInternalUsers[0].__proto__" (line 1)'],
    ['authInternalUsers: [{toString: x}]', 'json: unknown field "authInternalUsers[0].toString" (line 1)'],
    ['paths:\n  cam:\n    hasOwnProperty: x', 'json: unknown field "hasOwnProperty" (line 3)'],
  ])('%j', (text, message) => {
    expect(catchError(() => parseConfigText(text))).toHaveProperty('message', message);
  });

  test('without a file there is no line, and the message is that of MediaMTX', () => {
    expect(catchError(() => patch({ test: true }))).toHaveProperty('message', 'json: unknown field "test"');
    const polluting: unknown = JSON.parse('{"__proto__": {"api": true}}');
    expect(catchError(() => patch(polluting))).toHaveProperty('message', 'json: unknown field "__proto__"');
  });

  test('the reason is the text of MediaMTX, the place is beside it', () => {
    const error = catchError(() => parseConfigText('api: x'));
    expect(error).toMatchObject({
      code: 'INVALID_CONFIGURATION',
      reason: 'json: cannot unmarshal string into Go value of type bool',
      message: 'json: cannot unmarshal string into Go value of type bool (line 1; key "api")',
      place: { key: 'api', line: 1 },
    });
  });

  test('the innermost key is named', () => {
    const error = catchError(() => parseConfigText('paths:\n  cam:\n    forward:\n    - dest: 5'));
    expect(error).toMatchObject({ place: { key: 'dest', line: 4 } });
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

test.each<[string, string | undefined]>([
  ['rtspAdress', 'rtspAddress'],
  ['rtpsAddress', 'rtspAddress'],
  ['readTimout', 'readTimeout'],
  ['READTIMEOUT', 'readTimeout'],
  ['xyz', undefined],
  ['somethingElse', undefined],
  ['', undefined],
])('the nearest key of %j', (key, nearest) => {
  expect(nearestKey(key, ['rtspAddress', 'rtspsAddress', 'readTimeout'])).toBe(nearest);
});

describe('changes of a document', () => {
  const document = parseConfigText('api: yes\npathDefaults:\n  record: yes\npaths:\n  cam:\n    source: publisher\n    maxReaders: 3\n');

  test('global keys and path defaults are merged', () => {
    expect(patchGlobal(document, { rtsp: false }).global).toEqual({ api: true, rtsp: false });
    expect(patchPathDefaults(document, { maxReaders: 1 }).pathDefaults).toEqual({ record: true, maxReaders: 1 });
  });

  test('paths', () => {
    expect(addPath(document, 'new', {}).paths.get('new')).toEqual({});
    expect(() => addPath(document, 'cam', {})).toThrow('path already exists');
    expect(patchPath(document, 'cam', { maxReaders: 4 }).paths.get('cam')).toEqual({ source: 'publisher', maxReaders: 4 });
    expect(() => patchPath(document, 'new', {})).toThrow('path not found');
    expect(replacePath(document, 'cam', { maxReaders: 4 }).paths.get('cam')).toEqual({ maxReaders: 4 });
    expect(replacePath(document, 'new', {}).paths.has('new')).toBe(true);
    expect(removePath(document, 'cam').paths.size).toBe(0);
    expect(() => removePath(document, 'new')).toThrow('path not found');
  });

  test('the document before is not changed', () => {
    expect(document.paths.get('cam')).toEqual({ source: 'publisher', maxReaders: 3 });
    expect(document.global).toEqual({ api: true });
    expect(EMPTY_DOCUMENT.paths.size).toBe(0);
  });

  test('a deprecated key gives way when its successor is set', () => {
    expect(patchGlobal(parseConfigText('rtspDisable: yes'), { rtsp: true }).global).toEqual({ rtsp: true });
    expect(patchGlobal(parseConfigText('rtspDisable: yes'), { api: true }).global).toEqual({ rtspDisable: true, api: true });
  });
});

test('any JSON is either decoded or refused with a ConfigError', () => {
  const keys = fc.constantFrom('api', 'paths', 'readTimeout', 'authInternalUsers', 'forward', 'pathDefaults', '__proto__', 'cam');
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 1 }), tie('object'), fc.array(tie('object'), { maxLength: 2 })),
    object: fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
  })).value;
  fc.assert(
    fc.property(json, (value) => {
      for (const decode of [decodeGlobalPatch, decodePathPatch]) {
        const error = catchError(() => decode(nodeFromJson(value)));
        if (error !== undefined) expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { numRuns: 300 },
  );
  expect(({} as Record<string, unknown>)['api']).toBeUndefined();
});
