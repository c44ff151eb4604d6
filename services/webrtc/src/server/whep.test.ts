import type { Track } from '@mediamesh/media';
import { Lifetime, WebRtcClient, waitFor } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';
import { MAX_SDP_BYTES } from './offer-endpoint.ts';

const DEADLINE_MS = 10_000;
const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };
const PCMU: Track = {
  id: 2,
  kind: 'audio',
  clockRateHz: 8_000,
  codec: 'G711',
  parameters: { muLaw: true, sampleRateHz: 8_000, channelCount: 1 },
};
const AAC: Track = { id: 3, kind: 'audio', clockRateHz: 48_000, codec: 'MPEG-4 Audio', parameters: { config: Uint8Array.of(0x11, 0x90) } };
const OPUS: Track = { id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };
const H264: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: {} };
const FRAME_TICKS = 3_000;
/** 20 ms. */
const OPUS_TICKS = 960;
/** 100 ms. */
const SPLICE_GAP_TICKS = 4_800;

const lifetime = new Lifetime();
let server: TestServer;

beforeAll(async () => {
  server = lifetime.own(await TestServer.open());
});
afterAll(() => lifetime.end());

/** A stream that has a key frame of 3 packets every 40 ms, and audio; ends with the test. */
async function publish(path: string, tracks: readonly Track[] = [VP8, PCMU], on = server) {
  const publisher = await on.publish(path, tracks);
  let frame = 0;
  const timer = setInterval(() => {
    const nowUs = Date.now() * 1000;
    const [ticks, number] = [frame * FRAME_TICKS, frame++];
    const write = (trackId: number, ptsTicks: number, payload: Uint8Array): void =>
      publisher.ingest.write({ trackId, ptsTicks, dtsTicks: ptsTicks, ntpUs: undefined, key: true, payload: [payload] }, nowUs);
    write(1, ticks, new Uint8Array(3_000).fill(number));
    if (tracks.includes(PCMU)) write(2, number * 320, new Uint8Array(320).fill(number));
  }, 40);
  onTestFinished(async () => {
    clearInterval(timer);
    await publisher.close('the test is over');
  });
  return publisher;
}

async function connected(path: string, on = server): Promise<WebRtcClient> {
  const client = new WebRtcClient(on.udpPort);
  onTestFinished(() => client.close());
  expect(await client.post(on.url(`${path}/whep`))).toBe(201);
  await client.connect();
  await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
  return client;
}

const received = (client: WebRtcClient, count: number): Promise<unknown> =>
  waitFor(() => client.packets.length >= count, { deadlineMs: DEADLINE_MS, what: `${count} packets` });

