import { expect, test } from 'vitest';
import { iceServerLink } from './ice-servers.ts';

test.each([
  [{ url: 'stun:a:3478', username: '', credential: '' }, '<stun:a:3478>; rel="ice-server"'],
  [
    { url: 'turn:a:3478', username: 'u"s', credential: 'p\\w' },
    '<turn:a:3478>; rel="ice-server"; username="u\\"s"; credential="p\\\\w"; credential-type="password"',
  ],
])('the link of %o', (server, link) => {
  expect(iceServerLink(server)).toBe(link);
});
