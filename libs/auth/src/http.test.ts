import { describe, expect, test } from 'vitest';
import { HttpAuthenticator, MAX_PENDING_QUESTIONS, NO_CREDENTIALS } from './index.ts';
import type { AuthHttp, AuthHttpAnswer, AuthHttpRequest, AuthRequest } from './index.ts';

const REQUEST: AuthRequest = {
  action: 'publish',
  path: 'cam/1',
  query: 'a=b',
  protocol: 'rtsp',
  id: '3b241101-e2bb-4255-8caf-4136c566a962',
  credentials: { user: 'alice', pass: 'secret', token: '' },
  ip: '192.0.2.1',
  userAgent: 'agent',
  canAskCredentials: true,
};
const ANONYMOUS = { ...REQUEST, query: '', credentials: NO_CREDENTIALS };

function method(http: AuthHttp, exclude: readonly { action: 'publish' | 'read'; path: string }[] = []): HttpAuthenticator {
  return new HttpAuthenticator({ address: 'http://auth.example/ask', fingerprint: 'ab', exclude, timeoutMs: 10_000, http });
}
const answering =
  (status: number, body: string | undefined = ''): AuthHttp =>
  () =>
    Promise.resolve({ status, body });

test('the server is asked with all keys; the password is reported as token, too', async () => {
  const asked: AuthHttpRequest[] = [];
  const decision = await method((request) => {
    asked.push(request);
    return Promise.resolve({ status: 200, body: '' });
  }).authenticate(REQUEST);
  expect(decision).toEqual({ allowed: true, user: 'alice' });
  expect(asked).toHaveLength(1);
  const [{ body, ...rest }] = asked as [AuthHttpRequest];
  expect(rest).toEqual({ method: 'POST', url: 'http://auth.example/ask', fingerprint: 'ab', timeoutMs: 10_000 });
  expect(body).toBe(
    '{"ip":"192.0.2.1","user":"alice","password":"secret","token":"secret","action":"publish","path":"cam/1",' +
      '"protocol":"rtsp","id":"3b241101-e2bb-4255-8caf-4136c566a962","query":"a=b","userAgent":"agent"}',
  );
});

test.each([200, 204, 299])('%i is yes', async (status) => {
  expect(await method(answering(status)).authenticate(REQUEST)).toMatchObject({ allowed: true });
});

test.each<[string, AuthHttp, string]>([
  ['a code', answering(401), 'server replied with code 401'],
  ['a code and a text', answering(403, 'no'), 'server replied with code 403: no'],
  ['a text that is too long', answering(500, undefined), 'server replied with code 500'],
  ['300', answering(300), 'server replied with code 300'],
  ['199', answering(199), 'server replied with code 199'],
  ['nothing', () => Promise.reject(new Error('connect ECONNREFUSED')), 'HTTP request failed: connect ECONNREFUSED'],
])('%s is no', async (_, http, reason) => {
  expect(await method(http).authenticate(REQUEST)).toEqual({ allowed: false, askCredentials: false, reason });
});

describe('who is asked for credentials', () => {
  test.each<[string, Partial<AuthRequest>, boolean]>([
    ['sent nothing', {}, true],
    ['sent nothing and cannot be asked', { canAskCredentials: false }, false],
    ['sent a token in the query', { query: 'token=t' }, false],
    ['sent a token in the query of HLS, where none is looked for', { query: 'token=t', protocol: 'hls' }, true],
  ])('%s: %j -> %s', async (_, change, askCredentials) => {
    expect(await method(answering(401)).authenticate({ ...ANONYMOUS, ...change })).toMatchObject({ allowed: false, askCredentials });
  });
});

test('what is excluded is not asked', async () => {
  const excluding = method(() => Promise.reject(new Error('asked')), [{ action: 'publish', path: '~^cam/' }]);
  expect(await excluding.authenticate(REQUEST)).toEqual({ allowed: true, user: '' });
  expect(await excluding.authenticate({ ...REQUEST, path: 'other' })).toMatchObject({ allowed: false });
});

test('a question that is not answered holds up nobody; only so many wait', async () => {
  const waiting: ((answer: AuthHttpAnswer) => void)[] = [];
  const slow = method(({ body }) =>
    body?.includes('"path":"fast"') === true
      ? Promise.resolve({ status: 200, body: '' })
      : new Promise<AuthHttpAnswer>((resolve) => waiting.push(resolve)),
  );
  const held = Array.from({ length: MAX_PENDING_QUESTIONS - 1 }, () => slow.authenticate(REQUEST));
  expect(await slow.authenticate({ ...REQUEST, path: 'fast' })).toMatchObject({ allowed: true });
  held.push(slow.authenticate(REQUEST));
  expect(await slow.authenticate({ ...REQUEST, path: 'fast' })).toMatchObject({
    allowed: false,
    reason: 'too many requests wait for the authentication server',
  });
  for (const answer of waiting) answer({ status: 200, body: '' });
  expect((await Promise.all(held)).every(({ allowed }) => allowed)).toBe(true);
  expect(await slow.authenticate({ ...REQUEST, path: 'fast' })).toMatchObject({ allowed: true });
});
