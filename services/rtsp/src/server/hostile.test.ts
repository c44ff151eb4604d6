import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Lifetime, waitFor } from '@mediamesh/testkit';
import { bytesFromUtf8 } from '@mediamesh/bytes';
import { parseRtpPacket } from '@mediamesh/rtp';
import { CRYPTO, keyMgmtHeader, newKeys } from '../testing/key-exchange.cases.ts';
import { NumberedStream } from '../testing/numbered-stream.cases.ts';
import { OPUS_SDP, SDP_TYPE, opusPacket, publishOpus } from '../testing/opus-publisher.cases.ts';
import { RawRtspClient, openSocket } from '../testing/raw-rtsp-client.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';
import { UdpClient, UdpClientPair } from '../testing/udp-client.cases.ts';

const DEADLINE_MS = 10_000;
const TCP = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1';
const CAM = 'rtsp://h/cam';

let server: TestServer;
/** A reader that is there during every attack, and may not notice. */
let bystander: RawRtspClient;
let seen = 0;
let lifetime = new Lifetime();
const whole = new Lifetime();

beforeAll(async () => {
  server = whole.own(await TestServer.open({ rtspEncryption: 'optional', multicastRTPPort: 11_012, multicastRTCPPort: 11_013 }));
  whole.own(await NumberedStream.open(server, 'cam'));
  bystander = whole.own(await RawRtspClient.open(server.ports.rtsp));
  await bystander.request(`SETUP ${CAM}/trackID=0`, [TCP]);
  await bystander.request(`PLAY ${CAM}`);
});

beforeEach(async () => {
  seen = (await bystander.framesOf(0, 1)).length;
});

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
  const frames = await bystander.framesOf(0, seen + 5);
  const numbers = frames.map((frame) => parseRtpPacket(frame).sequenceNumber);
  expect(numbers.every((number, index) => index === 0 || number === ((numbers[index - 1]! + 1) & 0xffff))).toBe(true);
  expect(server.log).not.toContain('internal error');
});

afterAll(() => whole.end());

async function open(secure = false): Promise<RawRtspClient> {
  return lifetime.own(await RawRtspClient.open(secure ? server.ports.rtsps : server.ports.rtsp, secure));
}

function counts(): readonly number[] {
  const { sessions } = server.gateway;
  return (['rtspConn', 'rtspSession', 'rtspsConn', 'rtspsSession'] as const).map(
    (kind) => sessions.list(new Set([kind]), 0, 10_000).length,
  );
}

function rowOf(path: string): { readonly [field: string]: unknown } {
  const rows = server.gateway.sessions.list(new Set(['rtspSession']), 0, 1_000).map((session) => session.row());
  return rows.find((row) => (row as { readonly path?: unknown }).path === path)!;
}

/** Only the bystander is left. */
async function everybodyElseIsGone(): Promise<void> {
  const wanted = [1, 1, 0, 0].join();
  await waitFor(() => counts().join() === wanted && server.gateway.held.readers.size === 1, {
    deadlineMs: DEADLINE_MS,
    what: `connections and sessions: ${wanted}, there are ${counts().join()}`,
  });
}

test('a session is its connection’s', async () => {
  const owner = await open();
  await owner.request(`SETUP ${CAM}/trackID=0`, [TCP]);
  for (const method of ['PLAY', 'TEARDOWN', 'GET_PARAMETER', 'SETUP']) {
    const thief = await open();
    expect(await thief.status(`${method} ${CAM}`, [`Session: ${owner.session}`, TCP])).toBe(454);
  }
  expect(await owner.status(`PLAY ${CAM}`)).toBe(200);
});

const SETUP = [`SETUP ${CAM}/trackID=0`, [TCP], ''] as const;
const ANNOUNCE = ['ANNOUNCE rtsp://h/torn', [SDP_TYPE], OPUS_SDP] as const;
const SETUP_RECORD = ['SETUP rtsp://h/torn/trackID=0', [`${TCP};mode=record`], ''] as const;

test.each<[state: string, steps: readonly (readonly [line: string, headers: readonly string[], body: string])[]]>([
  ['set up', [SETUP]],
  ['playing', [SETUP, [`PLAY ${CAM}`, [], '']]],
  ['paused', [SETUP, [`PLAY ${CAM}`, [], ''], [`PAUSE ${CAM}`, [], '']]],
  ['announced', [ANNOUNCE]],
  ['ready to record', [ANNOUNCE, SETUP_RECORD]],
  ['recording', [ANNOUNCE, SETUP_RECORD, ['RECORD rtsp://h/torn', [], '']]],
])('TEARDOWN when %s, and everything again on the connection', async (_state, steps) => {
  const client = await open();
  for (let round = 0; round < 3; round++) {
    for (const [line, headers, body] of steps) expect(await client.status(line, headers, body)).toBe(200);
    expect(await client.status(`TEARDOWN ${CAM}`)).toBe(200);
    client.session = undefined;
  }
  client.close();
  await everybodyElseIsGone();
});

test.each([
  ['in the middle of a request', 'SETUP rtsp://h/cam/trackID=0 RTSP/1.0\r\nCSeq'],
  ['in the middle of a body', `ANNOUNCE rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 100\r\n${SDP_TYPE}\r\n\r\nv=0`],
  ['in the middle of a frame', '$\x00\x10\x00abc'],
  ['while it is answered', `DESCRIBE ${CAM} RTSP/1.0\r\nCSeq: 1\r\n\r\n`],
  ['while it waits for a SETUP', `SETUP ${CAM}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\n${TCP}\r\nUser-Agent: GStreamer\r\n\r\n`],
  ['at once', ''],
])('a client that goes %s leaves nothing', async (_when, text) => {
  for (const secure of [false, true]) {
    const socket = await openSocket(secure ? server.ports.rtsps : server.ports.rtsp, secure);
    if (text !== '') socket.write(Buffer.from(text, 'latin1'));
    await waitFor(() => counts()[secure ? 2 : 0]! > (secure ? 0 : 1), { deadlineMs: DEADLINE_MS, what: 'the connection' });
    socket.destroy();
  }
  await everybodyElseIsGone();
});

