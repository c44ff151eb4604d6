import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import type { Track } from '@mediamesh/media';
import { NodeCrypto } from '@mediamesh/platform';
import { Lifetime, WebRtcClient, waitFor } from '@mediamesh/testkit';
import { parseStunMessage, serializeBindingSuccess } from '@mediamesh/webrtc';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';

const HOST = '127.0.0.1';
const DEADLINE_MS = 20_000;
/** Of a NAT that is not there. */
const OUTER = { address: '203.0.113.5', port: 41_000 };
const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };
const fragment = { 'Content-Type': 'application/trickle-ice-sdpfrag' };

const lifetime = new Lifetime();
const crypto = new NodeCrypto();
let stunUrl: string;

beforeAll(async () => {
  const socket = createSocket('udp4');
  lifetime.own({ close: () => void socket.close() });
  socket.on('message', (request, { port, address }) => {
    const { transactionId } = parseStunMessage(request);
    socket.send(serializeBindingSuccess({ transactionId, ...OUTER }, new Uint8Array(1), crypto), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  stunUrl = `stun:${HOST}:${(socket.address() as AddressInfo).port}`;
});
afterAll(() => lifetime.end());

async function openServer(config: Readonly<Record<string, unknown>>): Promise<TestServer> {
  const server = await TestServer.open({ webrtcIPsFromInterfacesList: ['lo'], ...config });
  onTestFinished(() => server.close());
  const publisher = await server.publish('cam', [VP8]);
  onTestFinished(() => publisher.close('the test is over'));
  return server;
}

async function answered(server: TestServer): Promise<WebRtcClient> {
  const client = new WebRtcClient();
  onTestFinished(() => client.close());
  expect(await client.post(server.url('cam/whep'))).toBe(201);
  return client;
}

const kindsOf = (answer: string): readonly string[] =>
  [...answer.matchAll(/a=candidate:\S+ 1 (\w+) .* typ (\w+)/g)].map((found) => `${found[2]} ${found[1]}`);

const servers = (): Readonly<Record<string, unknown>> => ({ webrtcICEServers2: [{ url: stunUrl }] });

test.each([
  ['UDP', () => ({ webrtcLocalTCPAddress: '' }), ['host udp'], true],
  ['TCP', () => ({ webrtcLocalUDPAddress: '' }), ['host tcp'], true],
  [
    'UDP, a STUN server for clients only',
    () => ({ webrtcLocalTCPAddress: '', webrtcICEServers2: [{ url: stunUrl, clientOnly: true }] }),
    ['host udp'],
    true,
  ],
  ['UDP and a STUN server', () => ({ webrtcLocalTCPAddress: '', ...servers() }), ['host udp', 'srflx udp'], false],
  ['TCP and a STUN server', () => ({ webrtcLocalUDPAddress: '', ...servers() }), ['host tcp'], false],
  ['a STUN server alone', () => ({ webrtcLocalUDPAddress: '', webrtcLocalTCPAddress: '', ...servers() }), ['host udp', 'srflx udp'], false],
])('candidates with %s', async (_name, config, kinds, isLite) => {
  const { answer } = await answered(await openServer(config()));
  expect([...new Set(kindsOf(answer))]).toEqual(kinds);
  expect(answer.includes('a=ice-lite')).toBe(isLite);
  if (kinds.includes('srflx udp')) expect(answer).toContain(`${OUTER.address} ${OUTER.port} typ srflx raddr 0.0.0.0 rport 0`);
});

test('with a STUN server alone, each session has a port of its own that a client can connect to, and restart ICE at', async () => {
  const server = await openServer({ webrtcLocalUDPAddress: '', webrtcLocalTCPAddress: '', ...servers() });
  const clients = [await answered(server), await answered(server)];
  const ports = clients.map(({ answer }) => /typ host/.test(answer) && /a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host/.exec(answer)![1]!);
  expect(ports[0]).not.toBe(ports[1]);
  const [client] = clients as [WebRtcClient, WebRtcClient];
  await client.connect();
  await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
  await server.logged(
    new RegExp(`peer connection established, local candidate: host/udp/\\S+/${ports[0]}, remote candidate: prflx/udp/127.0.0.1/`),
  );
  const body = 'a=ice-ufrag:again\r\na=ice-pwd:012345678901234567890123\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n';
  const restarted = await fetch(client.sessionUrl, { method: 'PATCH', headers: fragment, body });
  expect(restarted.status).toBe(200);
  const text = await restarted.text();
  expect(text).not.toContain('a=ice-lite');
  client.answer = text;
  const before = client.stunAnswers;
  client.check();
  await waitFor(() => client.stunAnswers > before, { deadlineMs: DEADLINE_MS, what: 'an answer under the new credentials' });
});
