import { createHash } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { DEFAULT_AUTH_USERS } from '@mediamesh/config';
import type { AuthInternalUser } from '@mediamesh/config';
import { beforeAll, describe, expect, test } from 'vitest';
import { InternalAuthenticator, NO_CREDENTIALS } from './index.ts';
import type { AuthRequest } from './index.ts';

const REQUEST: AuthRequest = {
  action: 'read',
  path: 'cam',
  query: '',
  protocol: 'rtsp',
  id: null,
  credentials: { user: 'alice', pass: 'secret', token: '' },
  ip: '127.0.0.1',
  userAgent: '',
  canAskCredentials: true,
};

const ALICE: AuthInternalUser = { user: 'alice', pass: 'secret', ips: ['127.0.0.0/8'], permissions: [{ action: 'read', path: 'cam' }] };

function decide(users: readonly AuthInternalUser[], change: Partial<AuthRequest> = {}) {
  return new InternalAuthenticator(users).authenticate({ ...REQUEST, ...change });
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('base64')}`;
}

const CHEAP_ARGON2 = { memoryCost: 16, timeCost: 1, parallelism: 1 };
const encoded = new Map<string, AuthInternalUser>();

beforeAll(async () => {
  encoded.set('plain', ALICE);
  encoded.set('sha256', { ...ALICE, user: sha256('alice'), pass: sha256('secret') });
  const argon2 = async (text: string, algorithm: number) => `argon2:${await hash(text, { ...CHEAP_ARGON2, algorithm })}`;
  encoded.set('argon2id', { ...ALICE, user: await argon2('alice', 2), pass: await argon2('secret', 2) });
  encoded.set('argon2i', { ...ALICE, user: await argon2('alice', 1), pass: await argon2('secret', 1) });
});

describe.each(['plain', 'sha256', 'argon2id', 'argon2i'])('%s credentials', (kind) => {
  const users = () => [encoded.get(kind) as AuthInternalUser];
  const refusal = { allowed: false, askCredentials: false, reason: 'authentication failed' };

  test('the right ones are allowed', async () => {
    expect(await decide(users())).toEqual({ allowed: true, user: 'alice' });
  });

  test.each<[string, Partial<AuthRequest>]>([
    ['user', { credentials: { user: 'bob', pass: 'secret', token: '' } }],
    ['password', { credentials: { user: 'alice', pass: 'secret2', token: '' } }],
    ['empty password', { credentials: { user: 'alice', pass: '', token: '' } }],
    ['address', { ip: '10.0.0.1' }],
    ['action', { action: 'publish' }],
    ['path', { path: 'cam2' }],
  ])('a wrong %s is refused', async (_, change) => {
    expect(await decide(users(), change)).toEqual(refusal);
  });
});

describe('credentials', () => {
  test('an empty password of a user accepts any', async () => {
    expect(await decide([{ ...ALICE, pass: '' }])).toEqual({ allowed: true, user: 'alice' });
  });

  test('any accepts everyone, and the name that was given is reported', async () => {
    expect(await decide([{ ...ALICE, user: 'any', pass: '' }])).toEqual({ allowed: true, user: 'alice' });
    expect(await decide([{ ...ALICE, user: 'any', pass: '' }], { credentials: NO_CREDENTIALS })).toEqual({ allowed: true, user: '' });
  });

  test('a malformed argon2 hash refuses', async () => {
    expect(await decide([{ ...ALICE, pass: 'argon2:$argon2id$v=19$m=8,t=1,p=1$AA$!!' }])).toMatchObject({ allowed: false });
  });

  test('a later user is tried when an earlier one does not match', async () => {
    const users = [{ ...ALICE, pass: 'other' }, { ...ALICE, permissions: [] }, ALICE];
    expect(await decide(users)).toEqual({ allowed: true, user: 'alice' });
    expect(await decide(users.slice(0, 2))).toMatchObject({ allowed: false });
  });

  test('the hash itself is not the password', async () => {
    const pass = sha256('secret');
    expect(await decide([{ ...ALICE, pass }], { credentials: { user: 'alice', pass, token: '' } })).toMatchObject({ allowed: false });
  });

  test('beyond the cap of pending argon2 verifications a guess is refused', async () => {
    const pass = `argon2:${await hash('secret', CHEAP_ARGON2)}`;
    const decisions = await Promise.all(Array.from({ length: 65 }, () => decide([{ ...ALICE, pass }])));
    expect(decisions.filter((decision) => decision.allowed).length).toBe(64);
    expect(await decide([{ ...ALICE, pass }])).toMatchObject({ allowed: true });
  });
});

describe('asking for credentials', () => {
  test.each<[string, Partial<AuthRequest>, boolean]>([
    ['nothing was sent', { credentials: NO_CREDENTIALS }, true],
    ['the protocol cannot ask', { credentials: NO_CREDENTIALS, canAskCredentials: false }, false],
    ['a user was sent', { credentials: { user: 'bob', pass: '', token: '' } }, false],
    ['a password was sent', { credentials: { user: '', pass: 'x', token: '' } }, false],
    ['a digest was sent', { credentials: NO_CREDENTIALS, isDigest: true }, false],
    ['a token was sent', { credentials: { user: '', pass: '', token: 'x' } }, false],
  ])('%s', async (_, change, askCredentials) => {
    expect(await decide([ALICE], change)).toMatchObject({ allowed: false, askCredentials });
  });
});

describe('addresses', () => {
  test.each<[string, readonly string[], string, boolean]>([
    ['no networks', [], '8.8.8.8', true],
    ['no networks, no address', [], '', true],
    ['a Unix socket has no address', ['0.0.0.0/0', '::/0'], '', false],
    ['IPv4 in CIDR', ['10.1.0.0/16'], '10.1.255.1', true],
    ['IPv4 out of CIDR', ['10.1.0.0/16'], '10.2.0.1', false],
    ['IPv4 mapped into IPv6', ['10.1.0.0/16'], '::ffff:10.1.2.3', true],
    ['IPv6', ['2001:db8::/33'], '2001:db8:7fff::1', true],
    ['IPv6 out', ['2001:db8::/33'], '2001:db8:8000::1', false],
    ['IPv6 is not in IPv4', ['0.0.0.0/0'], '::1', false],
    ['zone', ['fe80::/10'], 'fe80::1%eth0', true],
    ['garbage', ['0.0.0.0/0'], 'not an address', false],
  ])('%s', async (_, ips, ip, allowed) => {
    expect(await decide([{ ...ALICE, ips }], { ip })).toMatchObject({ allowed });
  });
});

describe('permissions', () => {
  test.each<[string, AuthInternalUser['permissions'][number], Partial<AuthRequest>, boolean]>([
    ['any path', { action: 'read', path: '' }, { path: 'a/b' }, true],
    ['expression', { action: 'read', path: '~^cam[0-9]$' }, { path: 'cam7' }, true],
    ['expression that does not match', { action: 'read', path: '~^cam[0-9]$' }, { path: 'cam77' }, false],
    ['expression is not anchored', { action: 'read', path: '~am' }, {}, true],
    ['RE2 syntax', { action: 'read', path: '~(?i)^CAM$' }, {}, true],
    ['expression that does not compile', { action: 'read', path: '~(' }, {}, false],
    ['back-references are not RE2', { action: 'read', path: '~(c)\\1' }, { path: 'cc' }, false],
    ['playback looks at the path', { action: 'playback', path: 'other' }, { action: 'playback' }, false],
    ['publish looks at the path', { action: 'publish', path: 'other' }, { action: 'publish' }, false],
    ['api does not look at the path', { action: 'api', path: 'other' }, { action: 'api' }, true],
    ['metrics does not look at the path', { action: 'metrics', path: 'other' }, { action: 'metrics', path: '' }, true],
    ['pprof does not look at the path', { action: 'pprof', path: '~(' }, { action: 'pprof', path: '' }, true],
  ])('%s', async (_, permission, change, allowed) => {
    expect(await decide([{ ...ALICE, permissions: [permission] }], change)).toMatchObject({ allowed });
  });

  test('an expression that is slow elsewhere is not slow here', async () => {
    const permissions = [{ action: 'read', path: '~^(a+)+$' } as const];
    expect(await decide([{ ...ALICE, permissions }], { path: `${'a'.repeat(5000)}b` })).toMatchObject({ allowed: false });
  });

  test('the default users', async () => {
    const anonymous = { credentials: NO_CREDENTIALS };
    expect(await decide(DEFAULT_AUTH_USERS, { ...anonymous, ip: '8.8.8.8', action: 'publish' })).toMatchObject({ allowed: true });
    expect(await decide(DEFAULT_AUTH_USERS, { ...anonymous, ip: '127.0.0.1', action: 'api' })).toMatchObject({ allowed: true });
    expect(await decide(DEFAULT_AUTH_USERS, { ...anonymous, ip: '::1', action: 'metrics' })).toMatchObject({ allowed: true });
    expect(await decide(DEFAULT_AUTH_USERS, { ...anonymous, ip: '8.8.8.8', action: 'api' })).toMatchObject({ allowed: false });
    expect(await decide(DEFAULT_AUTH_USERS, { ...anonymous, ip: '', action: 'api' })).toMatchObject({ allowed: false });
  });
});

describe('digest', () => {
  test('gives the passwords of the named user where address and permission fit', async () => {
    const users = [
      { ...ALICE, pass: 'first' },
      { ...ALICE, user: 'bob', pass: 'hidden' },
      { ...ALICE, pass: 'far', ips: ['10.0.0.0/8'] },
      { ...ALICE, pass: 'forbidden', permissions: [{ action: 'publish', path: '' } as const] },
      { ...ALICE, pass: sha256('hash') },
      { ...ALICE, pass: 'second' },
    ];
    expect(await decide(users, { isDigest: true, credentials: { user: 'alice', pass: '', token: '' } })).toEqual({
      allowed: false,
      askCredentials: false,
      reason: 'authentication failed',
      digestCandidates: [
        { user: 'alice', pass: 'first' },
        { user: 'alice', pass: 'second' },
      ],
    });
  });

  test('nobody fits', async () => {
    const decision = await decide([ALICE], { isDigest: true, credentials: { user: 'eve', pass: '', token: '' } });
    expect(decision).toMatchObject({ allowed: false, digestCandidates: [] });
  });

  test('any needs no digest', async () => {
    const users = [ALICE, { ...ALICE, user: 'any', pass: '' }];
    expect(await decide(users, { isDigest: true })).toEqual({ allowed: true, user: 'alice' });
  });
});
