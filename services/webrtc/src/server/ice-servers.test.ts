import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { IceServers } from './ice-servers.ts';

const DAY_S = 24 * 3_600;

test.each([
  [{ url: 'stun:192.0.2.1:3478', username: '', password: '', clientOnly: false }, '<stun:192.0.2.1:3478>; rel="ice-server"'],
  [{ url: 'stun:192.0.2.1:3478', username: '', password: '', clientOnly: true }, '<stun:192.0.2.1:3478>; rel="ice-server"'],
  [
    { url: 'turn:192.0.2.1:3478', username: 'ann', password: 's', clientOnly: false },
    '<turn:192.0.2.1:3478>; rel="ice-server"; username="ann"; credential="s"; credential-type="password"',
  ],
])('clients are told of %o', (server, link) => {
  expect(new IceServers([server]).links()).toEqual([link]);
});

test('with a shared secret, each client gets credentials for a day that the server can verify', () => {
  const servers = new IceServers([{ url: 'turn:192.0.2.1:3478', username: 'AUTH_SECRET', password: 'shared', clientOnly: false }]);
  const links = [servers.links()[0]!, servers.links()[0]!];
  const before = Math.floor(Date.now() / 1000);
  for (const link of links) {
    const [, username, expiry, credential] = /; username="((\d+):[A-Za-z0-9]{20})"; credential="([^"]+)"; credential-type="password"$/.exec(
      link,
    )!;
    expect(Math.abs(Number(expiry) - before - DAY_S)).toBeLessThanOrEqual(5);
    expect(credential).toBe(createHmac('sha1', 'shared').update(username!).digest('base64'));
    expect(link).not.toContain('shared');
  }
  expect(links[0]).not.toBe(links[1]);
});
