import { parseRtcpCompound } from '@mediamesh/rtp';
import type { RtcpPacket } from '@mediamesh/rtp';
import { Lifetime, waitFor } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';
import { WebRtcClient } from '../testing/webrtc-client.cases.ts';

const DEADLINE_MS = 10_000;
const SSRC = 77;
/** VP8's payload descriptor, then a key frame of its smallest form. */
const KEY_FRAME = Uint8Array.of(0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0, 1, 2, 3);

const lifetime = new Lifetime();
let server: TestServer;

beforeAll(async () => {
  server = lifetime.own(await TestServer.open());
});
afterAll(() => lifetime.end());

async function publishing(path: string): Promise<WebRtcClient> {
  const client = new WebRtcClient(server.udpPort);
  onTestFinished(() => client.close());
  expect(await client.post(server.url(`${path}/whip`), client.offer({ direction: 'sendonly' }))).toBe(201);
  await client.connect();
  await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
  await server.logged(`is publishing to path '${path}'`);
  return client;
}

const frame = (sequenceNumber: number) => ({
  marker: true,
  payloadType: 101,
  sequenceNumber,
  timestamp: sequenceNumber * 3_000,
  ssrc: SSRC,
  payload: KEY_FRAME,
});

const rowOf = (path: string): Record<string, unknown> =>
  server.gateway.sessions
    .list(new Set(['webRTCSession']), 0, 100)
    .map((session) => session.row() as Record<string, unknown>)
    .find((row) => row['path'] === path)!;

const requests = (client: WebRtcClient): readonly RtcpPacket[] => client.rtcp.flatMap((bytes) => parseRtcpCompound(bytes));

describe('a publisher', () => {
  test('is read by another: what it sends arrives', async () => {
    const client = await publishing('through');
    const reader = new WebRtcClient(server.udpPort);
    onTestFinished(() => reader.close());
    expect(await reader.post(server.url('through/whep'))).toBe(201);
    await reader.connect();
    await server.logged("is reading from path 'through', 2 tracks (VP8, G711)");
    let number = 0;
    const isThere = (): boolean => {
      client.sendRtp(frame(number++));
      return reader.packets.length > 2;
    };
    await waitFor(isThere, { deadlineMs: DEADLINE_MS, what: 'packets' });
    expect(reader.packets[0]!.payload.subarray(1)).toEqual(KEY_FRAME.subarray(1));
    expect(rowOf('through')).toMatchObject({ state: 'publish', peerConnectionEstablished: true, inboundRTPPacketsLost: 0 });
  });

  test('is asked for what is missing, and for key frames, and is told what came and what it may send', async () => {
    const client = await publishing('asks');
    for (const number of [10, 11, 14]) client.sendRtp(frame(number));
    const asked = (): RtcpPacket | undefined => requests(client).find(({ type }) => type === 'nack');
    const nack = await waitFor(asked, { deadlineMs: DEADLINE_MS, what: 'a NACK' });
    expect(nack).toMatchObject({ mediaSsrc: SSRC, sequenceNumbers: [12, 13] });
    for (const type of ['pictureLossIndication', 'receiverReport', 'receiverEstimatedMaxBitrate'] as const)
      await waitFor(() => requests(client).some((packet) => packet.type === type), { deadlineMs: DEADLINE_MS, what: type });
    expect(requests(client).find(({ type }) => type === 'pictureLossIndication')).toMatchObject({ mediaSsrc: SSRC });
    const allowed = requests(client).find(({ type }) => type === 'receiverEstimatedMaxBitrate');
    expect(allowed).toMatchObject({ ssrcs: [SSRC], bitrateBps: 2_000_000 });
  });

  test('whose SRTP is tampered with is not heard', async () => {
    const client = await publishing('tampered');
    for (let i = 0; i < 20; i++) {
      client.sendRtp(frame(100 + i), (bytes) => {
        bytes[bytes.length - 1 - i]! ^= 1;
        return bytes;
      });
    }
    client.sendRtp(frame(200));
    await waitFor(() => rowOf('tampered')['inboundRTPPackets'] !== 0, { deadlineMs: DEADLINE_MS, what: 'the packet that was not' });
    expect(rowOf('tampered')['inboundRTPPackets']).toBe(1);
  });

  test('sends what it likes: malformed packets are counted as errors, and the next ones are read', async () => {
    const client = await publishing('malformed');
    for (let i = 0; i < 50; i++) client.sendRtp({ ...frame(i), payload: new Uint8Array(i % 7).fill(0xff) });
    client.sendRtcp([
      { type: 'senderReport', ssrc: SSRC, ntp: { seconds: 1, fraction: 0 }, rtpTimestamp: 0, packetCount: 1, octetCount: 1, reports: [] },
    ]);
    for (let i = 50; i < 60; i++) client.sendRtp(frame(i));
    await waitFor(() => Number(rowOf('malformed')['inboundRTPPackets']) === 60, { deadlineMs: DEADLINE_MS, what: 'all of them' });
  });

  test('takes the path from another at its first key frame; that one is closed', async () => {
    const first = await publishing('taken');
    const second = await publishing('taken');
    let number = 0;
    const end = (): string | undefined => {
      second.sendRtp(frame(number++));
      return first.ended;
    };
    await waitFor(end, { deadlineMs: DEADLINE_MS, what: 'the end of the first' });
  });
});

describe('offers that cannot be published', () => {
  const video = 'video 9 UDP/TLS/RTP/SAVPF 101';
  test.each([
    [406, 'only a single video and a single audio track are supported', (offer: string) => `${offer}m=${video}\r\na=sendonly\r\n`],
    [406, "unsupported media 'application'", (offer: string) => `${offer}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`],
    [400, 'none of the codecs that the client offers is supported', (offer: string) => offer.replaceAll(/VP8|PCMU/g, 'other')],
  ])('%i %s', async (status, error, change) => {
    const client = new WebRtcClient(server.udpPort);
    expect(await client.post(server.url('refused/whip'), change(client.offer({ direction: 'sendonly' })))).toBe(status);
    expect(JSON.parse(client.answer)).toEqual({ status: 'error', error });
  });

  test('the page and its script', async () => {
    const page = await fetch(server.url('cam/publish'));
    expect(page.headers.get('Cache-Control')).toBe('no-cache');
    expect(await page.text()).toContain('publisher.js');
    expect(await (await fetch(server.url('cam/publisher.js'))).text()).toContain('class MediaMTXWebRTCPublisher');
  });
});
