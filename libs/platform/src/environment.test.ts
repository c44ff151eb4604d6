import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, readAdminAddress, readNatsSettings } from './environment.ts';
import { InstanceIdentity } from './instance-identity.ts';
import { VERSION } from './version.ts';

const URL_OF = 'nats://a:4222';
const PLAIN = { servers: ['a:4222'], prefix: 'mediamesh', login: { kind: 'none' }, tls: undefined };
const TLS = { caFile: undefined, certFile: undefined, keyFile: undefined };

describe('readNatsSettings', () => {
  test.each([{}, { MEDIAMESH_NATS_URL: '' }])('nothing without a URL: %o', (env) => {
    expect(readNatsSettings(env)).toBeUndefined();
  });

  test.each([
    [{ MEDIAMESH_NATS_URL: URL_OF }, PLAIN],
    [{ MEDIAMESH_NATS_URL: 'nats://a, b:1,[::1]:2' }, { ...PLAIN, servers: ['a:4222', 'b:1', '[::1]:2'] }],
    [{ MEDIAMESH_NATS_URL: 'tls://a' }, { ...PLAIN, tls: TLS }],
    [
      { MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_TLS: 'yes' },
      { ...PLAIN, tls: TLS },
    ],
    [{ MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_TLS: 'no' }, PLAIN],
    [
      { MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_TLS_CA_FILE: 'ca' },
      { ...PLAIN, tls: { ...TLS, caFile: 'ca' } },
    ],
    [
      { MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_TLS_CERT_FILE: 'c', MEDIAMESH_NATS_TLS_KEY_FILE: 'k' },
      { ...PLAIN, tls: { ...TLS, certFile: 'c', keyFile: 'k' } },
    ],
    [
      { MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_PREFIX: 'site.a-1' },
      { ...PLAIN, prefix: 'site.a-1' },
    ],
    [{ MEDIAMESH_NATS_URL: 'nats://u%40:p%3A@a' }, { ...PLAIN, login: { kind: 'password', user: 'u@', password: 'p:' } }],
    [
      { MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_USER: 'u', MEDIAMESH_NATS_PASSWORD: 'p' },
      { ...PLAIN, login: { kind: 'password', user: 'u', password: 'p' } },
    ],
    [
      { MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_TOKEN: 't' },
      { ...PLAIN, login: { kind: 'token', token: 't' } },
    ],
    [
      { MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_CREDENTIALS_FILE: 'f' },
      { ...PLAIN, login: { kind: 'credentialsFile', path: 'f' } },
    ],
  ])('%o', (env, expected) => {
    expect(readNatsSettings(env)).toEqual(expected);
  });

  test.each([
    [{ MEDIAMESH_NATS_URL: 'http://a' }, "MEDIAMESH_NATS_URL: scheme 'http:' is not possible: nats:// or tls://"],
    [
      { MEDIAMESH_NATS_URL: 'nats://u:geheim@a:99999' },
      'MEDIAMESH_NATS_URL: not a URL: it looks like nats://host:4222, several are separated by commas',
    ],
    [{ MEDIAMESH_NATS_URL: `${URL_OF},` }, 'MEDIAMESH_NATS_URL: '],
    [{ MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_PREFIX: 'a..b' }, "MEDIAMESH_NATS_PREFIX: 'a..b' is no subject prefix"],
    [{ MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_PREFIX: 'a.>' }, 'MEDIAMESH_NATS_PREFIX: '],
    [{ MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_USER: 'u', MEDIAMESH_NATS_TOKEN: 't' }, 'MEDIAMESH_NATS_USER: '],
    [{ MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_PASSWORD: 'p' }, 'MEDIAMESH_NATS_PASSWORD: given without MEDIAMESH_NATS_USER'],
    [{ MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_TLS: 'maybe' }, "MEDIAMESH_NATS_TLS: 'maybe' is not possible: yes or no"],
    [{ MEDIAMESH_NATS_URL: URL_OF, MEDIAMESH_NATS_TLS_KEY_FILE: 'k' }, 'MEDIAMESH_NATS_TLS_CERT_FILE: '],
  ])('refuses %o', (env, message) => {
    const read = (): unknown => readNatsSettings(env);
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow(message);
    expect(read).not.toThrow('geheim');
  });
});

describe('readAdminAddress', () => {
  test.each([
    [undefined, { host: '127.0.0.1', port: 9990 }],
    ['', undefined],
    [':1', { host: undefined, port: 1 }],
    ['0.0.0.0:9990', { host: '0.0.0.0', port: 9990 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ])('%s', (text, expected) => {
    expect(readAdminAddress({ MEDIAMESH_ADMIN_ADDRESS: text }, '127.0.0.1:9990')).toEqual(expected);
  });

  test.each(['9990', 'a:b', 'a:65536', '::1:9990', 'http://a:1', 'a:', 'a:123456'])('refuses %s', (text) => {
    expect(() => readAdminAddress({ MEDIAMESH_ADMIN_ADDRESS: text }, '')).toThrow(`MEDIAMESH_ADMIN_ADDRESS: '${text}' is no address`);
  });
});

describe('InstanceIdentity', () => {
  test('is named by the environment, behind its service', () => {
    expect(InstanceIdentity.read('rtsp', { MEDIAMESH_INSTANCE: 'pod-0' })).toMatchObject({
      id: 'rtsp-pod-0',
      service: 'rtsp',
      version: VERSION,
    });
  });

  test('is random without', () => {
    const ids = [InstanceIdentity.read('api', {}).id, InstanceIdentity.read('api', { MEDIAMESH_INSTANCE: '' }).id];
    for (const id of ids) expect(id).toMatch(/^api-[0-9a-f]{8}$/u);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('must be a token of a subject, of up to 64 characters', () => {
    expect(InstanceIdentity.read('rtsp', { MEDIAMESH_INSTANCE: 'x'.repeat(59) }).id).toHaveLength(64);
    for (const name of ['x'.repeat(60), 'a.b', 'a b', 'a*', '>', 'ä']) {
      expect(() => InstanceIdentity.read('rtsp', { MEDIAMESH_INSTANCE: name })).toThrow('MEDIAMESH_INSTANCE: ');
    }
  });

  test("the version is the root package's", () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(VERSION).toBe(version);
  });
});