describe('a reader', () => {
  test('gets the frames under its own payload types, numbered without gaps', async () => {
    await publish('plain');
    const client = await connected('plain');
    await received(client, 60);
    const video = client.ofPayloadType(101);
    const audio = client.ofPayloadType(0);
    expect(audio.length).toBeGreaterThan(5);
    video.forEach(({ sequenceNumber }, index) => expect(sequenceNumber).toBe((video[0]!.sequenceNumber + index) & 0xffff));
    expect(video[0]!.sequenceNumber).toBeLessThan(2 ** 15);
    const second = video.findIndex(({ marker }) => marker) + 1;
    const frame = video.filter((_, index) => index >= second && index < second + 3);
    expect(frame.map(({ marker }) => marker)).toEqual([false, false, true]);
    expect(frame.reduce((sum, { payload }) => sum + payload.length - 1, 0)).toBe(3_000); // VP8 has a byte of its own
  });

  test('gets what it misses again, the same bytes', async () => {
    await publish('nack');
    const client = await connected('nack');
    await received(client, 30);
    const { ssrc, sequenceNumber } = client.ofPayloadType(101)[3]!;
    const before = client.protectedPackets.length;
    client.sendRtcp([{ type: 'nack', senderSsrc: 1, mediaSsrc: ssrc, sequenceNumbers: [sequenceNumber] }]);
    const isAgain = (): boolean =>
      client.protectedPackets.some(
        (bytes, index) => index >= before && client.protectedPackets.findIndex((other) => Buffer.compare(other, bytes) === 0) < index,
      );
    await waitFor(isAgain, { deadlineMs: DEADLINE_MS, what: 'the packet again' });
  });

  test('gets sender reports that name its tracks', async () => {
    await publish('reports');
    const client = await connected('reports');
    await waitFor(() => client.rtcp.length >= 2, { deadlineMs: DEADLINE_MS, what: 'reports' });
    const reports = client.rtcpPackets;
    const ssrcs = new Set(client.packets.map(({ ssrc }) => ssrc));
    for (const report of reports)
      expect(report).toMatchObject({ type: 'senderReport', ssrc: expect.toSatisfy((ssrc: number) => ssrcs.has(ssrc)) });
  });

  test('is spliced over to another publisher: times of sound show how long that took, and never go back', async () => {
    const client = new WebRtcClient(server.udpPort);
    onTestFinished(() => client.close());
    const writer = async (): Promise<() => void> => {
      const publisher = await server.publish('spliced', [VP8, OPUS]);
      onTestFinished(() => publisher.close('the test is over'));
      let number = 0;
      return () => {
        const at = number++;
        for (const [trackId, ticks] of [
          [1, 1_800],
          [2, OPUS_TICKS],
        ] as const) {
          const payload = [Uint8Array.of(0xf8)];
          publisher.ingest.write(
            { trackId, ptsTicks: at * ticks, dtsTicks: at * ticks, ntpUs: undefined, key: true, payload },
            Date.now() * 1000,
          );
        }
      };
    };
    const packetsOf = async (write: () => void): Promise<void> => {
      const before = client.ofPayloadType(0).length;
      const came = (): boolean => (write(), client.ofPayloadType(0).length >= before + 10);
      await waitFor(came, { deadlineMs: DEADLINE_MS, what: 'sound' });
    };
    const first = await writer();
    first();
    expect(await client.post(server.url('spliced/whep'), client.offer({ audio: '0 opus/48000/2' }))).toBe(201);
    await client.connect();
    await packetsOf(first);
    await packetsOf(await writer());
    const times = client.ofPayloadType(0).map(({ timestamp }) => timestamp);
    const steps = times.flatMap((time, index) => (index === 0 ? [] : [(time - times[index - 1]!) | 0]));
    const gaps = steps.filter((ticks) => ticks !== OPUS_TICKS);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toBeGreaterThanOrEqual(SPLICE_GAP_TICKS);
  });

  test('is told when the stream ends', async () => {
    const publisher = await publish('ends');
    const client = await connected('ends');
    await received(client, 3);
    await publisher.close('gone');
    await waitFor(() => client.ended, { deadlineMs: DEADLINE_MS, what: 'the end' });
    expect(client.ended).toBe('peer connection closed');
  });

  test('gets G711 of other rates than 8 kHz as linear samples', async () => {
    const parameters = { muLaw: true, sampleRateHz: 16_000, channelCount: 1 };
    const publisher = await server.publish('wide', [{ id: 1, kind: 'audio', clockRateHz: 16_000, codec: 'G711', parameters }]);
    onTestFinished(() => publisher.close('over'));
    const client = new WebRtcClient(server.udpPort);
    onTestFinished(() => client.close());
    expect(await client.post(server.url('wide/whep'), client.offer({ audio: '0 L16/16000' }))).toBe(201);
    await client.connect();
    await server.logged("is reading from path 'wide', 1 track (G711)");
    const payload = [Uint8Array.of(0x00, 0x80, 0xff)];
    publisher.ingest.write({ trackId: 1, ptsTicks: 0, dtsTicks: 0, ntpUs: undefined, key: true, payload }, Date.now() * 1000);
    await received(client, 1);
    expect(client.packets[0]!.payload).toEqual(Uint8Array.of(0x82, 0x84, 0x7d, 0x7c, 0x00, 0x00)); // -32124, 32124, 0
  });

  test('that wants to be the DTLS server is one', async () => {
    await publish('passive');
    const client = new WebRtcClient(server.udpPort);
    expect(await client.post(server.url('passive/whep'), client.offer({ setup: 'passive' }))).toBe(201);
    expect(client.answer).toContain('a=setup:active');
  });

  test('gets no stream whose frames go back in time', async () => {
    const publisher = await server.publish('b', [H264]);
    onTestFinished(() => publisher.close('over'));
    const client = new WebRtcClient(server.udpPort);
    onTestFinished(() => client.close());
    const offer = client.offer({ video: '101 H264/90000\r\na=fmtp:101 packetization-mode=1' });
    expect(await client.post(server.url('b/whep'), offer)).toBe(201);
    await client.connect();
    await waitFor(() => client.isConnected, { deadlineMs: DEADLINE_MS, what: 'the connection' });
    await server.logged("is reading from path 'b', 1 track (H264)");
    const idr = Uint8Array.of(0x65, 0x88, 0x84, 0, 1);
    for (const ptsTicks of [9_000, 18_000, 12_000])
      publisher.ingest.write({ trackId: 1, ptsTicks, dtsTicks: ptsTicks, ntpUs: undefined, key: true, payload: [idr] }, Date.now() * 1000);
    await server.logged("closed: WebRTC doesn't support H264 streams with B-frames");
  });
});

