import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlError } from '@mediamesh/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readNatsSettings } from '../environment.ts';
import type { NatsSettings } from '../environment.ts';
import { Logging } from '../log/logger.ts';
import { MemorySink } from '../log/memory-sink.ts';
import { connectNats } from './connect-nats.ts';
import { describeControlTransport } from './control-transport.cases.ts';
import { NatsServer } from './nats-server.cases.ts';
import { NatsWire } from './nats-wire.ts';

const DEADLINE_MS = 10_000;
const sink = new MemorySink();
const { logger } = new Logging({ level: 'debug', sinks: [sink] });

function settingsOf(env: Record<string, string>): NatsSettings {
  const settings = readNatsSettings(env);
  if (settings === undefined) throw new Error('no MEDIAMESH_NATS_URL');
  return settings;
}

async function openWire(env: Record<string, string>): Promise<NatsWire> {
  const settings = settingsOf(env);
  return new NatsWire(await connectNats(settings, { name: 'test', logger }), settings.prefix, logger);
}

describeControlTransport('control transport over NATS', async () => {
  const server = await NatsServer.start();
  return { wire: () => openWire({ MEDIAMESH_NATS_URL: server.url }), end: () => server.kill() };
});

describe('NatsWire', () => {
  const ends: (() => unknown)[] = [];
  beforeEach(() => {
    sink.entries.length = 0;
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function serve(...args: string[]): Promise<NatsServer> {
    const server = await NatsServer.start(...args);
    ends.push(() => server.kill());
    return server;
  }

  async function open(env: Record<string, string>): Promise<NatsWire> {
    const wire = await openWire(env);
    ends.push(() => wire.close());
    return wire;
  }

  async function canAsk(wire: NatsWire): Promise<boolean> {
    const subscription = wire.subscribe('echo', undefined, (bytes, reply) => reply(bytes));
    const reply = await wire.request('echo', Buffer.from('hi'), { timeoutMs: DEADLINE_MS });
    subscription.unsubscribe();
    return Buffer.from(reply).toString() === 'hi';
  }

  test('a lost broker rejects what waits, and everything works again when it is back', async () => {
    const server = await serve();
    const wire = await open({ MEDIAMESH_NATS_URL: server.url });
    const statuses: string[] = [];
    wire.onStatus((status) => statuses.push(status));
    let asked = 0;
    wire.subscribe('hang', undefined, () => asked++);
    wire.subscribe('echo', 'q', (bytes, reply) => reply(bytes));
    const waiting = wire.request('hang', Buffer.from(''), { timeoutMs: 1e9 });
    waiting.catch(() => undefined);
    await expect.poll(() => asked, { timeout: DEADLINE_MS }).toBe(1);
    await server.kill();
    const error = await waiting.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ControlError);
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect((error as Error).message).toContain(
      "the connection to NATS was lost (the request may have been carried out) while waiting for 'hang'",
    );
    expect(wire.connected).toBe(false);
    expect(wire.publish('echo', Buffer.from(''))).toBe(false);
    await expect(wire.request('echo', Buffer.from(''), { timeoutMs: 1e9 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('check nats-server and MEDIAMESH_NATS_URL') as unknown,
    });
    await wire.flush();
    await server.start();
    await expect.poll(() => wire.connected, { timeout: DEADLINE_MS }).toBe(true);
    expect(Buffer.from(await wire.request('echo', Buffer.from('x'), { timeoutMs: DEADLINE_MS })).toString()).toBe('x');
    expect(statuses).toEqual(['disconnected', 'connected']);
    expect(sink.text).toContain('WAR lost the connection to NATS');
  });

  test('connecting waits for the broker, says so once, and gives up with the signal', async () => {
    const server = await serve();
    await server.kill();
    const abort = new AbortController();
    const settings = settingsOf({ MEDIAMESH_NATS_URL: server.url });
    const refused = connectNats(settings, { name: 'test', logger, signal: abort.signal });
    refused.catch(() => undefined);
    const connecting = connectNats(settings, { name: 'test', logger });
    await expect.poll(() => sink.entries.length, { timeout: DEADLINE_MS }).toBe(2);
    expect(sink.text).toContain(`WAR cannot connect to NATS 127.0.0.1:${server.port}: `);
    expect(sink.text).toContain('; trying again\n');
    abort.abort();
    await expect(refused).rejects.toThrow('abort');
    await server.start();
    await (await connecting).close();
    expect(sink.entries).toHaveLength(2);
  });

  test('prefixes keep installations on one broker apart', async () => {
    const server = await serve();
    const a = await open({ MEDIAMESH_NATS_URL: server.url, MEDIAMESH_NATS_PREFIX: 'site.a' });
    const b = await open({ MEDIAMESH_NATS_URL: server.url, MEDIAMESH_NATS_PREFIX: 'site.b' });
    a.subscribe('where', undefined, (_, reply) => reply(Buffer.from('a')));
    await a.flush();
    await expect(b.request('where', Buffer.from(''), { timeoutMs: 1e9 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    b.subscribe('where', undefined, (_, reply) => reply(Buffer.from('b')));
    expect(Buffer.from(await b.request('where', Buffer.from(''), { timeoutMs: DEADLINE_MS })).toString()).toBe('b');
  });

  test('user and password, in the URL or beside it; refused ones are named and tried again', async () => {
    const server = await serve('--user', 'mesh', '--pass', 's3cret:@');
    const MEDIAMESH_NATS_URL = server.url;
    expect(await canAsk(await open({ MEDIAMESH_NATS_URL, MEDIAMESH_NATS_USER: 'mesh', MEDIAMESH_NATS_PASSWORD: 's3cret:@' }))).toBe(true);
    expect(await canAsk(await open({ MEDIAMESH_NATS_URL: `nats://mesh:s3cret%3A%40@127.0.0.1:${server.port}` }))).toBe(true);
    const abort = new AbortController();
    const settings = settingsOf({ MEDIAMESH_NATS_URL, MEDIAMESH_NATS_USER: 'mesh', MEDIAMESH_NATS_PASSWORD: 'wrong-one' });
    const refused = connectNats(settings, { name: 'test', logger, signal: abort.signal });
    refused.catch(() => undefined);
    await expect.poll(() => sink.text, { timeout: DEADLINE_MS }).toMatch(/cannot connect to NATS .*[Aa]uthorization/u);
    expect(sink.text).not.toContain('wrong-one');
    abort.abort();
    await expect(refused).rejects.toThrow('abort');
  });

  test('a token', async () => {
    const server = await serve('--auth', 't0ken');
    expect(await canAsk(await open({ MEDIAMESH_NATS_URL: server.url, MEDIAMESH_NATS_TOKEN: 't0ken' }))).toBe(true);
  });

  test('TLS, with the certificate checked against the CA file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mediamesh-tls-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
        '-keyout',
        key,
        '-out',
        cert,
        ...subject,
      ],
      { stdio: 'ignore' },
    );
    const server = await serve('--tls', '--tlscert', cert, '--tlskey', key);
    const url = server.url.replace('nats:', 'tls:');
    expect(await canAsk(await open({ MEDIAMESH_NATS_URL: url, MEDIAMESH_NATS_TLS_CA_FILE: cert }))).toBe(true);
    const abort = new AbortController();
    const refused = connectNats(settingsOf({ MEDIAMESH_NATS_URL: url }), { name: 'test', logger, signal: abort.signal });
    refused.catch(() => undefined);
    await expect.poll(() => sink.text, { timeout: DEADLINE_MS }).toMatch(/cannot connect to NATS .*certificate/u);
    abort.abort();
    await expect(refused).rejects.toThrow('abort');
  });
});
