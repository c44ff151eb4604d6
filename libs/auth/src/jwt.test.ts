import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { JWTPayload } from 'jose';
import { describe, expect, test } from 'vitest';
import { MAX_TRIED_KEYS } from './key-set.ts';
import { JwtAuthenticator, KEY_SET_LIFETIME_MS, MAX_TOKEN_CHARS, NO_CREDENTIALS } from './index.ts';
import type { AuthHttp, AuthHttpAnswer, AuthRequest, JwtMethodOptions } from './index.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const NOW_S = NOW_MS / 1_000;
const REQUEST: AuthRequest = {
  action: 'read',
  path: 'cam',
  query: '',
  protocol: 'hls',
  id: null,
  credentials: NO_CREDENTIALS,
  ip: '192.0.2.1',
  userAgent: '',
  canAskCredentials: true,
};
const CLAIMS: JWTPayload = { sub: 'alice', exp: NOW_S + 60, mediamtx_permissions: [{ action: 'read', path: 'cam' }] };

interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
const PAIRS: Readonly<Record<string, Pair>> = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: generateKeyPairSync('ed25519'),
};
const SECRET = Buffer.alloc(32, 7);
const KEYS = [
  ...Object.entries(PAIRS).map(([alg, { publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid: alg })),
  { kty: 'oct', kid: 'HS256', k: SECRET.toString('base64url') },
  { ...PAIRS['RS256']!.publicKey.export({ format: 'jwk' }), kid: 'for-encryption', use: 'enc' },
  { kty: 'OKP', crv: 'Ed25519', x: '!', kid: 'broken' },
  { kty: 'unknown', kid: 'unknown' },
];
const SERVER: AuthHttp = () => Promise.resolve({ status: 200, body: JSON.stringify({ keys: KEYS }) });

function method(options: Partial<JwtMethodOptions> = {}, http: AuthHttp = SERVER): JwtAuthenticator {
  return new JwtAuthenticator({
    keySet: { url: 'http://jwks.example', fingerprint: '', timeoutMs: 10_000, http },
    claimKey: 'mediamtx_permissions',
    exclude: [],
    issuer: '',
    audience: '',
    inHttpQuery: false,
    nowMs: () => NOW_MS,
    ...options,
  });
}
function sign(claims: JWTPayload = CLAIMS, alg = 'RS256', kid: string | undefined = alg): Promise<string> {
  const header = { alg, ...(kid === '' ? {} : { kid }) };
  return new SignJWT(claims).setProtectedHeader(header).sign(alg.startsWith('HS') ? SECRET : PAIRS[alg]!.privateKey);
}
const bearing = (token: string): AuthRequest => ({ ...REQUEST, credentials: { user: '', pass: '', token } });
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const reasonOf = (reason: string) => ({ allowed: false, askCredentials: false, reason });

describe('tokens', () => {
  test.each(['RS256', 'ES256', 'ES384', 'EdDSA', 'HS256'])('signed with %s are good', async (alg) => {
    expect(await method().authenticate(bearing(await sign(CLAIMS, alg)))).toEqual({ allowed: true, user: 'alice' });
  });

  test('come as a password or in the query, too', async () => {
    const token = await sign();
    const allowed = { allowed: true, user: 'alice' };
    expect(await method().authenticate({ ...REQUEST, credentials: { user: 'x', pass: token, token: '' } })).toEqual(allowed);
    expect(await method().authenticate({ ...REQUEST, protocol: 'rtsp', query: `jwt=${token}` })).toEqual(allowed);
    expect(await method().authenticate({ ...REQUEST, query: `token=${token}` })).toMatchObject({ allowed: false, askCredentials: true });
    expect(await method({ inHttpQuery: true }).authenticate({ ...REQUEST, query: `token=${token}` })).toEqual(allowed);
  });

  test('are asked for where none was sent', async () => {
    expect(await method().authenticate(REQUEST)).toEqual({ allowed: false, askCredentials: true, reason: 'JWT not provided' });
  });

  test.each<[string, JWTPayload, string]>([
    ['expired', { exp: NOW_S }, 'token has invalid claims: token is expired'],
    ['not yet valid', { nbf: NOW_S + 1 }, 'token has invalid claims: token is not valid yet'],
    ['of somebody without a name', { sub: 5 as unknown as string }, 'token is malformed'],
    ['with a time that is none', { exp: 'soon' as unknown as number }, 'token has invalid claims: exp'],
  ])('%s are refused', async (_, claims, reason) => {
    const decision = await method().authenticate(bearing(await sign({ ...CLAIMS, ...claims })));
    expect(decision).toMatchObject({ allowed: false, askCredentials: false, reason: expect.stringContaining(reason) as string });
  });

  test('without a time of expiry are good, and without a name nobody has used them', async () => {
    const { mediamtx_permissions } = CLAIMS;
    expect(await method().authenticate(bearing(await sign({ mediamtx_permissions })))).toEqual({ allowed: true, user: '' });
  });
});

describe('forgeries', () => {
  const [header, payload] = [{ alg: 'RS256', kid: 'RS256' }, CLAIMS];

  test('a changed payload', async () => {
    const [head, , signature] = (await sign()).split('.');
    const forged = [head, encode({ ...payload, sub: 'root' }), signature].join('.');
    expect(await method().authenticate(bearing(forged))).toEqual(reasonOf('token signature is invalid'));
  });

  test('signed by somebody else', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const token = await new SignJWT(CLAIMS).setProtectedHeader(header).sign(other.privateKey);
    expect(await method().authenticate(bearing(token))).toEqual(reasonOf('token signature is invalid'));
  });

  test.each(['none', 'None', 'NONE'])('algorithm %s', async (alg) => {
    for (const signature of ['', 'AA']) {
      const token = `${encode({ alg, kid: 'RS256' })}.${encode(payload)}.${signature}`;
      expect(await method().authenticate(bearing(token))).toMatchObject({ allowed: false, askCredentials: false });
    }
  });

  test.each(['der', 'pem', 'jwk'] as const)('an HMAC with the public key (%s) as secret', async (form) => {
    const { publicKey } = PAIRS['RS256']!;
    const secret =
      form === 'jwk' ? JSON.stringify(publicKey.export({ format: form })) : publicKey.export({ type: 'spki', format: form as 'pem' });
    const signed = `${encode({ alg: 'HS256', kid: 'RS256' })}.${encode(payload)}`;
    const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    expect(await method().authenticate(bearing(token))).toEqual(reasonOf('token is unverifiable: its key is not for its algorithm'));
  });

  test.each([
    ['nobody', 'token is unverifiable: its key is not in the JWKS'],
    ['__proto__', 'token is unverifiable: its key is not in the JWKS'],
    ['ES256', 'token is unverifiable: its key is not for its algorithm'],
    ['HS256', 'token is unverifiable: its key is not for its algorithm'],
    ['for-encryption', 'token is unverifiable: its key is not for its algorithm'],
    ['unknown', 'token is unverifiable: its key is not for its algorithm'],
  ])('key id %j', async (kid, reason) => {
    expect(await method().authenticate(bearing(await sign(CLAIMS, 'RS256', kid)))).toEqual(reasonOf(reason));
  });

  test('without a key id the keys of its algorithm are tried, so many at most', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const right = { ...PAIRS['RS256']!.publicKey.export({ format: 'jwk' }), kid: 'right' };
    const token = await sign(CLAIMS, 'RS256', '');
    const decide = (others: number) => {
      const keys = [...KEYS.filter(({ kty }) => kty !== 'RSA'), ...Array.from({ length: others }, () => other), right];
      return method({}, () => Promise.resolve({ status: 200, body: JSON.stringify({ keys }) })).authenticate(bearing(token));
    };
    expect(await decide(MAX_TRIED_KEYS - 1)).toEqual({ allowed: true, user: 'alice' });
    expect(await decide(MAX_TRIED_KEYS)).toEqual(reasonOf('token signature is invalid'));
  });

  test('a key that is broken', async () => {
    expect(await method().authenticate(bearing(await sign(CLAIMS, 'EdDSA', 'broken')))).toMatchObject({ allowed: false });
  });

  test.each(['x', 'a.b', 'a.b.c', '..', 'a.b.c.d.e', `${encode({ alg: 'RS256', kid: 'RS256' })}.e30.AA`])(
    '%j is no token',
    async (token) => {
      expect(await method().authenticate(bearing(token))).toMatchObject({ allowed: false, askCredentials: false });
    },
  );

  test('a token is as long as it may be, or refused before anything is done with it', async () => {
    let fetches = 0;
    const http: AuthHttp = (request) => {
      fetches++;
      return SERVER(request);
    };
    const long = await method({}, http).authenticate(bearing('x'.repeat(MAX_TOKEN_CHARS + 1)));
    expect([long, fetches]).toEqual([reasonOf(`token is malformed: it is longer than ${MAX_TOKEN_CHARS} characters`), 0]);
    await method({}, http).authenticate(bearing('x'.repeat(MAX_TOKEN_CHARS)));
    expect(fetches).toBe(1);
  });
});

