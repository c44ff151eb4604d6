import type { RtcpPacket, RtpPacket } from '@mediamesh/rtp';
import { Lifetime, WebRtcClient, waitFor } from '@mediamesh/testkit';
import type { OfferChanges } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';

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

/** `change`: of the offer. */
async function publishing(
  path: string,
  change: (offer: string) => string = (offer) => offer,
  changes: OfferChanges = {},
): Promise<WebRtcClient> {
  const client = new WebRtcClient(server.udpPort);
  onTestFinished(() => client.close());
  expect(await client.post(server.url(`${path}/whip`), change(client.offer({ direction: 'sendonly', ...changes })))).toBe(201);
  await client.connect();
  await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
  await server.logged(`is publishing to path '${path}'`);
  return client;
}

async function reading(path: string): Promise<WebRtcClient> {
  const reader = new WebRtcClient(server.udpPort);
  onTestFinished(() => reader.close());
  expect(await reader.post(server.url(`${path}/whep`))).toBe(201);
  await reader.connect();
  await server.logged(`is reading from path '${path}', 2 tracks (VP8, G711)`);
  return reader;
}

const frame = (sequenceNumber: number) => ({
  marker: true,
  payloadType: 101,
  sequenceNumber,
  timestamp: sequenceNumber * 3_000,
  ssrc: SSRC,
  payload: KEY_FRAME,
});

const REPAIRED_RID = 'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id';

/** With video in two layers; `lines` are of its media. */
function layered(offer: string, ...lines: readonly string[]): string {
  const layers = ['a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', 'a=rid:h send', 'a=rid:l send', 'a=simulcast:send h;l'];
  return offer.replace('a=rtpmap:101', [...layers, ...lines, 'a=rtpmap:101'].join('\r\n'));
}

const rowOf = (path: string): Record<string, unknown> =>
  server.gateway.sessions
    .list(new Set(['webRTCSession']), 0, 100)
    .map((session) => session.row() as Record<string, unknown>)
    .find((row) => row['path'] === path)!;

