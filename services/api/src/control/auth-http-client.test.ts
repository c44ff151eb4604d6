import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { MAX_AUTH_ANSWER_BYTES } from '@mediamesh/auth';
import type { AuthHttpRequest } from '@mediamesh/auth';
import { MAX_REDIRECTS } from '@mediamesh/http';
import { certificateFingerprint } from '@mediamesh/net';
import { TemporaryFolder, createCertificate } from '@mediamesh/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { askAuthServer } from './auth-http-client.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function listen(opened: Server): Promise<string> {
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(opened.address() as AddressInfo).port}`;
}

async function serve(listener: RequestListener): Promise<string> {
  return `http://${await listen(createServer(listener))}`;
}

function ask(url: string, change: Partial<AuthHttpRequest> = {}) {
  return askAuthServer({ method: 'POST', url, body: '{"a":"ü"}', fingerprint: '', timeoutMs: 10_000, ...change });
}

/** Answers with what was asked. */
const echo: RequestListener = (request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text: string) => (body += text));
  request.on('end', () => {
    const { authorization = '', connection, 'content-type': type = '' } = request.headers;
    response.end(JSON.stringify([request.method, request.url, type, connection, authorization, body]));
  });
};

test('a question is sent as JSON, over a connection of its own', async () => {
  const url = await serve(echo);
  const { status, body } = await ask(`${url.replace('//', '//user:p%20w@')}/ask?x=1`);
  const authorization = `Basic ${Buffer.from('user:p w').toString('base64')}`;
  expect([status, JSON.parse(body ?? '')]).toEqual([200, ['POST', '/ask?x=1', 'application/json', 'close', authorization, '{"a":"ü"}']]);
});

test.each([
  [MAX_AUTH_ANSWER_BYTES, MAX_AUTH_ANSWER_BYTES],
  [MAX_AUTH_ANSWER_BYTES + 1, undefined],
])('an answer of %i bytes', async (size, length) => {
  const url = await serve((_, response) => response.end('x'.repeat(size)));
  expect((await ask(url)).body?.length).toBe(length);
});

test.each([
  [301, 'GET', ''],
  [302, 'GET', ''],
  [303, 'GET', ''],
  [307, 'POST', '{"a":"ü"}'],
  [308, 'POST', '{"a":"ü"}'],
])('redirect %i is followed with %s', async (status, method, body) => {
  const url = await serve((request, response) =>
    request.url === '/there' ? echo(request, response) : response.writeHead(status, { location: '/there' }).end(),
  );
  const [asked, path, , , , sent] = JSON.parse((await ask(url)).body ?? '') as string[];
  expect([asked, path, sent]).toEqual([method, '/there', body]);
});

test('redirects end', async () => {
  let asked = 0;
  const url = await serve((_, response) => {
    asked++;
    response.writeHead(302, { location: '/' }).end();
  });
  await expect(ask(url)).rejects.toThrow(`stopped after ${MAX_REDIRECTS} redirects`);
  expect(asked).toBe(MAX_REDIRECTS + 1);
});

test('redirects stay with HTTP', async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end());
  await expect(ask(url)).rejects.toThrow('none of HTTP');
});

test.each<[string, RequestListener]>([
  ['at all', () => {}],
  ['to the end', (_, response) => void response.writeHead(200).write('x')],
])('a server that does not answer %s is waited for so long', async (_, listener) => {
  await expect(ask(await serve(listener), { timeoutMs: 100 })).rejects.toThrow('no complete answer within 0.1 s');
});

test('an answer that breaks off is none', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('x', () => response.destroy());
  });
  await expect(ask(url)).rejects.toThrow();
});

test('a server that is not there', async () => {
  const url = await serve(echo);
  await new Promise((resolve) => server?.close(resolve));
  await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
});

describe('TLS', () => {
  async function secure(listener: RequestListener): Promise<{ readonly url: string; readonly fingerprint: string }> {
    const folder = new TemporaryFolder();
    try {
      const { keyFile, certificateFile } = await createCertificate(folder);
      const [key, cert] = [readFileSync(keyFile), readFileSync(certificateFile)];
      const url = `https://${await listen(createSecureServer({ key, cert }, listener))}`;
      return { url, fingerprint: certificateFingerprint(new X509Certificate(cert).raw) };
    } finally {
      folder.close();
    }
  }

  test('a certificate that nobody vouches for is refused, one that is pinned is taken', async () => {
    const { url, fingerprint } = await secure(echo);
    await expect(ask(url)).rejects.toThrow('self-signed certificate');
    expect((await ask(url, { fingerprint: fingerprint.toUpperCase() })).status).toBe(200);
  });

  test('another certificate than the pinned one sees nothing of the question', async () => {
    let asked = 0;
    const { url, fingerprint } = await secure(() => asked++);
    const other = 'ab'.repeat(32);
    await expect(ask(url, { fingerprint: other })).rejects.toThrow(
      `source fingerprint does not match: expected ${other}, got ${fingerprint}`,
    );
    expect(asked).toBe(0);
  });
});