describe('issuer and audience', () => {
  test.each<[JWTPayload, string]>([
    [{ iss: 'us', aud: 'mesh' }, ''],
    [{ iss: 'us', aud: ['other', 'mesh'] }, ''],
    [{ iss: 'them', aud: 'mesh' }, 'token has invalid claims: token has invalid issuer'],
    [{ aud: 'mesh' }, 'token has invalid claims: token has invalid issuer'],
    [{ iss: 'us', aud: 'other' }, 'token has invalid claims: token has invalid audience'],
    [{ iss: 'us' }, 'token has invalid claims: token has invalid audience'],
  ])('%j: %j', async (claims, reason) => {
    const decision = await method({ issuer: 'us', audience: 'mesh' }).authenticate(bearing(await sign({ ...CLAIMS, ...claims })));
    expect(decision).toEqual(reason === '' ? { allowed: true, user: 'alice' } : reasonOf(reason));
  });
});

describe('permissions', () => {
  const MISSING = "token is malformed: could not JSON decode claim: claim 'mediamtx_permissions' not found inside JWT";
  const MALFORMED = "token is malformed: could not JSON decode claim: 'mediamtx_permissions' does not list permissions";
  const DENIED = "user doesn't have permission to perform action";

  test.each<[unknown, string]>([
    [[{ action: 'read', path: 'cam' }], ''],
    ['[{"action":"read","path":"cam"}]', ''],
    [[{ action: 'read' }], ''],
    [[{ action: 'publish' }, { action: 'read', path: '~^c.m$' }], ''],
    [[{ action: 'read', path: '~^x' }], DENIED],
    [[{ action: 'read', path: 'cam2' }], DENIED],
    [[{ action: 'publish', path: 'cam' }], DENIED],
    [[], DENIED],
    [undefined, MISSING],
    [[{ action: 'read', path: 'cam', more: 1 }], MALFORMED],
    [[{ action: 'reed' }], MALFORMED],
    ['read', MALFORMED],
    [{ action: 'read' }, MALFORMED],
    [5, MALFORMED],
  ])('%j: %j', async (claim, reason) => {
    const decision = await method().authenticate(bearing(await sign({ ...CLAIMS, mediamtx_permissions: claim })));
    expect(decision).toEqual(reason === '' ? { allowed: true, user: 'alice' } : reasonOf(reason));
  });

  test('are in the claim that is configured', async () => {
    const token = await sign({ sub: 'bob', rights: [{ action: 'read' }] });
    expect(await method({ claimKey: 'rights' }).authenticate(bearing(token))).toEqual({ allowed: true, user: 'bob' });
    expect(await method({ claimKey: 'toString' }).authenticate(bearing(token))).toMatchObject({ allowed: false });
  });

  test('what is excluded needs no token, and no keys', async () => {
    const away: AuthHttp = () => Promise.reject(new Error('away'));
    expect(await method({ exclude: [{ action: 'read', path: '' }] }, away).authenticate(REQUEST)).toEqual({ allowed: true, user: '' });
  });
});

