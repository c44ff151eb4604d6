import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import type { Track } from '@mediamesh/media';
import { Lifetime, WebRtcClient, waitFor } from '@mediamesh/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';

const HOST = '127.0.0.1';
const DEADLINE_MS = 10_000;
const RANDOM_DATAGRAMS = 10_000;
const ABANDONED_SESSIONS = 1_000;
const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };

const lifetime = new Lifetime();
let server: TestServer;
let frame = 0;
let write: () => void;

beforeAll(async () => {
  server = lifetime.own(await TestServer.open({ webrtcHandshakeTimeout: '1s' }));
  const publisher = await server.publish('cam', [VP8]);
  write = () => {
    const ptsTicks = frame++ * 3_000;
    const payload = [new Uint8Array(500).fill(frame)];
    publisher.ingest.write({ trackId: 1, ptsTicks, dtsTicks: ptsTicks, ntpUs: undefined, key: true, payload }, Date.now() * 1000);
  };
});
afterAll(() => lifetime.end());

async function connected(): Promise<WebRtcClient> {
  const client = new WebRtcClient(server.udpPort);
  onTestFinished(() => client.close());
  expect(await client.post(server.url('cam/whep'))).toBe(201);
  await client.connect();
  await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
  return client;
}

/** Media still comes: until a packet that was sent after now is there. */
async function expectMedia(client: WebRtcClient): Promise<void> {
  const before = client.packets.length;
  await waitFor(
    () => {
      write();
      return client.packets.length > before;
    },
    { deadlineMs: DEADLINE_MS, what: 'media' },
  );
}

const sessionCount = (): number => server.gateway.sessions.size;

test('random datagrams of every kind disturb nobody', async () => {
  const client = await connected();
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  for (let i = 0; i < RANDOM_DATAGRAMS; i++) {
    const bytes = randomBytes(i % 200);
    if (i % 4 === 0 && bytes.length >= 20) bytes.set([0, 1, 0, bytes.length - 20, 0x21, 0x12, 0xa4, 0x42]);
    if (i % 4 === 1 && bytes.length > 0) bytes[0] = 20 + (i % 44);
    if (i % 4 === 2 && bytes.length > 0) bytes[0] = 128 + (i % 64);
    socket.send(bytes, server.udpPort, HOST);
    if (i % 500 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await expectMedia(client);
});

test('the same from the peer itself disturbs only what it says itself', async () => {
  const client = await connected();
  for (let i = 0; i < 500; i++) client.send(Buffer.concat([Uint8Array.of([22, 128, 129, 200][i % 4]!), randomBytes(i % 100)]));
  await expectMedia(client);
});

test('a check with a wrong integrity gets no answer, and no media goes to its sender', async () => {
  const client = new WebRtcClient(server.udpPort);
  onTestFinished(() => client.close());
  expect(await client.post(server.url('cam/whep'))).toBe(201);
  const { answer } = client;
  client.answer = answer.replace(/a=ice-pwd:\S+/g, 'a=ice-pwd:wrongwrongwrongwrongwrong');
  await client.connect();
  await server.logged('closed: deadline exceeded while waiting connection');
  expect(client.stunAnswers).toBe(0);
  expect(client.isConnected).toBe(false);
});

test('DTLS from an address that no check came from is not heard', async () => {
  const client = new WebRtcClient(server.udpPort);
  onTestFinished(() => client.close());
  expect(await client.post(server.url('cam/whep'))).toBe(201);
  const stranger = createSocket('udp4');
  onTestFinished(() => void stranger.close());
  let answers = 0;
  stranger.on('message', () => answers++);
  // A DTLS ClientHello's first bytes: content type, version.
  for (let i = 0; i < 20; i++) stranger.send(Buffer.concat([Uint8Array.of(22, 0xfe, 0xfd), randomBytes(100)]), server.udpPort, HOST);
  await client.connect();
  await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection of the peer itself' });
  await expectMedia(client);
  expect(answers).toBe(0);
});

test('a peer whose certificate is not the one of its offer gets no media', async () => {
  const client = new WebRtcClient(server.udpPort);
  onTestFinished(() => client.close());
  const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
  expect(await client.post(server.url('cam/whep'), client.offer({ fingerprint }))).toBe(201);
  await client.connect();
  await server.logged('closed: DTLS handshake failed: the certificate is not the one whose fingerprint was offered');
  write();
  expect(client.packets).toHaveLength(0);
});

test('tampered SRTCP is dropped: what it asks for is not sent again', async () => {
  const client = await connected();
  await expectMedia(client);
  await expectMedia(client);
  const { ssrc, sequenceNumber } = client.packets[0]!;
  const nack = { type: 'nack', senderSsrc: 1, mediaSsrc: ssrc, sequenceNumbers: [sequenceNumber] } as const;
  for (let i = 0; i < 20; i++) {
    client.sendRtcp([nack], (bytes) => {
      bytes[bytes.length - 1 - i]! ^= 1;
      return bytes;
    });
  }
  client.sendRtcp([{ type: 'pictureLossIndication', senderSsrc: 1, mediaSsrc: ssrc }]); // behind them: they were read
  await waitFor(() => rtcpPackets() > 0, { deadlineMs: DEADLINE_MS, what: 'the packet that was not tampered with' });
  expect(client.protectedPackets).toHaveLength(client.packets.length); // none came twice
});

function rtcpPackets(): number {
  const rows = server.gateway.sessions
    .list(new Set(['webRTCSession']), 0, 10_000)
    .map((session) => session.row() as Record<string, unknown>);
  return Math.max(...rows.map((row) => Number(row['inboundRTCPPackets'])));
}

test('sessions that are opened and abandoned are all freed', async () => {
  const before = server.gateway.held.readers.size;
  const client = new WebRtcClient(server.udpPort);
  const offer = client.offer();
  for (let opened = 0; opened < ABANDONED_SESSIONS; opened += 50) {
    const statuses = await Promise.all(Array.from({ length: 50 }, () => client.post(server.url('cam/whep'), offer)));
    expect(new Set(statuses)).toEqual(new Set([201]));
  }
  await waitFor(() => server.gateway.held.readers.size <= before && sessionCount() <= before, {
    deadlineMs: DEADLINE_MS,
    what: 'the end of all abandoned sessions',
  });
});

test('guessing URLs of sessions finds none', async () => {
  const client = await connected();
  for (let i = 0; i < 100; i++) {
    const guess = client.sessionUrl.replace(/[0-9a-f]{12}(?=\.)/, randomBytes(6).toString('hex'));
    expect((await fetch(guess, { method: 'DELETE' })).status).toBe(404);
  }
  await expectMedia(client);
});
