import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, expect, test } from 'vitest';
import { RoundRobinProxy } from './round-robin-proxy.ts';

async function listen(answer: RequestListener): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function proxyOf(...backends: readonly string[]): Promise<RoundRobinProxy> {
  const proxy = await RoundRobinProxy.open(backends);
  onTestFinished(() => proxy.close());
  return proxy;
}

const named =
  (name: string): RequestListener =>
  (request, response) =>
    response.setHeader('x-name', name).end(`${name} ${request.method} ${request.url}`);

const textOf = async (url: string, init?: RequestInit): Promise<string> => (await fetch(url, init)).text();

test('requests go round, with their path, and answers come back with their headers', async () => {
  const [a, b] = [await listen(named('a')), await listen(named('b'))];
  const proxy = await proxyOf(a.url, b.url);
  expect(await textOf(`${proxy.url}/x?y=1`)).toBe('a GET /x?y=1');
  const second = await fetch(`${proxy.url}/z`);
  expect([second.headers.get('x-name'), await second.text()]).toEqual(['b', 'b GET /z']);
  proxy.remove(b.url);
  expect(await textOf(`${proxy.url}/1`)).toContain('a ');
  expect(await textOf(`${proxy.url}/2`)).toContain('a ');
});

test('a backend that is gone before it answered: GET is asked elsewhere, POST is not', async () => {
  const a = await listen((request) => request.socket.destroy());
  const b = await listen(named('b'));
  const proxy = await proxyOf(a.url, b.url);
  expect(await textOf(`${proxy.url}/x`)).toBe('b GET /x');
  expect(await textOf(`${proxy.url}/y`)).toBe('b GET /y');
  expect(proxy.repeated).toBe(1);
  const refused = await fetch(proxy.url, { method: 'POST', body: 'x' });
  expect([refused.status, proxy.repeated]).toEqual([502, 1]);
});

test('an answer that a backend did not end is cut for the client, and counted', async () => {
  const a = await listen((_request, response) => {
    response.setHeader('Content-Length', 10);
    response.write('half', () => response.destroy());
  });
  const proxy = await proxyOf(a.url);
  await expect(textOf(proxy.url)).rejects.toThrow();
  expect(proxy.cutBodies).toBe(1);
});

test('nobody is there', async () => {
  const proxy = await proxyOf();
  expect((await fetch(proxy.url)).status).toBe(502);
});