describe('the key set', () => {
  test('is fetched once for all who wait, kept for an hour, and fetched anew on demand', async () => {
    let [fetches, nowMs] = [0, NOW_MS];
    const http: AuthHttp = (request) => {
      fetches++;
      return SERVER(request);
    };
    const authenticator = method({ nowMs: () => nowMs }, http);
    const token = await sign({ ...CLAIMS, exp: NOW_S + 10 * 3_600 });
    const ask = () => authenticator.authenticate(bearing(token));
    const decisions = await Promise.all([ask(), ask(), ask()]);
    expect([fetches, decisions.every(({ allowed }) => allowed)]).toEqual([1, true]);
    nowMs += KEY_SET_LIFETIME_MS - 1;
    await ask();
    expect(fetches).toBe(1);
    nowMs += 1;
    await ask();
    expect(fetches).toBe(2);
    authenticator.refreshKeys();
    await ask();
    expect(fetches).toBe(3);
  });

  test('a fetch that failed is tried again', async () => {
    const answers: (() => Promise<AuthHttpAnswer>)[] = [
      () => Promise.reject(new Error('connect ECONNREFUSED')),
      () => Promise.resolve({ status: 200, body: JSON.stringify({ keys: KEYS }) }),
    ];
    const authenticator = method({}, () => answers.shift()!());
    const token = await sign();
    expect(await authenticator.authenticate(bearing(token))).toEqual(reasonOf('JWKS cannot be fetched: connect ECONNREFUSED'));
    expect(await authenticator.authenticate(bearing(token))).toMatchObject({ allowed: true });
  });

  test.each<[AuthHttpAnswer, string]>([
    [{ status: 404, body: '' }, 'JWKS cannot be fetched: server replied with code 404'],
    [{ status: 200, body: undefined }, 'JWKS cannot be fetched: it is too large'],
    [{ status: 200, body: '{' }, 'JWKS is not valid JSON'],
    [{ status: 200, body: '[]' }, 'JWKS has no list of keys'],
    [{ status: 200, body: '{"keys":[1]}' }, 'JWKS has no list of keys'],
    [{ status: 200, body: '{"keys":[{"kty":"RSA"}]}' }, 'token is unverifiable: its key is not in the JWKS'],
  ])('%j: %s', async (answer, reason) => {
    expect(await method({}, () => Promise.resolve(answer)).authenticate(bearing(await sign()))).toEqual(reasonOf(reason));
  });
});
