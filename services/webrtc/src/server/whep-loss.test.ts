import type { Track } from '@mediamesh/media';
import { compactNtp } from '@mediamesh/rtp';
import { Lifetime, WebRtcClient, waitFor } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CONGESTED_SECONDS } from './congestion.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 10_000;
const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };
const FRAME_TICKS = 3_000;
const QUEUE_MS = 500;

const lifetime = new Lifetime();
let server: TestServer;

beforeAll(async () => {
  server = lifetime.own(await TestServer.open());
});
afterAll(() => lifetime.end());

/** A stream of frames of 3 packets, written by what is returned; ends with the test. */
async function published(path: string): Promise<(key: boolean) => void> {
  const publisher = await server.publish(path, [VP8]);
  onTestFinished(() => publisher.close('the test is over'));
  let frame = 0;
  return (key) => {
    const ptsTicks = frame++ * FRAME_TICKS;
    // A VP8 frame begins with a bit that is 0 for key frames.
    const payload = [new Uint8Array(3_000).fill(key ? 0 : 1)];
    publisher.ingest.write({ trackId: 1, ptsTicks, dtsTicks: ptsTicks, ntpUs: undefined, key, payload }, Date.now() * 1000);
  };
}

/** As `published`, with a key frame every 40 ms. */
async function publish(path: string): Promise<void> {
  const write = await published(path);
  const timer = setInterval(() => write(true), 40);
  onTestFinished(() => clearInterval(timer));
}

async function connected(path: string): Promise<WebRtcClient> {
  const client = new WebRtcClient(server.udpPort);
  onTestFinished(() => client.close());
  expect(await client.post(server.url(`${path}/whep`), client.offer({ rtx: true }))).toBe(201);
  await client.connect();
  await server.logged(`is reading from path '${path}'`);
  return client;
}

const received = (client: WebRtcClient, count: number): Promise<unknown> =>
  waitFor(() => client.packets.length >= count, { deadlineMs: DEADLINE_MS, what: `${count} packets` });

function discardedOf(path: string): number {
  const rows = server.gateway.sessions.list(new Set(['webRTCSession']), 0, 100).map((session) => session.row() as Record<string, unknown>);
  return Number(rows.find((row) => row['path'] === path)!['outboundFramesDiscarded']);
}

/** What was sent before has come: a check is answered behind it. */
async function settled(client: WebRtcClient): Promise<void> {
  const answers = client.stunAnswers;
  client.check();
  await waitFor(() => client.stunAnswers > answers, { deadlineMs: DEADLINE_MS, what: 'the answer to a check' });
}

