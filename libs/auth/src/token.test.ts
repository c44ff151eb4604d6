import type { AuthAction } from '@mediamesh/config';
import { expect, test } from 'vitest';
import { NO_CREDENTIALS } from './index.ts';
import type { AuthProtocol, AuthRequest } from './index.ts';
import { tokenOf } from './token.ts';

const REQUEST: AuthRequest = {
  action: 'read',
  path: 'cam',
  query: '',
  protocol: 'rtsp',
  id: null,
  credentials: NO_CREDENTIALS,
  ip: '192.0.2.1',
  userAgent: '',
  canAskCredentials: true,
};

test('a bearer comes before a password, a password before the query', () => {
  const request = { ...REQUEST, query: 'token=query' };
  expect(tokenOf({ ...request, credentials: { user: 'u', pass: 'password', token: 'bearer' } }, false)).toBe('bearer');
  expect(tokenOf({ ...request, credentials: { user: 'u', pass: 'password', token: '' } }, false)).toBe('password');
  expect(tokenOf(request, false)).toBe('query');
});

test.each([
  ['token=a', 'a'],
  ['jwt=a', 'a'],
  ['jwt=a&token=b', 'b'],
  ['token=a%2Eb', 'a.b'],
  ['token=a&token=b', ''],
  ['token=a&token=b&jwt=c', 'c'],
  ['jwt=a&jwt=b', ''],
  ['Token=a', ''],
  ['token=', ''],
  ['token=a&x=%zz', ''],
  ['', ''],
])('of the query %j it is %j', (query, token) => {
  expect(tokenOf({ ...REQUEST, query }, false)).toBe(token);
});

test.each<[AuthProtocol, AuthAction, boolean, boolean]>([
  ['rtsp', 'read', true, true],
  ['rtmp', 'publish', true, true],
  ['hls', 'read', false, true],
  ['webrtc', 'publish', false, true],
  ['srt', 'read', false, false],
  ['moq', 'read', false, false],
  ['', 'playback', false, true],
  ['', 'api', false, true],
  ['', 'metrics', false, true],
  ['', 'pprof', false, true],
])('%s, %s: the query is looked at: %s, with authJWTInHTTPQuery: %s', (protocol, action, always, whenSet) => {
  const request = { ...REQUEST, protocol, action, query: 'token=a' };
  expect([tokenOf(request, false) === 'a', tokenOf(request, true) === 'a']).toEqual([always, whenSet]);
});
