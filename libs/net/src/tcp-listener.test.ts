import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { CertificateFiles } from './certificate-files.ts';
import { ListenError } from './errors.ts';
import { certificateFingerprint } from './fingerprint.ts';
import { cleanUp, eventually, Loopback, LogLines, portOf, TCP_MODES, totalBytes } from './loopback.cases.ts';
import { text, v2WithTlvs } from './proxy-header.cases.ts';
import { TrustedNetworks } from './trusted-networks.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'net-'));
  cleanUp(() => rmSync(path, { recursive: true }));
  return path;
}

function certificate(directory = TESTDATA, logLines = new LogLines()): CertificateFiles {
  const files = new CertificateFiles({
    certificateFile: join(directory, 'first.crt'),
    keyFile: join(directory, 'first.key'),
    certificateFileKey: 'rtspServerCert',
    keyFileKey: 'rtspServerKey',
    log: logLines.log,
  });
  cleanUp(() => files.close());
  return files;
}

async function tls(socket: Socket): Promise<TLSSocket> {
  const secure = connectTls({ socket, rejectUnauthorized: false });
  secure.on('error', () => {});
  cleanUp(() => secure.destroy());
  await once(secure, 'secureConnect');
  return secure;
}

describe('addresses', () => {
  test.each([
    [':0', '127.0.0.1', '127.0.0.1'],
    [':0', '::1', '::1'],
    ['0.0.0.0:0', '127.0.0.1', '127.0.0.1'],
    ['[::1]:0', '::1', '::1'],
  ])('%s is reached at %s', async (address, host, seen) => {
    const loopback = await new Loopback().open({ address });
    const client = connect({ host, port: loopback.listener.local.port });
    cleanUp(() => client.destroy());
    await eventually(() => expect(loopback.received.length).toBe(1));
    const { remote, local, secure } = loopback.received[0]!.connection;
    expect(remote).toEqual({
      address: seen,
      port: client.localPort,
      text: seen.includes(':') ? `[::1]:${client.localPort}` : `${seen}:${client.localPort}`,
    });
    expect(local.port).toBe(loopback.listener.local.port);
    expect(secure).toBe(false);
  });

  test('0.0.0.0 and [::1] are of one family only', async () => {
    const ipv4 = await new Loopback().open({ address: '0.0.0.0:0' });
    const ipv6 = await new Loopback().open({ address: '[::1]:0' });
    for (const [host, loopback] of [
      ['::1', ipv4],
      ['127.0.0.1', ipv6],
    ] as const) {
      const [error] = await once(connect({ host, port: loopback.listener.local.port }), 'error');
      expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  test('a unix socket, after one that was left behind', async () => {
    const path = join(folder(), 'x.sock');
    const loopback = await new Loopback().open({ address: `unix://${path}` });
    expect(statSync(path).mode & 0o777).toBe(0o755);
    const client = connect({ path });
    client.end('hello');
    await eventually(() => expect(loopback.received[0]?.closed).toBe(true));
    expect(totalBytes(loopback.received[0]!.chunks)).toBe(5);
    expect(loopback.received[0]!.connection.remote).toEqual({ address: '', port: 0, text: '' });
    const next = await new Loopback().open({ address: `unix://${path}` });
    connect({ path }).end();
    await eventually(() => expect(next.received.length).toBe(1));
  });

  test('a file that is not a socket is not removed', async () => {
    const path = join(folder(), 'x.sock');
    writeFileSync(path, 'mine');
    await expect(new Loopback().open({ address: `unix://${path}` })).rejects.toThrow('exists and is not a socket');
    expect(existsSync(path)).toBe(true);
  });

  test('an address in use says so, with the key', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    cleanUp(() => other.close());
    await once(other, 'listening');
    const address = `127.0.0.1:${portOf(other)}`;
    const opened = new Loopback().open({ address, addressKey: 'rtspAddress' });
    await expect(opened).rejects.toBeInstanceOf(ListenError);
    await expect(opened).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `cannot listen on ${address} (rtspAddress): the address is in use; stop the program that uses it, or set another address`,
    });
  });

  test('an address that the machine does not have says so', async () => {
    await expect(new Loopback().open({ address: '192.0.2.1:0' })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });
});

describe('limits and closing', () => {
  test('one connection past the limit is refused, and accepted when another has gone', async () => {
    const loopback = await new Loopback().open({ maxConnections: 2 });
    const first = await loopback.pair();
    await loopback.pair();
    for (let i = 0; i < 2; i++) await once(await loopback.connect(), 'close');
    expect(loopback.received.length).toBe(2);
    expect(loopback.listener.refusedConnections).toBe(2);
    expect(loopback.logLines.lines).toEqual(['warn listener 127.0.0.1:0: 2 connections are open, further ones are refused']);
    first.client.destroy();
    await eventually(() => expect(loopback.listener.connectionCount).toBe(1));
    await loopback.pair();
    expect(loopback.received.length).toBe(3);
  });

  test.each(['plain', 'TLS'])('close ends all connections, %s', async (kind) => {
    const loopback = await new Loopback().open(kind === 'TLS' ? { certificate: certificate() } : {});
    const client = await loopback.connect();
    if (kind === 'TLS') await tls(client);
    await eventually(() => expect(loopback.received.length).toBe(1));
    await loopback.listener.close();
    await eventually(() => expect(loopback.received[0]!.closed).toBe(true));
    expect(loopback.listener.connectionCount).toBe(0);
  });

  test('stopAccepting keeps what is open', async () => {
    const loopback = await new Loopback().open();
    const { client, server } = await loopback.pair();
    const { port } = loopback.listener.local;
    loopback.listener.stopAccepting();
    const [error] = await once(connect({ port, host: '127.0.0.1' }), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    client.write('x');
    await eventually(() => expect(totalBytes(server.chunks)).toBe(1));
  });
});

describe('TLS', () => {
  test('carries data both ways, and is never polled', async () => {
    const loopback = await new Loopback().open({ certificate: certificate(), pool: TCP_MODES[1].pool() });
    const client = await tls(await loopback.connect());
    await eventually(() => expect(loopback.received.length).toBe(1));
    const { connection, chunks } = loopback.received[0]!;
    client.write(new Uint8Array(300_000));
    await eventually(() => expect(totalBytes(chunks)).toBe(300_000));
    expect([connection.secure, connection.polled]).toEqual([true, false]);
    expect(connection.remote.text).toBe(`127.0.0.1:${client.localPort}`);
    const got: Uint8Array[] = [];
    client.on('data', (bytes: Uint8Array) => got.push(bytes));
    connection.write(new Uint8Array(200_000));
    connection.end();
    await once(client, 'close');
    expect(totalBytes(got)).toBe(200_000);
    await eventually(() => expect(loopback.received[0]!.closed).toBe(true));
  });

  test('refuses versions before 1.2', async () => {
    const loopback = await new Loopback().open({ certificate: certificate() });
    const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0', rejectUnauthorized: false } as const;
    const client = connectTls({ ...options, socket: await loopback.connect() });
    await once(client, 'error');
    await eventually(() => expect(loopback.listener.connectionCount).toBe(0));
    expect(loopback.received.length).toBe(0);
    expect(loopback.logLines.lines[0]).toContain('TLS handshake');
  });

  test('a handshake that does not come is ended', async () => {
    const loopback = await new Loopback().open({ certificate: certificate(), handshakeTimeoutMs: 50 });
    await once(await loopback.connect(), 'close');
    await eventually(() => expect(loopback.listener.connectionCount).toBe(0));
  });

  test('a write with no progress is ended too', async () => {
    const loopback = await new Loopback().open({ certificate: certificate(), writeTimeoutMs: 4_000 });
    const client = await tls(await loopback.connect());
    await eventually(() => expect(loopback.received.length).toBe(1));
    client.pause();
    const { connection } = loopback.received[0]!;
    connection.write(new Uint8Array(15_000_000));
    await eventually(() => {
      loopback.clock.advance(500);
      expect(loopback.received[0]!.error).toMatchObject({ code: 'WRITE_TIMEOUT' });
    });
  });

  test('a new certificate serves new connections, without a restart', async () => {
    const directory = folder();
    const copy = (name: string, end: string): void =>
      writeFileSync(join(directory, `first.${end}`), readFileSync(join(TESTDATA, `${name}.${end}`)));
    copy('first', 'crt');
    copy('first', 'key');
    const logLines = new LogLines();
    const loopback = await new Loopback().open({ certificate: certificate(directory, logLines) });
    const fingerprint = async (): Promise<string> => certificateFingerprint((await tls(await loopback.connect())).getPeerCertificate().raw);
    const before = await fingerprint();
    copy('second', 'crt');
    await eventually(() => expect(logLines.lines.at(-1)).toContain('warn certificate not reloaded'));
    expect(await fingerprint()).toBe(before);
    copy('second', 'key');
    await eventually(() => expect(logLines.lines.at(-1)).toBe(`info certificate reloaded after change to ${join(directory, 'first.crt')}`));
    expect(await fingerprint()).not.toBe(before);
  });

  test('missing and wrong files name their keys', () => {
    expect(() => certificate('/nowhere')).toThrow("cannot read '/nowhere/first.crt': there is no such file; rtspServerCert names it");
    const directory = folder();
    writeFileSync(join(directory, 'first.crt'), readFileSync(join(TESTDATA, 'first.crt')));
    expect(() => certificate(directory)).toThrow(/there is no such file; rtspServerKey names it/);
    writeFileSync(join(directory, 'first.key'), readFileSync(join(TESTDATA, 'second.key')));
    expect(() => certificate(directory)).toThrow(/^rtspServerCert '.*' and rtspServerKey '.*' are not a certificate in PEM and its key/);
  });
});

describe('PROXY protocol', () => {
  const trusted = new TrustedNetworks(['127.0.0.0/8']);
  const HEADER = text('PROXY TCP4 203.0.113.9 127.0.0.1 4242 8554\r\n');

  test.each([
    ['version 1', HEADER, '203.0.113.9:4242'],
    ['version 2', v2WithTlvs(8), '10.0.0.1:8080'],
    ['version 1 of an unknown client', text('PROXY UNKNOWN\r\n'), undefined],
    ['no header', text(''), undefined],
  ])('%s of a trusted peer, with data behind it, in any chunking', async (_name, header, remote) => {
    const loopback = await new Loopback().open({ trustedProxies: trusted });
    const bytes = Buffer.concat([header, text('OPTIONS rtsp://x RTSP/1.0\r\n')]);
    for (const cut of [bytes.length, 1, 20, header.length]) {
      loopback.received.length = 0;
      const client = await loopback.connect();
      client.write(bytes.subarray(0, cut));
      if (cut < bytes.length) {
        await new Promise((resolve) => setImmediate(resolve));
        client.write(bytes.subarray(cut));
      }
      await eventually(() => expect(Buffer.concat(loopback.received[0]?.chunks ?? []).toString()).toBe('OPTIONS rtsp://x RTSP/1.0\r\n'));
      expect(loopback.received[0]!.connection.remote.text).toBe(remote ?? `127.0.0.1:${client.localPort}`);
    }
  });

  test('of an untrusted peer is data', async () => {
    const loopback = await new Loopback().open({ trustedProxies: new TrustedNetworks(['10.0.0.0/8']) });
    const { client, server } = await loopback.pair();
    client.write(HEADER);
    await eventually(() => expect(Buffer.concat(server.chunks).equals(HEADER)).toBe(true));
    expect(server.connection.remote.text).toBe(`127.0.0.1:${client.localPort}`);
  });

  test.each(['in one write', 'in two'])('before TLS, %s', async (chunking) => {
    const loopback = await new Loopback().open({ trustedProxies: trusted, certificate: certificate() });
    const raw = await loopback.connect();
    if (chunking === 'in one write') raw.cork();
    raw.write(HEADER);
    const secure = tls(raw);
    if (chunking === 'in one write') setImmediate(() => raw.uncork());
    (await secure).write('hello');
    await eventually(() => expect(Buffer.concat(loopback.received[0]?.chunks ?? []).toString()).toBe('hello'));
    expect(loopback.received[0]!.connection.remote.text).toBe('203.0.113.9:4242');
    expect(loopback.received[0]!.connection.secure).toBe(true);
  });

  test('a malformed header ends the connection', async () => {
    const loopback = await new Loopback().open({ trustedProxies: trusted });
    const client = await loopback.connect();
    client.write('PROXY NONSENSE\r\n');
    await once(client, 'close');
    expect(loopback.received.length).toBe(0);
    expect(loopback.logLines.lines[0]).toContain('PROXY header: version 1');
  });

  test('half a header ends the connection at the timeout, nothing at all does not', async () => {
    const loopback = await new Loopback().open({ trustedProxies: trusted, handshakeTimeoutMs: 5_000 });
    const half = await loopback.connect();
    half.write('PROXY TC');
    const silent = await loopback.connect();
    await eventually(() => expect(loopback.listener.connectionCount).toBe(2));
    const closed = once(half, 'close');
    await eventually(() => {
      loopback.clock.advance(1_000);
      expect(loopback.received.length).toBe(1);
    });
    await closed;
    silent.write('x');
    await eventually(() => expect(totalBytes(loopback.received[0]!.chunks)).toBe(1));
  });
});