test('connections that say nothing take nothing from others', async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, () => openSocket(server.ports.rtsp)));
  for (const [index, socket] of sockets.entries()) if (index % 2 === 0) socket.write('G');
  const client = await open();
  expect(await client.status(`DESCRIBE ${CAM}`)).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test('frames on channels that were not set up are dropped', async () => {
  const client = await open();
  await publishOpus(client, 'rtsp://h/channels', 'RTP/AVP/TCP;unicast;interleaved=4-5');
  for (const channel of [0, 1, 2, 6, 255]) client.sendFrame(channel, opusPacket(1));
  expect(await client.status('OPTIONS rtsp://h/channels')).toBe(200);
  expect(rowOf('channels')['inboundRTPPackets']).toBe(0);
});

test('a frame before any SETUP ends the connection', async () => {
  const client = await open();
  client.sendFrame(0, opusPacket(1));
  await client.closed();
});

test('what is no RTP and no RTCP is counted, in every size', async () => {
  const client = await open();
  await publishOpus(client, 'rtsp://h/sizes', 'RTP/AVP/TCP;unicast;interleaved=0-1');
  for (let size = 0; size < 64; size++) {
    client.sendFrame(0, randomBytes(size));
    client.sendFrame(1, randomBytes(size));
  }
  expect(await client.status('OPTIONS rtsp://h/sizes')).toBe(200);
  const { inboundRTPPackets, inboundRTPPacketsInError } = rowOf('sizes');
  expect(Number(inboundRTPPackets) + Number(inboundRTPPacketsInError)).toBe(64);
  expect(inboundRTPPacketsInError).toBeGreaterThan(12); // shorter than a header
});

test('10 000 random datagrams on each UDP port', async () => {
  const pair = lifetime.own(await UdpClientPair.open());
  const reader = await open();
  await reader.request(`SETUP ${CAM}/trackID=0`, [`Transport: RTP/AVP;unicast;${pair.ports}`]);
  await reader.request(`PLAY ${CAM}`);
  const securePair = lifetime.own(await UdpClientPair.open());
  const secure = await open(true);
  await secure.request(`SETUP ${CAM}/trackID=0`, [`Transport: RTP/SAVP;unicast;${securePair.ports}`, keyMgmtHeader(CAM, newKeys(7))]);
  await secure.request(`PLAY ${CAM}`);
  const { rtp, srtp } = server.ports;
  const stranger = lifetime.own(await UdpClient.open(0));
  const noise = Array.from({ length: 64 }, (_, size) => CRYPTO.randomBytes(size * 20));
  for (let number = 0; number < 10_000; number++) {
    const bytes = noise[number % noise.length]!;
    const sends = [rtp, rtp + 1, srtp, srtp + 1].map((port) => stranger.send(bytes, port));
    // Also from ports that sessions have.
    if (number % 10 === 0) sends.push(pair.rtp.send(bytes, rtp), pair.rtcp.send(bytes, rtp + 1), securePair.rtcp.send(bytes, srtp + 1));
    await Promise.all(sends);
    if (number % 100 === 0) await turn(); // sends are done at once: nothing else in this process would have its turn
  }
  for (const each of [pair, securePair]) await each.rtp.packets(each.rtp.received.length + 10);
  expect(await reader.status(`TEARDOWN ${CAM}`)).toBe(200);
  expect(await secure.status(`TEARDOWN ${CAM}`)).toBe(200);
});

test('random datagrams to a group’s report port', async () => {
  const client = await open();
  const answer = await client.request(`SETUP ${CAM}/trackID=0`, ['Transport: RTP/AVP;multicast']);
  const group = /destination=([\d.]+)/.exec(answer.headers.get('Transport')!)![1]!;
  await client.request(`PLAY ${CAM}`);
  const stranger = lifetime.own(await UdpClient.open(0, group));
  for (let number = 0; number < 500; number++) await stranger.send(randomBytes(number % 100), 11_013, group);
  expect(await client.status(`TEARDOWN ${CAM}`)).toBe(200);
});

test('random bytes on connections', async () => {
  const words = [
    'DESCRIBE',
    'SETUP',
    'PLAY',
    'TEARDOWN',
    'ANNOUNCE',
    'RECORD',
    'PAUSE',
    'RTSP/1.0',
    CAM,
    '\r\n',
    '\r\n\r\n',
    'CSeq: 1',
    TCP,
    '$',
    '$\x00\x00\x04',
  ];
  for (let round = 0; round < 30; round++) {
    const socket = await openSocket(server.ports.rtsp);
    const ended = once(socket, 'close');
    for (let piece = 0; piece < 40; piece++) {
      const word = words[Math.floor(Math.random() * words.length)]!;
      socket.write(Math.random() < 0.2 ? randomBytes(20) : Buffer.from(`${word}${Math.random() < 0.5 ? ' ' : ''}`, 'latin1'));
    }
    socket.resume();
    socket.end();
    await ended;
  }
  await everybodyElseIsGone();
});

test('too many requests at once end the connection', async () => {
  const client = await open();
  client.write(bytesFromUtf8(`DESCRIBE ${CAM} RTSP/1.0\r\nCSeq: 1\r\n\r\n`.repeat(200)));
  await client.closed();
});
