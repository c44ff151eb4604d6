import { describe, expect, test } from 'vitest';
import { parseAuthorization, type DigestAuthorization } from '../header/authorization.ts';
import { countingCrypto } from '../node-crypto.cases.ts';
import { authorizationValue, chooseChallenge } from './client-auth.ts';
import { digestResponse } from './digest.ts';
import { challengeValues, digestUriMatches, verifyDigest, type AuthMethod } from './server-auth.ts';

const crypto = countingCrypto();
const credentials = { user: 'admin', password: 'secret' };

describe('Digest', () => {
  test('the example of RFC 2069, and the same with SHA-256', () => {
    const input = {
      user: 'Mufasa',
      password: 'CircleOfLife',
      realm: 'testrealm@host.com',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      method: 'GET',
      uri: '/dir/index.html',
    };
    expect(digestResponse(crypto, 'MD5', input)).toBe('1949323746fe6a43ef61f9606e7febea');
    expect(digestResponse(crypto, 'SHA-256', input)).toBe('89381827616a396139e299fae10b3a81aaa7bb9e04bee0dcb56ca48dd58af998');
  });

  const METHODS: readonly (readonly AuthMethod[])[] = [['digest-md5'], ['digest-sha256'], ['basic', 'digest-md5', 'digest-sha256']];
  test.each(METHODS.map((methods) => ({ methods })))('what the client answers, the server accepts: $methods', ({ methods }) => {
    const challenge = chooseChallenge(challengeValues(methods, 'nonce'))!;
    const request = { method: 'DESCRIBE', url: 'rtsp://h/p?q' };
    const authorization = parseAuthorization(authorizationValue(crypto, challenge, credentials, request)) as DigestAuthorization;
    const check = { authorization, methods, nonce: 'nonce', ...request };
    expect(authorization.algorithm).toBe(methods.includes('digest-sha256') ? 'SHA-256' : 'MD5');
    expect(verifyDigest(crypto, check, 'admin', 'secret')).toBe(true);
    expect(verifyDigest(crypto, check, 'admin', 'other')).toBe(false);
    expect(verifyDigest(crypto, check, 'root', 'secret')).toBe(false);
    expect(verifyDigest(crypto, { ...check, nonce: 'of another connection' }, 'admin', 'secret')).toBe(false);
    expect(verifyDigest(crypto, { ...check, method: 'SETUP' }, 'admin', 'secret')).toBe(false);
    expect(verifyDigest(crypto, { ...check, url: 'rtsp://h/other' }, 'admin', 'secret')).toBe(false);
    expect(verifyDigest(crypto, { ...check, methods: ['basic'] }, 'admin', 'secret')).toBe(false);
  });

  const URIS: readonly (readonly [uri: string, url: string, method: string, matches: boolean])[] = [
    ['rtsp://h/p?q', 'rtsp://h/p?q', 'DESCRIBE', true],
    ['/p?q', 'rtsp://h/p?q', 'DESCRIBE', true],
    ['/p', 'rtsp://h/p?q', 'DESCRIBE', false],
    ['rtsp://h/p/', 'rtsp://h/p/trackID=0', 'SETUP', true],
    ['rtsp://h/p', 'rtsp://h/p/trackID=0', 'SETUP', true],
    ['rtsp://h/p', 'rtsp://h/p/trackID=0', 'PLAY', false],
    ['rtsp://h/', 'rtsp://h/p/trackID=0', 'SETUP', false],
    ['/p', '*', 'OPTIONS', false],
    ['', 'rtsp://h/p', 'DESCRIBE', false],
  ];
  test.each(URIS)('uri %j of %j in %s: %j', (uri, url, method, matches) => expect(digestUriMatches(url, uri, method)).toBe(matches));
});

describe('challenges', () => {
  test('one a method, in the order of the methods', () =>
    expect(challengeValues(['digest-md5', 'basic'], 'n')).toEqual([
      'Digest realm="ipcam", nonce="n", algorithm="MD5"',
      'Basic realm="ipcam"',
    ]));

  test('the strongest that is understood is answered', () => {
    expect(chooseChallenge(['Negotiate', 'Basic realm="a"', 'Digest realm="a", nonce="b"'])).toMatchObject({ scheme: 'digest' });
    expect(chooseChallenge(['Digest realm="a", nonce="b", algorithm="SHA-512"', 'Basic realm="a"'])).toEqual({
      scheme: 'basic',
      realm: 'a',
    });
    expect(chooseChallenge(['Negotiate'])).toBeUndefined();
  });

  test('Basic', () =>
    expect(authorizationValue(crypto, { scheme: 'basic', realm: 'a' }, credentials, { method: 'OPTIONS', url: '*' })).toBe(
      'Basic YWRtaW46c2VjcmV0',
    ));
});
