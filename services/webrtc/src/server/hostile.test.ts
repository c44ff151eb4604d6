import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import type { Track } from '@mediamesh/media';
import { TIMER_TICK_MS, TimerWheel } from '@mediamesh/net';
import type { WheelTimer } from '@mediamesh/net';
import { Lifetime, VirtualClock, WebRtcClient, waitFor } from '@mediamesh/testkit';
import { isStun } from '@mediamesh/webrtc';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';

const HOST = '127.0.0.1';
const DEADLINE_MS = 10_000;
const RANDOM_DATAGRAMS = 10_000;
const ABANDONED_SESSIONS = 1_000;
/** They take 3 s; a busy machine may take its time. */
const OPENING_TIMEOUT_MS = 120_000;
/** The key's default. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
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
  const { length } = client.rtcp;
  await waitFor(() => client.rtcp.length >= length + 2, { deadlineMs: DEADLINE_MS, what: 'a second of reports' });
  expect(server.log).not.toContain('internal error'); // it would be told by now
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

/** Checks from one address, and sends everything else from another. */
class SplitClient extends WebRtcClient {
  readonly other = createSocket('udp4');

  override send(bytes: Uint8Array): void {
    if (isStun(bytes)) super.send(bytes);
    else this.other.send(bytes, server.udpPort, HOST);
  }
}

test('DTLS from an address that no check came from is not heard, were it that of the peer itself', async () => {
  const client = new SplitClient(server.udpPort);
  onTestFinished(async () => {
    client.other.close();
    await client.close();
  });
  let answers = 0;
  client.other.on('message', () => answers++);
  expect(await client.post(server.url('cam/whep'))).toBe(201);
  await client.connect();
  const [, id] = /.*\[session (\w+)\] created by/s.exec(server.log)!;
  await server.logged(`[session ${id}] closed: deadline exceeded while waiting connection`);
  expect(client.stunAnswers).toBeGreaterThan(0);
  expect(client.isConnected).toBe(false);
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

/** One that knows what waits in it. */
class CountingTimers extends TimerWheel {
  private readonly timers: WheelTimer[] = [];

  get pendingCount(): number {
    return this.timers.filter(({ pending }) => pending).length;
  }

  override schedule(delayMs: number, onExpire: () => void): WheelTimer {
    const timer = super.schedule(delayMs, onExpire);
    this.timers.push(timer);
    return timer;
  }
}

test(
  'sessions that are opened and abandoned are all freed after the timeout',
  async () => {
    const clock = new VirtualClock();
    const timers = new CountingTimers(clock.nowMs);
    const own = await TestServer.open({}, timers);
    onTestFinished(() => own.close());
    const publisher = await own.publish('cam', [VP8]);
    onTestFinished(() => publisher.close('the test is over'));
    const { gateway, service } = own;
    const held = () => {
      const { ufrags, dtlsSessions } = service.occupancy;
      const { size: sessions } = gateway.sessions;
      return {
        sessions,
        ufrags,
        dtlsSessions,
        timers: timers.pendingCount,
        readers: gateway.held.readers.size,
        registered: own.readersOf('cam'),
      };
    };
    const all = (count: number) => ({
      sessions: 2 * count,
      ufrags: 2 * count,
      dtlsSessions: 2 * count,
      timers: 2 * count,
      readers: count,
      registered: count,
    });
    expect(held()).toEqual(all(0));
    const client = new WebRtcClient(own.udpPort);
    const [toRead, toPublish] = [client.offer(), client.offer({ direction: 'sendonly' })];
    for (let opened = 0; opened < ABANDONED_SESSIONS; opened += 50) {
      const pair = (index: number) => [
        client.post(own.url('cam/whep'), toRead),
        client.post(own.url(`other-${opened + index}/whip`), toPublish),
      ];
      const statuses = await Promise.all(Array.from({ length: 25 }, (_, index) => pair(index)).flat());
      expect(new Set(statuses)).toEqual(new Set([201]));
    }
    expect(held()).toEqual(all(ABANDONED_SESSIONS / 2));
    clock.advance(HANDSHAKE_TIMEOUT_MS);
    timers.advance();
    expect(held()).toEqual(all(ABANDONED_SESSIONS / 2));
    clock.advance(2 * TIMER_TICK_MS);
    timers.advance();
    await waitFor(() => own.readersOf('cam') === 0, { deadlineMs: DEADLINE_MS, what: 'the news at control' });
    expect(held()).toEqual(all(0));
  },
  OPENING_TIMEOUT_MS,
);

test('guessing URLs of sessions finds none', async () => {
  const client = await connected();
  for (let i = 0; i < 100; i++) {
    const guess = client.sessionUrl.replace(/[0-9a-f]{12}(?=\.)/, randomBytes(6).toString('hex'));
    expect((await fetch(guess, { method: 'DELETE' })).status).toBe(404);
  }
  await expectMedia(client);
});
