import { expect, test } from 'vitest';
import { redirectTarget, withoutUser } from './redirect.ts';

const FROM = new URL('http://me:secret@a.example/x/whep');

test.each([
  ['/y', 'http://me:secret@a.example/y'],
  ['http://a.example/y', 'http://me:secret@a.example/y'],
  ['http://you:other@a.example/y', 'http://you:other@a.example/y'],
  ['https://a.example/y', 'https://a.example/y'],
  ['http://b.example/y', 'http://b.example/y'],
  ['ftp://a.example/y', undefined],
  ['http://', undefined],
])('%s leads to %s', (location, target) => {
  expect(redirectTarget(FROM, location)?.href).toBe(target);
});

test('user and password are decoded, and leave the address', () => {
  const { target, auth } = withoutUser(new URL('http://m%40e:s%3Ac@a.example/'));
  expect([target.href, auth]).toEqual(['http://a.example/', 'm@e:s:c']);
  expect(withoutUser(new URL('http://%zz:x@a.example/')).auth).toBe('%zz:x');
  expect(withoutUser(new URL('http://a.example/'))).not.toHaveProperty('auth');
});
