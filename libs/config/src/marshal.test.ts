import { describe, expect, test } from 'vitest';
import { parseConfigText } from './config-file.ts';
import { nodeFromJson } from './config-node.ts';
import { decodeDocument, decodeGlobalPatch, decodePathPatch } from './document.ts';
import { REDACTED, marshalDocument, marshalGlobal, marshalPath, restoreGlobalSecrets, restorePathSecrets } from './marshal.ts';
import { resolveConfig } from './resolve.ts';

const YAML = `
readTimeout: 90s
hlsMuxerCloseAfter: 0s
hlsSegmentMaxSize: 1234567B
rtspTransports: [udp, tcp]
apiTrustedProxies: [10.1.2.3/8]
databaseURL: postgres://u:p@h/d
rtspDisable: no
authInternalUsers:
- user: alice
  pass: secret
  ips: [127.0.0.1]
  permissions: [{action: read, path: cam}]
- user: any
pathDefaults:
  gopCache: off
  whepBearerToken: token
paths:
  cam:
    recordSegmentDuration: 1d
    recordDeleteAfter: 1d2h
    forward: [{dest: "srt://a", whipBearerToken: t}]
    healthAlerts: {minFrameRate: 12.5, maxSilence: 3s}
  __proto__:
    record: yes
`;

const document = parseConfigText(YAML);
const { config } = resolveConfig(document);

describe('answers of the API', () => {
  const global = marshalGlobal(config);

  test('global keys in the text forms of MediaMTX', () => {
    expect(global).toMatchObject({
      readTimeout: '1m30s',
      hlsMuxerCloseAfter: '',
      hlsSegmentMaxSize: '1.2M',
      rtspTransports: ['tcp', 'udp'],
      apiTrustedProxies: ['10.0.0.0/8'],
      writeQueueSize: 512,
      rtspEncryption: 'no',
      rtspDisable: false,
    });
  });

  test('no paths, and deprecated keys only when set', () => {
    expect(Object.keys(global)).not.toContain('paths');
    expect(Object.keys(global)).not.toContain('pathDefaults');
    expect(Object.keys(global)).not.toContain('rtmpDisable');
    expect(Object.keys(global)).toHaveLength(151 + 4 - 31 + 1);
  });

  test('secrets are redacted', () => {
    expect(global['authInternalUsers']).toEqual([
      { user: 'alice', pass: REDACTED, ips: ['127.0.0.1/32'], permissions: [{ action: 'read', path: 'cam' }] },
      { user: 'any', pass: '', ips: [], permissions: [] },
    ]);
    expect(global['databaseURL']).toBe(REDACTED);
    const legacy = resolveConfig(parseConfigText('paths: {a: {readUser: u, readPass: secret}}')).config.paths.get('a');
    expect(legacy === undefined ? {} : marshalPath(legacy)).toMatchObject({ readUser: 'u', readPass: REDACTED });
  });

  test('paths', () => {
    const path = config.paths.get('cam');
    expect(path === undefined ? {} : marshalPath(path)).toMatchObject({
      name: 'cam',
      gopCache: 'off',
      recordSegmentDuration: '1d',
      recordDeleteAfter: '1d2h0m0s',
      forward: [{ dest: 'srt://a', destFingerprint: '', whipBearerToken: 't' }],
      healthAlerts: { minBitrate: 0, minFrameRate: 12.5, maxKeyFrameInterval: '', maxClockDrift: 0, maxSilence: '3s', noBFrames: false },
    });
    expect(marshalPath(config.pathDefaults)['name']).toBe('');
  });

  test('what is answered can be sent back', () => {
    const patch = restoreGlobalSecrets(decodeGlobalPatch(nodeFromJson(global)), config);
    expect(patch.authInternalUsers).toEqual(config.authInternalUsers);
    expect(patch).toMatchObject({ databaseURL: 'postgres://u:p@h/d', readTimeout: 90_000, hlsMuxerCloseAfter: 0 });
    const path = config.paths.get('cam');
    expect(path && { name: 'cam', ...decodePathPatch(nodeFromJson(marshalPath(path))) }).toEqual(path);
  });
});

describe('secrets that come back redacted', () => {
  const user = (name: string, pass: string) => ({ user: name, pass, ips: [], permissions: [] });
  const stored = { ...config, authInternalUsers: [user('a', '1'), user('b', '2'), user('a', '3')] };

  test.each<[ReturnType<typeof user>[], string[]]>([
    [
      [user('a', REDACTED), user('b', REDACTED), user('a', REDACTED)],
      ['1', '2', '3'],
    ],
    [
      [user('b', REDACTED), user('a', REDACTED)],
      ['2', '1'],
    ],
    [
      [user('b', 'new'), user('c', 'x')],
      ['new', 'x'],
    ],
    [[user('b', '')], ['']],
  ])('%j', (users, passwords) => {
    expect(restoreGlobalSecrets({ authInternalUsers: users }, stored).authInternalUsers?.map(({ pass }) => pass)).toEqual(passwords);
  });

  test('webhooks keep the secret of their URL', () => {
    const webhook = (url: string, secret: string) => ({ url, events: [], secret });
    const known = { ...stored, webhooks: [webhook('http://a/', '1'), webhook('http://b/', '2')] };
    const patch = { webhooks: [webhook('http://b/', REDACTED), webhook('http://a/', 'new')] };
    expect(restoreGlobalSecrets(patch, known).webhooks?.map(({ secret }) => secret)).toEqual(['2', 'new']);
    expect(() => restoreGlobalSecrets({ webhooks: [webhook('http://c/', REDACTED)] }, known)).toThrow("the secret of webhook 'http://c/'");
  });

  test('without a stored secret they are refused', () => {
    expect(() => restoreGlobalSecrets({ authInternalUsers: [user('c', REDACTED)] }, stored)).toThrow("the password of user 'c'");
    expect(() => restoreGlobalSecrets({ databaseURL: REDACTED }, { ...stored, databaseURL: '' })).toThrow("'databaseURL'");
  });

  test('of a path', () => {
    const path = { ...config.pathDefaults, readPass: 'secret' };
    expect(restorePathSecrets({ readPass: REDACTED, readUser: 'u' }, path)).toEqual({ readPass: 'secret', readUser: 'u' });
    expect(() => restorePathSecrets({ publishPass: REDACTED }, path)).toThrow("'publishPass'");
  });
});

test('a document survives storing, secrets and exact sizes included', () => {
  const stored = JSON.stringify(marshalDocument(document));
  expect(decodeDocument(nodeFromJson(JSON.parse(stored)))).toEqual(document);
  expect(document.paths.has('__proto__')).toBe(true);
  expect(stored).toContain('secret');
});
