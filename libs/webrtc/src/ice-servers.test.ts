import { expect, test } from 'vitest';
import { MAX_LINKED_ICE_SERVERS, iceServerLink, parseIceServerLinks } from './ice-servers.ts';

test.each([
  [{ url: 'stun:a:3478', username: '', credential: '' }, '<stun:a:3478>; rel="ice-server"'],
  [
    { url: 'turn:a:3478', username: 'u"s', credential: 'p\\w' },
    '<turn:a:3478>; rel="ice-server"; username="u\\"s"; credential="p\\\\w"; credential-type="password"',
  ],
])('the link of %o', (server, link) => {
  expect(iceServerLink(server)).toBe(link);
});

test('links are read again', () => {
  const servers = [
    { url: 'stun:192.0.2.1:3478', username: '', credential: '' },
    { url: 'turn:192.0.2.1:3478?transport=tcp', username: 'a, "b"; c=\\', credential: '<x>; rel="other"' },
  ];
  expect(parseIceServerLinks(servers.map(iceServerLink).join(', '))).toEqual(servers);
});

test('other links, and what is none, are left out; there are not too many', () => {
  expect(parseIceServerLinks('<https://example.org>; rel="next", <stun:a>; rel=ice-server, stun:b; rel="ice-server"')).toEqual([
    { url: 'stun:a', username: '', credential: '' },
  ]);
  const many = Array.from({ length: MAX_LINKED_ICE_SERVERS + 1 }, () => '<stun:a>; rel="ice-server"').join(',');
  expect(parseIceServerLinks(many)).toHaveLength(MAX_LINKED_ICE_SERVERS);
});
