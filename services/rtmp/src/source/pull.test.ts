import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { amf0Object } from '@mediamesh/flv';
import { NodeCrypto } from '@mediamesh/platform';
import { ServerHandshake, serializeCommand, serializeMessage } from '@mediamesh/rtmp';
import { Lifetime, PortBlock, RtmpClient, waitFor } from '@mediamesh/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { NumberedPublisher, areConsecutive, picturesOf } from '../testing/numbered-publisher.cases.ts';
import { CERTIFICATE_FILE, TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 15_000;
const FINGERPRINT = new X509Certificate(readFileSync(CERTIFICATE_FILE)).fingerprint256.replaceAll(':', '');
const WRONG_FINGERPRINT = `00${FINGERPRINT.substring(2)}`.toLowerCase();
const USERS = {
  authInternalUsers: [
    { user: 'any', permissions: [{ action: 'publish' }] },
    { user: 'reader', pass: 'secret', permissions: [{ action: 'read' }] },
  ],
};

type Keys = Readonly<Record<string, unknown>>;

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

/** A server with a stream on `live/cam`. */
async function origin(config: Keys = {}): Promise<TestServer> {
  const from = lifetime.own(await TestServer.open(config));
  lifetime.own(await NumberedPublisher.open(from.url('live/cam')));
  await from.logged('is publishing to path');
  return from;
}

async function pull(source: string, keys: Keys = {}): Promise<TestServer> {
  return lifetime.own(await TestServer.open({ paths: { x: { source, ...keys } } }));
}

describe('every picture arrives', () => {
  test.each<[name: string, url: (from: TestServer) => string, config: Keys, keys: Keys]>([
    ['plain', (from) => from.url('live/cam'), {}, {}],
    ['with the stream key behind #', (from) => from.url('live#cam'), {}, {}],
    ['on demand', (from) => from.url('live/cam'), {}, { sourceOnDemand: true }],
    ['with credentials in the query', (from) => from.url('live/cam?user=reader&pass=secret'), USERS, {}],
    [
      'TLS, the certificate pinned',
      (from) => from.secureUrl('live/cam'),
      { rtmpEncryption: 'optional' },
      { sourceFingerprint: FINGERPRINT },
    ],
  ])('%s', async (_, url, config, keys) => {
    const from = await origin(config);
    const to = await pull(url(from), keys);
    if (!('sourceOnDemand' in keys)) await to.logged('stream is available');
    const reader = lifetime.own(await RtmpClient.start({ url: to.url('x'), action: 'play' }));
    await waitFor(() => picturesOf(reader).length >= 30, { deadlineMs: DEADLINE_MS, what: '30 pictures' });
    expect(areConsecutive(picturesOf(reader))).toBe(true);
  });
});

describe('what goes wrong is told', () => {
  test.each<[name: string, url: (from: TestServer) => string, config: Keys, keys: Keys, line: string]>([
    [
      'another certificate',
      (from) => from.secureUrl('live/cam'),
      { rtmpEncryption: 'optional' },
      { sourceFingerprint: WRONG_FINGERPRINT },
      'source fingerprint does not match: expected',
    ],
    ['a certificate that nobody signed', (from) => from.secureUrl('live/cam'), { rtmpEncryption: 'optional' }, {}, 'is not trusted'],
    ['no stream', (from) => from.url('live/none'), {}, {}, 'EOF'],
    [
      'wrong credentials',
      (from) => from.url('live/cam?user=reader&pass=wrong'),
      USERS,
      {},
      'NetStream.Play.Failed (authentication failed)',
    ],
  ])('%s', async (_, url, config, keys, line) => {
    const from = await origin(config);
    const to = await pull(url(from), keys);
    await to.logged(new RegExp(`\\[path x\\] \\[RTMP source\\].*${line.replaceAll(/[()]/g, '\\$&')}`));
  });

  test('nobody listens', async () => {
    const block = lifetime.own(await PortBlock.reserve());
    const to = await pull(`rtmp://127.0.0.1:${await block.take()}/live/cam`);
    await to.logged(/\[path x\] \[RTMP source\].*(refused|ECONNREFUSED)/);
  });
});

test('a source is let go when nobody reads, and its server is told', async () => {
  const from = await origin();
  const to = await pull(from.url('live/cam'), { sourceOnDemand: true, sourceOnDemandCloseAfter: '1s' });
  const reader = await RtmpClient.start({ url: to.url('x'), action: 'play' });
  await waitFor(() => picturesOf(reader).length > 0, { deadlineMs: DEADLINE_MS, what: 'pictures' });
  const before = from.log.length;
  reader.close();
  await from.logged('closed: the client closed the stream', before);
});

test('a server that wants to know who asks is told, in three connections', async () => {
  const block = lifetime.own(await PortBlock.reserve());
  const port = await block.take();
  const asked: string[] = [];
  const server = createServer((socket) => refuseWithAdobe(socket, asked));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(port, '127.0.0.1');
  lifetime.own({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const to = await pull(`rtmp://us:pw@127.0.0.1:${port}/live/cam`);
  await to.logged('the credentials are wrong');
  expect(asked[0]).toBe('live');
  expect(asked[1]).toBe('live?authmod=adobe&user=us');
  expect(asked[2]).toMatch(/^live\?authmod=adobe&user=us&challenge=[0-9a-f]+&response=/);
  expect(to.log).not.toContain('pw');
});

/** A server that asks for credentials in Adobe's way, and takes none. */
function refuseWithAdobe(socket: Socket, asked: string[]): void {
  const handshake = new ServerHandshake(new NodeCrypto(), (bytes) => socket.write(bytes));
  let text = '';
  let over = false;
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    const rest = over ? bytes : handshake.push(bytes);
    if (rest === undefined) return;
    over = true;
    text += Buffer.from(rest).toString('latin1');
    const app = /app[^ -~]{2}[\s\S]([ -~]+)[^ -~]{2}flashVer/.exec(text)?.[1];
    if (app === undefined) return;
    asked.push(app);
    text = '';
    const descriptions = [
      'code=403 need auth; authmod=adobe',
      'authmod=adobe ?reason=needauth&user=us&salt=SA&challenge=CH',
      'authmod=adobe ?reason=authfailed',
    ];
    const description = descriptions[Math.min(asked.length - 1, 2)]!;
    const values = [null, amf0Object({ level: 'error', code: 'NetConnection.Connect.Rejected', description })];
    const header = { typeId: 20, streamId: 0, chunkStreamId: 3, timestampMs: 0 };
    socket.write(serializeMessage(header, serializeCommand({ name: '_error', transactionId: 1, values }), 128));
  });
}
