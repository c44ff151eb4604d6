import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Logging } from '../log/logger.ts';
import { MemorySink } from '../log/memory-sink.ts';
import { AdminServer, MAX_ADMIN_CONNECTIONS, MAX_ADMIN_HEADER_BYTES } from './admin-server.ts';
import { Readiness } from './readiness.ts';
import { ServiceMetrics } from './service-metrics.ts';

describe('AdminServer', () => {
  const servers: AdminServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function open(
    readiness = new Readiness(),
    metrics = new ServiceMetrics(),
  ): Promise<{ url: string; port: number; sink: MemorySink }> {
    const sink = new MemorySink();
    const { logger } = new Logging({ level: 'debug', sinks: [sink] });
    const server = await AdminServer.open({ address: { host: '127.0.0.1', port: 0 }, readiness, metrics, logger });
    servers.push(server);
    return { url: `http://127.0.0.1:${server.port}`, port: server.port, sink };
  }

  /** Sends raw bytes and returns all that comes until the server closes. */
  async function exchange(port: number, bytes: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
    return received;
  }

  test('alive while it runs', async () => {
    const { url } = await open();
    const response = await fetch(`${url}/livez?verbose`);
    expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
  });

  test('ready when every check is, and names those that are not', async () => {
    const readiness = new Readiness();
    let reason: string | undefined = 'not connected to NATS';
    const remove = readiness.add('nats', () => reason);
    readiness.add('listeners', () => undefined);
    readiness.add('broken', () => {
      if (reason !== undefined) throw new Error('check failed');
      return undefined;
    });
    const { url } = await open(readiness);
    const before = await fetch(`${url}/readyz`);
    expect(before.status).toBe(503);
    expect(await before.json()).toEqual({
      ready: false,
      notReady: [
        { name: 'nats', reason: 'not connected to NATS' },
        { name: 'broken', reason: 'check failed' },
      ],
    });
    reason = undefined;
    const after = await fetch(`${url}/readyz`);
    expect([after.status, await after.json()]).toEqual([200, { ready: true, notReady: [] }]);
    expect(() => readiness.add('nats', () => undefined)).toThrow("'nats' already");
    remove();
    readiness.add('nats', () => 'again');
    expect(readiness.report().notReady).toEqual([{ name: 'nats', reason: 'again' }]);
  });

  test("the process's metrics and those that its services add", async () => {
    const metrics = new ServiceMetrics();
    const sessions = { rtsp: 3, rtmp: 1 };
    for (const service of ['rtsp', 'rtmp'] as const) {
      metrics.add(() => [
        { name: 'test_sessions', help: 'of the test', type: 'gauge', samples: [{ labels: { service }, value: sessions[service] }] },
      ]);
    }
    const { url } = await open(undefined, metrics);
    const first = await (await fetch(`${url}/metrics`)).text();
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'nodejs_gc_duration_seconds', 'nodejs_heap_size_used_bytes']) {
      expect(first).toContain(`# TYPE ${name} `);
    }
    expect(first).toContain('# TYPE test_sessions gauge\ntest_sessions{service="rtsp"} 3\ntest_sessions{service="rtmp"} 1\n');
    expect(first).not.toMatch(/^# TYPE \w+_total gauge$/mu);
    sessions.rtsp = 4;
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/u);
    expect(await response.text()).toContain('test_sessions{service="rtsp"} 4\n');
  });

  test('a source that fails is a logged 500', async () => {
    const metrics = new ServiceMetrics();
    metrics.add(() => {
      throw new Error('no figure');
    });
    const { url, sink } = await open(undefined, metrics);
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    expect(sink.text).toContain('admin request failed: Error: no figure');
  });

  test.each([
    ['an unknown path', 'GET /debug HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'HTTP/1.1 404 '],
    ['another method', 'DELETE /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'HTTP/1.1 405 '],
    [
      'a body, and no request after it',
      'GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\nGET /readyz HTTP/1.1\r\n\r\n',
      'HTTP/1.1 200 ',
    ],
    ['no HTTP', '\u0000\u0001\u0002\r\n\r\n', 'HTTP/1.1 400 '],
    ['long headers', `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(MAX_ADMIN_HEADER_BYTES)}\r\n\r\n`, 'HTTP/1.1 431 '],
  ])('answers %s once and closes', async (_, request, answer) => {
    const { port } = await open();
    const received = await exchange(port, request);
    expect(received.slice(0, answer.length)).toBe(answer);
    expect(received.match(/HTTP\/1\.1/gu)).toHaveLength(1);
  });

  test('holds as many connections as allowed, and closes one more at once', async () => {
    const { port } = await open();
    const held = Array.from({ length: MAX_ADMIN_CONNECTIONS }, () => connect(port, '127.0.0.1'));
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    expect(await exchange(port, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    const last = held[MAX_ADMIN_CONNECTIONS - 1] as Socket;
    last.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(String((await once(last, 'data'))[0])).toContain('200 OK');
    for (const socket of held) socket.destroy();
  });

  test('a taken address is an error', async () => {
    const { port } = await open();
    const { logger } = new Logging({ level: 'debug', sinks: [] });
    const again = AdminServer.open({
      address: { host: '127.0.0.1', port },
      readiness: new Readiness(),
      metrics: new ServiceMetrics(),
      logger,
    });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
