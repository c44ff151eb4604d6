import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ConnectionError, FingerprintError } from './errors.ts';
import { certificateFingerprint } from './fingerprint.ts';
import { cleanUp, eventually, Loopback, ManualClock, portOf } from './loopback.cases.ts';
import { openTcpConnection } from './tcp-connect.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');
const CERTIFICATE = readFileSync(join(TESTDATA, 'first.crt'));
const FINGERPRINT = certificateFingerprint(new X509Certificate(CERTIFICATE).raw);

async function tlsServer(): Promise<number> {
  const server = createTlsServer({ cert: CERTIFICATE, key: readFileSync(join(TESTDATA, 'first.key')) }, (socket) =>
    socket.on('error', () => {}).pipe(socket),
  );
  server.listen(0, '127.0.0.1');
  cleanUp(() => server.close());
  await once(server, 'listening');
  return portOf(server);
}

describe('openTcpConnection', () => {
  test('connects, by address and by name', async () => {
    const loopback = await new Loopback().open();
    for (const host of ['127.0.0.1', 'localhost']) {
      const connection = await openTcpConnection({
        host,
        port: loopback.listener.local.port,
        timers: loopback.clock.timers,
        timeoutMs: 5_000,
      });
      expect(connection.remote.text).toBe(loopback.listener.local.text);
      connection.write(Uint8Array.of(1));
      connection.end();
    }
    await eventually(() => expect(loopback.received.filter((received) => received.closed).length).toBe(2));
  });

  test('a refused connection is an error with its code', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = portOf(server);
    server.close();
    await once(server, 'close');
    const opened = openTcpConnection({ host: '127.0.0.1', port, timers: new ManualClock().timers, timeoutMs: 5_000 });
    await expect(opened).rejects.toBeInstanceOf(ConnectionError);
    await expect(opened).rejects.toMatchObject({ code: 'ECONNREFUSED', message: 'connection refused' });
  });

  test('a handshake that does not come is ended at the timeout', async () => {
    const loopback = await new Loopback().open();
    const { clock } = loopback;
    const opened = openTcpConnection({
      host: '127.0.0.1',
      port: loopback.listener.local.port,
      timers: clock.timers,
      timeoutMs: 5_000,
      tls: {},
    });
    const rejected = expect(opened).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    await eventually(() => expect(loopback.received.length).toBe(1));
    clock.advance(4_900);
    expect(loopback.received[0]!.closed).toBe(false);
    clock.advance(100);
    await rejected;
    await eventually(() => expect(loopback.received[0]!.closed).toBe(true));
  });

  test('can be abandoned, before and while it runs', async () => {
    const loopback = await new Loopback().open();
    const options = { host: '127.0.0.1', port: loopback.listener.local.port, timers: loopback.clock.timers, timeoutMs: 5_000, tls: {} };
    await expect(openTcpConnection({ ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    const controller = new AbortController();
    const rejected = expect(openTcpConnection({ ...options, signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    controller.abort();
    await rejected;
  });

  test.each([FINGERPRINT, FINGERPRINT.toUpperCase()])('accepts the pinned certificate: %s', async (fingerprint) => {
    const port = await tlsServer();
    const connection = await openTcpConnection({
      host: '127.0.0.1',
      port,
      timers: new ManualClock().timers,
      timeoutMs: 5_000,
      tls: { fingerprint },
    });
    let echoed = 0;
    connection.onData = (bytes) => (echoed += bytes.length);
    connection.write(new Uint8Array(100_000));
    await eventually(() => expect(echoed).toBe(100_000));
    connection.destroy();
  });

  test('refuses another certificate than the pinned one', async () => {
    const port = await tlsServer();
    const fingerprint = 'AB'.repeat(32);
    const opened = openTcpConnection({ host: '127.0.0.1', port, timers: new ManualClock().timers, timeoutMs: 5_000, tls: { fingerprint } });
    await expect(opened).rejects.toBeInstanceOf(FingerprintError);
    await expect(opened).rejects.toThrow(`source fingerprint does not match: expected ${'ab'.repeat(32)}, got ${FINGERPRINT}`);
  });

  test.each([{}, { fingerprint: '' }])('without a fingerprint a self-signed certificate is refused, with advice', async (tls) => {
    const port = await tlsServer();
    const opened = openTcpConnection({ host: '127.0.0.1', port, timers: new ManualClock().timers, timeoutMs: 5_000, tls });
    await expect(opened).rejects.toMatchObject({
      code: 'CERTIFICATE_UNTRUSTED',
      message: expect.stringContaining('configure its fingerprint'),
    });
  });
});