describe('a publisher', () => {
  test('is read by another: what it sends arrives', async () => {
    const client = await publishing('through');
    const reader = await reading('through');
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
    const asked = (): RtcpPacket | undefined => client.rtcpPackets.find(({ type }) => type === 'nack');
    const nack = await waitFor(asked, { deadlineMs: DEADLINE_MS, what: 'a NACK' });
    expect(nack).toMatchObject({ mediaSsrc: SSRC, sequenceNumbers: [12, 13] });
    for (const type of ['pictureLossIndication', 'receiverReport'] as const)
      await waitFor(() => client.rtcpPackets.some((packet) => packet.type === type), { deadlineMs: DEADLINE_MS, what: type });
    expect(client.rtcpPackets.find(({ type }) => type === 'pictureLossIndication')).toMatchObject({ mediaSsrc: SSRC });
    const allowed = (): RtcpPacket | undefined =>
      client.rtcpPackets.find((packet) => packet.type === 'receiverEstimatedMaxBitrate' && packet.ssrcs.includes(SSRC));
    const remb = await waitFor(allowed, { deadlineMs: DEADLINE_MS, what: 'what it may send' });
    expect(remb).toMatchObject({ ssrcs: [SSRC], bitrateBps: 2_000_000 });
  });

  test('that numbers its packets is told when they came, not what it may send; readers do not see the numbers', async () => {
    const client = await publishing('numbered', (offer) => offer, { numbered: true });
    expect(client.answer).toContain('a=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01');
    expect(client.answer).toContain('a=rtcp-fb:101 transport-cc');
    expect(client.answer).not.toContain('goog-remb');
    const reader = await reading('numbered');
    const from = 0xfff0;
    let number = 0;
    const arrived = new Set<number>();
    const isTold = (): boolean => {
      client.sendNumbered(frame(number), (from + number) & 0xffff);
      number += number === 20 ? 2 : 1; // one is lost
      for (const packet of client.rtcpPackets)
        if (packet.type === 'transportWideFeedback')
          packet.deltas.forEach((delta, index) => {
            if (delta !== undefined) arrived.add((packet.baseSequenceNumber + index) & 0xffff);
          });
      return arrived.size > 40 && client.rtcpPackets.some(({ type }) => type === 'receiverReport');
    };
    await waitFor(isTold, { deadlineMs: DEADLINE_MS, what: 'arrivals of 40 packets' });
    expect(arrived).not.toContain((from + 21) & 0xffff);
    for (let before = 0; before < 30; before++) if (before !== 21) expect(arrived).toContain((from + before) & 0xffff);
    expect(client.rtcpPackets.filter(({ type }) => type === 'receiverEstimatedMaxBitrate')).toEqual([]);
    await waitFor(() => reader.packets.length > 2, { deadlineMs: DEADLINE_MS, what: 'packets' });
    for (const packet of reader.protectedPackets) expect(packet[0]! & 0x10).toBe(0);
    expect(reader.packets[0]!.payload.subarray(1)).toEqual(KEY_FRAME.subarray(1));
  });

  test('sends again what was lost in a stream of its own (RTX): nothing is missing then', async () => {
    const client = new WebRtcClient(server.udpPort);
    onTestFinished(() => client.close());
    expect(await client.post(server.url('repaired/whip'), client.offer({ direction: 'sendonly', rtx: true }))).toBe(201);
    expect(client.answer).toContain('a=fmtp:102 apt=101');
    await client.connect();
    await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
    await server.logged("is publishing to path 'repaired'");
    const reader = await reading('repaired');
    let rtxNumber = 500;
    const again = (sequenceNumber: number, payload = KEY_FRAME): void => {
      const original = Uint8Array.of(sequenceNumber >>> 8, sequenceNumber, ...payload);
      client.sendRtp({ ...frame(sequenceNumber), payloadType: 102, ssrc: SSRC + 1, sequenceNumber: rtxNumber++, payload: original });
    };
    again(9); // before there is anything that it could belong to
    for (const number of [10, 11, 14]) client.sendRtp(frame(number));
    await waitFor(() => client.rtcpPackets.some(({ type }) => type === 'nack'), { deadlineMs: DEADLINE_MS, what: 'a NACK' });
    again(11); // by which browsers probe the path
    again(40_000);
    client.sendRtp({ ...frame(0), payloadType: 102, ssrc: SSRC + 1, sequenceNumber: rtxNumber++, payload: new Uint8Array(1) });
    again(12, new Uint8Array(0));
    again(13);
    again(12);
    client.sendRtp(frame(15));
    await waitFor(() => reader.packets.length >= 6, { deadlineMs: DEADLINE_MS, what: 'all frames' });
    expect(reader.packets.map(({ timestamp }) => (timestamp - reader.packets[0]!.timestamp) / 3_000)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rowOf('repaired')).toMatchObject({ inboundRTPPacketsLost: 0 });
  });

  test.each([
    ['PLI', 'pictureLossIndication', (offer: string) => offer],
    ['FIR, when it takes no other', 'fullIntraRequest', (offer: string) => offer.replaceAll('nack pli', 'ccm fir')],
  ] as const)('is asked by %s for what its readers ask for, however they do', async (_name, request, change) => {
    const path = `wanted-${request}`;
    const client = await publishing(path, change);
    const reader = await reading(path);
    let number = 0;
    const isThere = (): boolean => {
      client.sendRtp(frame(number++));
      return reader.packets.length > 0;
    };
    await waitFor(isThere, { deadlineMs: DEADLINE_MS, what: 'packets' });
    const { ssrc } = reader.packets[0]!;
    const asked = (): number => client.rtcpPackets.filter(({ type }) => type === request).length;
    const isAskedAgain = (): boolean => {
      reader.sendRtcp([{ type: 'pictureLossIndication', senderSsrc: 1, mediaSsrc: ssrc }]);
      reader.sendRtcp([{ type: 'fullIntraRequest', senderSsrc: 1, mediaSsrc: 0, requests: [{ ssrc, commandNumber: number++ }] }]);
      return asked() >= 4;
    };
    await waitFor(isAskedAgain, { deadlineMs: DEADLINE_MS, what: 'requests' });
    // Without readers it is asked every other second, and told a report every second.
    expect(client.rtcpPackets.filter(({ type }) => type === 'receiverReport').length).toBeLessThanOrEqual(6);
    const last = client.rtcpPackets.findLast(({ type }) => type === request);
    expect(last).toMatchObject(
      request === 'fullIntraRequest' ? { requests: [{ ssrc: SSRC, commandNumber: asked() }] } : { mediaSsrc: SSRC },
    );
  });

  test('is asked for a key frame by a reader that joins and finds no picture', async () => {
    const client = await publishing('joined');
    client.sendRtp(frame(0));
    const asked = (): number => client.rtcpPackets.filter(({ type }) => type === 'pictureLossIndication').length;
    await waitFor(() => asked() === 1, { deadlineMs: DEADLINE_MS, what: 'the request that comes by itself' });
    const reports = (): number => client.rtcpPackets.filter(({ type }) => type === 'receiverReport').length;
    const before = reports();
    await reading('joined');
    await waitFor(() => asked() === 2, { deadlineMs: DEADLINE_MS, what: 'the request for the reader' });
    expect(reports() - before).toBeLessThanOrEqual(1); // by itself it comes with every second one
  });

  test('whose SRTP is tampered with is not heard; what was refused is counted and logged', async () => {
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
    await server.logged(/\d+ packets? refused: wrong keys, or tampered with/);
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

  test('whose sound never comes has a path without it, and one that sends nothing none', async () => {
    const own = await TestServer.open({ webrtcTrackGatherTimeout: '300ms' });
    onTestFinished(() => own.close());
    const connect = async (path: string): Promise<WebRtcClient> => {
      const client = new WebRtcClient(own.udpPort);
      onTestFinished(() => client.close());
      client.showsTracks = false;
      expect(await client.post(own.url(`${path}/whip`), client.offer({ direction: 'sendonly' }))).toBe(201);
      await client.connect();
      await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
      return client;
    };
    (await connect('silent')).sendRtp(frame(0));
    await own.logged('[path silent] stream is available and online, 1 track (VP8)');
    await own.logged("is publishing to path 'silent'");
    await connect('nothing');
    await own.logged('closed: deadline exceeded while waiting tracks');
  });

  test('that sends layers (simulcast) has a track of each', async () => {
    const client = new WebRtcClient(server.udpPort);
    onTestFinished(() => client.close());
    client.showsTracks = false;
    expect(await client.post(server.url('layers/whip'), layered(client.offer({ direction: 'sendonly', rtx: true })))).toBe(201);
    expect(client.answer).not.toContain('rtx'); // nothing could tell whose layer's packets come again
    expect(client.answer).toContain(
      'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=rid:h recv\r\na=rid:l recv\r\na=simulcast:recv h;l\r\n',
    );
    await client.connect();
    await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
    client.sendLayer({ ...frame(0), ssrc: 5 }, 'l');
    client.sendLayer({ ...frame(0), ssrc: 6 }, 'h');
    client.sendRtp({ ...frame(0), payloadType: 0, ssrc: 7 });
    await server.logged('[path layers] stream is available and online, 3 tracks (VP8, VP8, G711)');
    await server.logged("is publishing to path 'layers'");
    for (const ssrc of [5, 6]) client.sendRtp({ ...frame(1), ssrc });
    await waitFor(() => rowOf('layers')['inboundRTPPackets'] === 5, { deadlineMs: DEADLINE_MS, what: 'all packets' });
    expect(rowOf('layers')).toMatchObject({ inboundRTPPacketsLost: 0 });
  });

  test('that sends layers gets each of them whole: what is lost comes again (RTX) under the name of its layer', async () => {
    const client = new WebRtcClient(server.udpPort);
    onTestFinished(() => client.close());
    client.showsTracks = false;
    const offer = layered(client.offer({ direction: 'sendonly', rtx: true }), REPAIRED_RID);
    expect(await client.post(server.url('repaired-layers/whip'), offer)).toBe(201);
    expect(client.answer).toContain(`${REPAIRED_RID}\r\na=rid:h recv`);
    expect(client.answer).toContain('a=fmtp:102 apt=101');
    await client.connect();
    await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
    // Of each layer a sequence number and the next one come, two are lost, and one more comes.
    const layers = [
      { rid: 'h', ssrc: 5, rtxSsrc: 8, first: 0 },
      { rid: 'l', ssrc: 6, rtxSsrc: 9, first: 100 },
    ];
    for (const { rid, ssrc, first } of layers) for (const ahead of [0, 1, 4]) client.sendLayer({ ...frame(first + ahead), ssrc }, rid);
    client.sendRtp({ ...frame(0), payloadType: 0, ssrc: 7 });
    const asked = (ssrc: number): boolean => client.rtcpPackets.some((packet) => packet.type === 'nack' && packet.mediaSsrc === ssrc);
    await waitFor(() => asked(5) && asked(6), { deadlineMs: DEADLINE_MS, what: 'a NACK of each layer' });
    for (const { rid, rtxSsrc, first } of layers) {
      const again = (number: number, sequenceNumber: number): RtpPacket => {
        const payload = Uint8Array.of(number >>> 8, number, ...KEY_FRAME);
        return { ...frame(number), payloadType: 102, ssrc: rtxSsrc, sequenceNumber, payload };
      };
      client.sendLayer(again(first + 2, 500), rid, 4);
      client.sendRtp(again(first + 3, 501)); // its sender is known by now
    }
    const lostOf = (ssrc: number): number | undefined =>
      client.rtcpPackets
        .flatMap((packet) => (packet.type === 'receiverReport' ? packet.reports : []))
        .findLast((report) => report.ssrc === ssrc)?.cumulativeLost;
    await waitFor(() => lostOf(5) === 0 && lostOf(6) === 0, { deadlineMs: DEADLINE_MS, what: 'reports that nothing is missing' });
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