describe('a reader', () => {
  test('gets what it misses again in a stream of its own (RTX), when it offers that', async () => {
    await publish('rtx');
    const client = await connected('rtx');
    const [, ssrc, rtxSsrc] = /a=ssrc-group:FID (\d+) (\d+)/.exec(client.answer)!.map(Number);
    expect(client.answer).toContain('a=fmtp:102 apt=101');
    await received(client, 30);
    const video = client.ofPayloadType(101);
    expect(video[0]!.ssrc).toBe(ssrc);
    const [one, other] = [video[3]!, video[5]!];
    const unknown = (one.sequenceNumber - 1_000) & 0xffff;
    const sequenceNumbers = [unknown, one.sequenceNumber, other.sequenceNumber];
    client.sendRtcp([{ type: 'nack', senderSsrc: 1, mediaSsrc: ssrc!, sequenceNumbers }]);
    client.sendRtcp([{ type: 'nack', senderSsrc: 1, mediaSsrc: rtxSsrc!, sequenceNumbers }]); // of what is not kept
    await waitFor(() => client.ofPayloadType(102).length >= 2, { deadlineMs: DEADLINE_MS, what: 'both packets again' });
    const again = client.ofPayloadType(102);
    again.forEach((packet, index) => {
      const original = [one, other][index]!;
      expect(packet).toMatchObject({ ssrc: rtxSsrc, marker: original.marker, timestamp: original.timestamp });
      expect(packet.payload).toEqual(Uint8Array.of(original.sequenceNumber >>> 8, original.sequenceNumber, ...original.payload));
    });
    expect(again[1]!.sequenceNumber).toBe((again[0]!.sequenceNumber + 1) & 0xffff);
    expect(again).toHaveLength(2);
    expect(client.protectedPackets).toHaveLength(client.packets.length); // none came twice
  });

  test('that asks for everything all the time gets some of it again, and media goes on', async () => {
    await publish('greedy');
    const client = await connected('greedy');
    await received(client, 60);
    const { ssrc, sequenceNumber } = client.ofPayloadType(101).at(-1)!;
    const sequenceNumbers = Array.from({ length: 30 }, (_, index) => (sequenceNumber - index) & 0xffff);
    const reports = (): number => client.rtcp.length;
    const [before, first] = [reports(), client.packets.length];
    const askUntil = (count: number) => (): boolean => {
      for (let i = 0; i < 20; i++) client.sendRtcp([{ type: 'nack', senderSsrc: 1, mediaSsrc: ssrc, sequenceNumbers }]);
      return reports() - before >= count;
    };
    await waitFor(askUntil(2), { deadlineMs: DEADLINE_MS, what: 'a second of it' });
    const again = client.ofPayloadType(102).length;
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThanOrEqual(3 * 256); // a second, and what is left of two others
    expect(client.packets.length - first - again).toBeGreaterThan(10); // media goes on
  });

  test('that believes it can get less than it is sent skips, when its answers come late', async () => {
    const write = await published('narrow');
    const client = await connected('narrow');
    write(true);
    await received(client, 3);
    const { ssrc } = client.packets[0]!;
    const reports = () => client.rtcpPackets.filter((packet) => packet.type === 'senderReport');
    const seenMs: number[] = [];
    let answered = 0;
    const answer = (): void => {
      const { ntp } = reports()[answered++]!;
      const others = { fractionLost: 0, jitterTicks: 0, cumulativeLost: 0, extendedHighestSequenceNumber: 0 };
      const block = { ssrc, ...others, lastSenderReport: compactNtp(ntp), delaySinceLastSenderReport: 0 };
      client.sendRtcp([
        { type: 'receiverReport', ssrc: 1, reports: [block] },
        { type: 'receiverEstimatedMaxBitrate', senderSsrc: 1, bitrateBps: 20_000, ssrcs: [ssrc] },
      ]);
    };
    const isSkipping = (): boolean => {
      write(false);
      while (seenMs.length < reports().length) seenMs.push(performance.now());
      // The first one at once: that is how long it takes without a queue.
      if (seenMs.length > answered && (answered === 0 || performance.now() > seenMs[answered]! + QUEUE_MS)) answer();
      return discardedOf('narrow') > 0;
    };
    await waitFor(isSkipping, { deadlineMs: DEADLINE_MS, what: 'the skip' });
    expect(answered).toBeGreaterThan(CONGESTED_SECONDS);
  });

  test('whose path does not carry the stream skips to a key frame, without a gap, and that is counted', async () => {
    const write = await published('congested');
    const client = await connected('congested');
    write(true);
    await received(client, 3);
    const { ssrc } = client.packets[0]!;
    let number = 0;
    const reportLosses = (): boolean => {
      number += 50;
      const [cumulativeLost, extendedHighestSequenceNumber] = [number / 2, number];
      const others = { fractionLost: 0, jitterTicks: 0, lastSenderReport: 0, delaySinceLastSenderReport: 0 };
      const reports = [{ ssrc, cumulativeLost, extendedHighestSequenceNumber, ...others }];
      client.sendRtcp([{ type: 'receiverReport', ssrc: 1, reports }]);
      write(false);
      return discardedOf('congested') !== 0;
    };
    await waitFor(reportLosses, { deadlineMs: DEADLINE_MS, what: 'the skip' });
    const before = discardedOf('congested');
    write(true); // within the pause
    write(false);
    expect(discardedOf('congested')).toBe(before + 2);
    await settled(client);
    const shown = client.packets.length;
    const isBack = (): boolean => {
      write(true);
      return client.packets.length > shown;
    };
    await waitFor(isBack, { deadlineMs: DEADLINE_MS, what: 'a key frame after the pause' });
    client.packets.forEach(({ sequenceNumber }, index) =>
      expect(sequenceNumber).toBe((client.packets[0]!.sequenceNumber + index) & 0xffff),
    );
    await server.logged(/reader is too slow, discarding \d+ frames/);
  });
});