describe('requests', () => {
  const json = async (response: Response): Promise<unknown> => response.json();

  test('OPTIONS tells what is possible', async () => {
    const response = await fetch(server.url('x/whep'), { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('Accept-Post')).toBe('application/sdp');
    expect(response.headers.get('Access-Control-Allow-Methods')).toBe('OPTIONS, GET, POST, PATCH, DELETE');
    expect(response.headers.get('Access-Control-Expose-Headers')).toBe('Accept-Post, Link');
  });

  test('a 201 has what clients need', async () => {
    await publish('a/b_c');
    const client = new WebRtcClient(server.udpPort);
    const response = await fetch(server.url('a/b_c/whep?x=1'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: client.offer(),
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('Location')).toMatch(/^\/a\/b_c\/whep\/[0-9a-f-]{36}\.webrtc-[0-9a-f]{8}\?x=1$/);
    expect(response.headers.get('ETag')).toBe('*');
    expect(response.headers.get('ID')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('Accept-Patch')).toBe('application/trickle-ice-sdpfrag');
    expect(response.headers.get('Access-Control-Expose-Headers')).toBe('ETag, ID, Accept-Patch, Link, Location');
    expect(await response.text()).toMatch(new RegExp(`a=candidate:10 1 udp 2130706431 127.0.0.1 ${server.udpPort} typ host`));
  });

  test.each(['GET', 'PUT'])('%s of an endpoint is not allowed', async (method) => {
    const response = await fetch(server.url('x/whep'), { method });
    expect(response.status).toBe(405);
    expect(await json(response)).toEqual({ status: 'error', error: 'method not allowed' });
  });

  const sdp = { 'Content-Type': 'application/sdp' };
  const fragment = { 'Content-Type': 'application/trickle-ice-sdpfrag' };
  const unknown = '00000000-0000-0000-0000-000000000000';

  test.each([
    ['POST', 'x/whep', {}, 'v=0', 400, 'invalid Content-Type'],
    ['POST', 'x/whep', sdp, 'v=0', 400, 'WebRTC offer: has no media (offset 0)'],
    ['POST', 'x/whep', sdp, 'x'.repeat(MAX_SDP_BYTES + 1), 400, `the request body exceeds ${MAX_SDP_BYTES} bytes`],
    ['PATCH', `x/whep/${unknown}`, {}, '', 400, 'invalid Content-Type'],
    ['PATCH', `x/whep/${unknown}`, fragment, '', 404, 'session not found'],
    ['PATCH', 'x/whep/none', fragment, '', 400, 'invalid secret'],
    ['DELETE', `x/whep/${unknown}`, {}, undefined, 404, 'session not found'],
    ['DELETE', 'x/whep/none', {}, undefined, 400, 'invalid secret'],
  ] as const)('%s %s with %o is refused', async (method, path, headers, body, status, error) => {
    const response = await fetch(server.url(path), { method, headers, ...(body !== undefined && { body }) });
    expect(await json(response)).toEqual({ status: 'error', error });
    expect(response.status).toBe(status);
  });

  test('a path without a stream is 404, a stream that WebRTC cannot carry 400', async () => {
    const client = new WebRtcClient(server.udpPort);
    expect(await client.post(server.url('nothing/whep'))).toBe(404);
    expect(client.answer).toContain("no stream is available on path 'nothing'");
    const publisher = await server.publish('aac', [AAC]);
    onTestFinished(() => publisher.close('over'));
    expect(await client.post(server.url('aac/whep'))).toBe(400);
    expect(JSON.parse(client.answer)).toEqual({
      status: 'error',
      error: "the stream doesn't contain any supported codec, which are currently AV1, VP9, VP8, H265, H264, Opus, G722, G711, LPCM",
    });
  });

  test('skipped tracks are named', async () => {
    await publish('skips', [VP8, PCMU, AAC]);
    const client = new WebRtcClient(server.udpPort);
    expect(await client.post(server.url('skips/whep'))).toBe(201);
    await server.logged(/\[session \w+\] skipping track 3 \(MPEG-4 Audio\)/);
  });

  test('DELETE ends the session, and its URL', async () => {
    await publish('deleted');
    const client = await connected('deleted');
    const response = await fetch(client.sessionUrl, { method: 'DELETE' });
    expect(response.status).toBe(200);
    expect(await json(response)).toEqual({ status: 'ok' });
    await waitFor(() => client.ended, { deadlineMs: DEADLINE_MS, what: 'the end' });
    expect((await fetch(client.sessionUrl, { method: 'DELETE' })).status).toBe(404);
  });

  test('PATCH takes candidates; with another user fragment it restarts ICE', async () => {
    await publish('trickles');
    const client = await connected('trickles');
    const patch = (ufrag: string): Promise<Response> =>
      fetch(client.sessionUrl, {
        method: 'PATCH',
        headers: fragment,
        body: `a=ice-ufrag:${ufrag}\r\na=ice-pwd:012345678901234567890123\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n`,
      });
    expect((await patch('them')).status).toBe(204);
    const restarted = await patch('again');
    expect(restarted.status).toBe(200);
    const text = await restarted.text();
    const ufrag = /a=ice-ufrag:(\S+)/.exec(text)![1]!;
    expect(restarted.headers.get('ETag')).toBe(`"${ufrag}"`);
    expect(text).toMatch(
      new RegExp(
        `^a=ice-lite\r\na=ice-ufrag:\\S+\r\na=ice-pwd:\\S+\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\na=ice-ufrag:\\S+\r\na=ice-pwd:\\S+\r\na=candidate:10 1 udp 2130706431 127.0.0.1 ${server.udpPort} typ host\r\n`,
      ),
    );
    client.answer = text;
    const before = client.stunAnswers;
    client.check();
    await waitFor(() => client.stunAnswers > before, { deadlineMs: DEADLINE_MS, what: 'an answer under the new credentials' });
  });

  test('pages and scripts', async () => {
    const page = await fetch(server.url('cam/'));
    expect(page.status).toBe(200);
    expect(page.headers.get('Cache-Control')).toBe('no-cache');
    expect(await page.text()).toContain('reader.js');
    const script = await fetch(server.url('cam/reader.js'));
    expect(script.headers.get('Cache-Control')).toBe('max-age=3600');
    expect(await script.text()).toContain('class MediaMTXWebRTCReader');
    const redirect = await fetch(server.url('cam?x=1'), { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('Location')]).toEqual([302, '/cam/?x=1']);
    const elsewhere = await fetch(server.url('//example.com'), { redirect: 'manual' });
    expect(elsewhere.headers.get('Location')).toBe('/example.com/');
    expect((await fetch(server.url('favicon.ico'))).status).toBe(404);
  });
});

describe('users and ICE servers', () => {
  test('credentials are asked for, and taken as Basic and Bearer; servers are told with credentials of their own', async () => {
    const users = [{ user: 'ann', pass: 'secret', permissions: [{ action: 'read', path: '' }] }];
    const publishes = { user: 'any', pass: '', permissions: [{ action: 'publish', path: '' }] };
    const servers = [
      { url: 'stun:127.0.0.1:1', clientOnly: true },
      { url: 'turn:127.0.0.1:2', username: 'AUTH_SECRET', password: 's' },
    ];
    const own = await TestServer.open({ authInternalUsers: [...users, publishes], webrtcICEServers2: servers });
    onTestFinished(() => own.close());
    const asked = await fetch(own.url('cam/'));
    expect(asked.status).toBe(401);
    expect(asked.headers.get('WWW-Authenticate')).toBe('Basic realm="mediamtx"');
    expect(await asked.json()).toEqual({ status: 'error', error: 'authentication error' });
    const authorization = [`Basic ${Buffer.from('ann:secret').toString('base64')}`, 'Bearer ann:secret'];
    for (const value of authorization) {
      const response = await fetch(own.url('cam/whep'), { method: 'OPTIONS', headers: { Authorization: value } });
      expect(response.status).toBe(204);
      expect(response.headers.get('Link')).toMatch(
        /^<stun:127\.0\.0\.1:1>; rel="ice-server", <turn:127\.0\.0\.1:2>; rel="ice-server"; username="\d+:\w{20}"; credential="[^"]+"; credential-type="password"$/,
      );
    }
  });
});
