import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { StreamPublisher } from '@mediamesh/gateway';
import type { Track } from '@mediamesh/media';
import { Lifetime, WebRtcClient, waitFor } from '@mediamesh/testkit';
import { MAX_FRAMED_PACKET_BYTES } from '@mediamesh/webrtc';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';
import { MAX_CONNECTIONS_A_PEER, MAX_UNCHECKED_CONNECTIONS } from './tcp-mux.ts';

const HOST = '127.0.0.1';
const DEADLINE_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 2_000;
const FRAME_BYTES = 20_000;
/** Beyond what the system's own buffers take. */
const STALLED_FRAMES = 2_000;
const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };

const lifetime = new Lifetime();
let server: TestServer;
let publisher: StreamPublisher;
let frames = 0;

beforeAll(async () => {
  server = lifetime.own(await TestServer.open({ webrtcHandshakeTimeout: `${HANDSHAKE_TIMEOUT_MS}ms` }));
  publisher = await server.publish('cam', [VP8]);
});
afterAll(() => lifetime.end());

function write(key = true): void {
  const ptsTicks = frames++ * 3_000;
  const payload = [new Uint8Array(FRAME_BYTES).fill(frames)];
  publisher.ingest.write({ trackId: 1, ptsTicks, dtsTicks: ptsTicks, ntpUs: undefined, key, payload }, Date.now() * 1000);
}

async function offered(): Promise<WebRtcClient> {
  const client = new WebRtcClient(server.tcpPort, 'tcp');
  onTestFinished(() => client.close());
  expect(await client.post(server.url('cam/whep'))).toBe(201);
  return client;
}

async function connected(): Promise<WebRtcClient> {
  const client = await offered();
  await client.connect();
  await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
  return client;
}

async function expectMedia(client: WebRtcClient): Promise<void> {
  const before = client.packets.length;
  const hasCome = (): boolean => {
    write();
    return client.packets.length > before;
  };
  await waitFor(hasCome, { deadlineMs: DEADLINE_MS, what: 'media' });
}

async function stranger(to = server): Promise<Socket> {
  const socket = createConnection(to.tcpPort, HOST);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {}); // it is reset
  socket.resume();
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return socket;
}

const isClosed = (socket: Socket): Promise<unknown> =>
  waitFor(() => socket.destroyed, { deadlineMs: DEADLINE_MS, what: 'the end of the connection' });

const rows = (): readonly Record<string, unknown>[] =>
  server.gateway.sessions.list(new Set(['webRTCSession']), 0, 100).map((session) => session.row() as Record<string, unknown>);

describe('a reader over TCP', () => {
  test('finds the candidate in the answer, gets media, and is listed with its path', async () => {
    const client = await connected();
    expect(client.answer).toContain(`a=candidate:20 1 tcp 1671430143 ${HOST} ${server.tcpPort} typ host tcptype passive\r\n`);
    await expectMedia(client);
    const own = rows().find((row) => String(row['localCandidate']).includes('tcp'));
    expect(own).toMatchObject({
      localCandidate: `host/tcp/${HOST}/${server.tcpPort}`,
      remoteCandidate: expect.stringMatching(/^prflx\/tcp\//),
    });
    expect((await fetch(client.sessionUrl, { method: 'DELETE' })).status).toBe(200);
    await waitFor(() => client.ended, { deadlineMs: DEADLINE_MS, what: 'the end' });
  });

  test('that lost its connection goes on with another', async () => {
    const client = await connected();
    await expectMedia(client);
    client.tcp.destroy();
    await client.open();
    client.check();
    await expectMedia(client);
  });

  test('that does not read skips to a key frame, and its queue is bounded', async () => {
    const client = await connected();
    await expectMedia(client);
    client.tcp.pause();
    for (let i = 0; i < STALLED_FRAMES; i++) {
      write(i % 30 === 0);
      if (i % 20 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const skipped = Math.max(...rows().map((row) => Number(row['outboundFramesDiscarded'])));
    expect(skipped).toBeGreaterThan(STALLED_FRAMES / 2);
    client.tcp.resume();
    await expectMedia(client);
  });

  test('has a few connections: the oldest one makes room', async () => {
    const client = await connected();
    const first = client.tcp;
    for (let i = 1; i < MAX_CONNECTIONS_A_PEER; i++) await anotherConnection(client);
    expect(first.destroyed).toBe(false);
    await anotherConnection(client);
    await isClosed(first);
    await expectMedia(client);
  });
});

async function anotherConnection(client: WebRtcClient): Promise<void> {
  const before = client.stunAnswers;
  await client.open();
  client.check();
  await waitFor(() => client.stunAnswers > before, { deadlineMs: DEADLINE_MS, what: 'the answer to a check' });
}

describe('strangers over TCP', () => {
  const framed = (bytes: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length), bytes]);
  const tooLong = MAX_FRAMED_PACKET_BYTES + 1;

  test.each([
    ['a frame that is too long', () => Uint8Array.of(tooLong >> 8, tooLong)],
    ['DTLS before any check', () => framed(Buffer.concat([Uint8Array.of(22, 0xfe, 0xfd), randomBytes(100)]))],
    ['SRTP before any check', () => framed(Buffer.concat([Uint8Array.of(0x80, 96), randomBytes(100)]))],
    ['a check for nobody', () => framed(Buffer.concat([Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42), randomBytes(12)]))],
    ['a request of HTTP', () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('%s ends the connection', async (_name, bytes) => {
    const client = await connected();
    const socket = await stranger();
    socket.write(bytes());
    await isClosed(socket);
    await expectMedia(client);
  });

  test('random bytes end theirs, and disturb nobody', async () => {
    const client = await connected();
    for (let i = 0; i < 100; i++) (await stranger()).end(randomBytes(1 + (i % 400)));
    await expectMedia(client);
  });

  test('a check with a wrong integrity gets no answer, and its connection ends at the deadline', async () => {
    const client = await offered();
    client.answer = client.answer.replace(/a=ice-pwd:\S+/g, 'a=ice-pwd:wrongwrongwrongwrongwrong');
    await client.connect();
    await isClosed(client.tcp);
    expect(client.stunAnswers).toBe(0);
  });

  test('silence ends at the deadline', async () => {
    await isClosed(await stranger());
  });

  test('as many as there may be stay, the next one takes the place of the oldest', async () => {
    const patient = await TestServer.open({ webrtcHandshakeTimeout: '60s' });
    onTestFinished(() => patient.close());
    const sockets: Socket[] = [];
    for (let i = 0; i < MAX_UNCHECKED_CONNECTIONS; i++) sockets.push(await stranger(patient));
    expect(sockets[0]!.destroyed).toBe(false);
    await stranger(patient);
    await isClosed(sockets[0]!);
    expect(sockets[1]!.destroyed).toBe(false);
  });

  test('a connection is never taken over by another session', async () => {
    const [own, other] = [await connected(), await offered()];
    const { answer } = own;
    own.answer = other.answer;
    own.check();
    own.answer = answer;
    await isClosed(own.tcp);
  });
});
