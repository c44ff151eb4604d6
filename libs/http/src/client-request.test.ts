import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { httpsAgent, redirectTarget, startRequest } from './client-request.ts';

test.each([
  ['/b', 'http://h:1/b'],
  ['b?c', 'http://h:1/a/b?c'],
  ['//other/b', 'http://other/b'],
  ['https://other/b', 'https://other/b'],
  ['file:///etc/passwd', undefined],
  ['data:,x', undefined],
  ['http://', undefined],
])('a redirect to %s', (location, expected) => {
  expect(redirectTarget(new URL('http://h:1/a/x'), location)?.href).toBe(expected);
});

test.each([
  ['/y', 'http://me:secret@a.example/y'],
  ['http://you:other@a.example/y', 'http://you:other@a.example/y'],
  ['https://a.example/y', 'https://a.example/y'],
  ['http://b.example/y', 'http://b.example/y'],
])('user and password on a redirect to %s', (location, expected) => {
  expect(redirectTarget(new URL('http://me:secret@a.example/x'), location)?.href).toBe(expected);
});

test.each([
  ['', undefined],
  ['us%40er:p%3Aw@', 'us@er:p:w'],
  ['%zz:%@', '%zz:%'],
])('the credentials %s', async (credentials, expected) => {
  const server = createServer((request, response) => response.end(JSON.stringify(request.headers.authorization ?? null)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = new URL(`http://${credentials}127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const [response] = await once(startRequest(url, { agents: { http: false, https: httpsAgent('') } }).end(), 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    const header = JSON.parse(text) as string | null;
    expect(header && Buffer.from(header.replace('Basic ', ''), 'base64').toString()).toBe(expected ?? null);
  } finally {
    server.close();
  }
});
