import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Track } from '@mediamesh/media';
import { Lifetime, TemporaryFolder, UdpRelay, WebRtcClient, createCertificate, waitFor } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { MAX_ANSWER_BYTES } from '../client/whip-client.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 10_000;
const FRAME_TICKS = 3_000;
/** Of VP8: of 16 to 16 pixels, and of three packets. */
const KEY_FRAME = new Uint8Array(3_000);
KEY_FRAME.set([0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0]);
const LOSS = 0.1;
const LOSSY_FRAMES = 150;
/** Of the frames. A frame has 3 packets: without what is sent again it is less than three quarters. */
const MIN_SHARE = 0.9;
const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };
const PCMU: Track = {
  id: 2,
  kind: 'audio',
  clockRateHz: 8_000,
  codec: 'G711',
  parameters: { muLaw: true, sampleRateHz: 8_000, channelCount: 1 },
};

const lifetime = new Lifetime();
let origin: TestServer;

beforeAll(async () => {
  const anyone = { user: 'any', permissions: [{ action: 'read', path: '~^open' }, { action: 'publish' }] };
  const ann = { user: 'ann', pass: 'secret', permissions: [{ action: 'read', path: '' }] };
  origin = lifetime.own(await TestServer.open({ authInternalUsers: [anyone, ann] }));
});
afterAll(() => lifetime.end());

interface Publication {
  readonly tracks?: readonly Track[];
  readonly at?: TestServer;
  readonly intervalMs?: number;
}

/** A stream at the origin that ends with the test. */
async function publish(path: string, { tracks = [VP8, PCMU], at = origin, intervalMs = 40 }: Publication = {}) {
  const publisher = await at.publish(path, tracks);
  let frame = 0;
  const timer = setInterval(() => {
    const nowUs = Date.now() * 1000;
    const number = frame++;
    const write = (trackId: number, ptsTicks: number, payload: Uint8Array): void =>
      publisher.ingest.write({ trackId, ptsTicks, dtsTicks: ptsTicks, ntpUs: undefined, key: true, payload: [payload] }, nowUs);
    write(1, number * FRAME_TICKS, KEY_FRAME);
    if (tracks.includes(PCMU)) write(2, number * 320, new Uint8Array(320).fill(number));
  }, intervalMs);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await publisher.close('the test is over');
  };
  onTestFinished(close);
  return { close };
}

/** A server whose path `pulled` comes from there; ends with the test. */
async function pulling(source: string, keys: Readonly<Record<string, unknown>> = {}): Promise<TestServer> {
  const server = await TestServer.open({ paths: { pulled: { source, ...keys } } });
  onTestFinished(() => server.close());
  return server;
}

const whep = (path: string, user = ''): string => origin.url(`${path}/whep`).replace('http://', `whep://${user}`);

async function expectMedia(server: TestServer): Promise<WebRtcClient> {
  await server.logged(/\[path pulled\] stream is available and online/);
  const client = new WebRtcClient(server.udpPort);
  onTestFinished(() => client.close());
  expect(await client.post(server.url('pulled/whep'))).toBe(201);
  await client.connect();
  await waitFor(() => client.ofPayloadType(101).length > 30, { deadlineMs: DEADLINE_MS, what: 'video of the other server' });
  return client;
}

/** An HTTP server that ends with the test; where it listens. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** Passes on to the origin what a `change` makes of its answer. */
function between(change: (answer: string) => string): Promise<string> {
  return serving((request, response) => {
    void (async () => {
      const { method = '', headers } = request;
      const type = headers['content-type'];
      const body = method === 'POST' ? { body: await bodyOf(request) } : {};
      const answer = await fetch(origin.url(request.url!.substring(1)), {
        method,
        headers: type === undefined ? {} : { 'Content-Type': type },
        ...body,
      });
      const { 'content-length': _, ...others } = Object.fromEntries(answer.headers);
      response.writeHead(answer.status, others).end(change(await answer.text()));
    })();
  });
}

describe('a server is pulled from', () => {
  test('video and audio of it are a stream here, and the session ends with the source', async () => {
    await publish('open');
    const server = await pulling(whep('open'));
    await expectMedia(server);
    await server.logged('[path pulled] stream is available and online, 2 tracks (VP8, G711)');
    expect(server.log).toMatch(
      /\[path pulled\] \[WebRTC source\] peer connection established, local candidate: host\/udp\/\S+, remote candidate: host\/udp\/127\.0\.0\.1\/\d+/,
    );
    await server.close();
    await origin.logged(/\[session \w+\] closed: (terminated|peer connection closed)/); // by DELETE, or by DTLS if that is faster
  });

  test('a media that stays silent is no track', async () => {
    await publish('open-video', { tracks: [VP8] }); // the server answers the audio with a codec that it never sends
    const server = await pulling(whep('open-video'));
    await server.logged('stream is available and online, 1 track (VP8)');
  });

  test.each([
    ['a token', whep, '', { whepBearerToken: 'ann:secret' }],
    ['user and password', whep, 'ann:secret@', {}],
  ])('with %s', async (_name, url, user, keys) => {
    await publish('closed');
    await (await pulling(url('closed', user), keys)).logged(/stream is available and online/);
  });

  test('over TLS, when the certificate is the one that is pinned', async () => {
    const folder = new TemporaryFolder();
    onTestFinished(() => folder.close());
    const { keyFile, certificateFile } = await createCertificate(folder);
    const fingerprint = new X509Certificate(readFileSync(certificateFile)).fingerprint256.replaceAll(':', '');
    const secure = await TestServer.open({ webrtcEncryption: true, webrtcServerKey: keyFile, webrtcServerCert: certificateFile });
    onTestFinished(() => secure.close());
    await publish('tls', { at: secure });
    const url = secure.url('tls/whep').replace('http://', 'wheps://');
    await (await pulling(url, { sourceFingerprint: fingerprint })).logged(/stream is available and online/);
    const other = await pulling(url, { sourceFingerprint: `00${fingerprint.substring(2)}` });
    await other.logged(/\[WebRTC source\] cannot reach 127.0.0.1:\d+: source fingerprint does not match: expected 00.*, got/);
    await (await pulling(url)).logged(/\[WebRTC source\] cannot reach 127.0.0.1:\d+: self-signed certificate/);
  });

  test('through a redirect, to which the token does not go along', async () => {
    await publish('open-moved');
    const seen: (string | undefined)[] = [];
    const elsewhere = await serving((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(307, { Location: origin.url('open-moved/whep') }).end();
    });
    const server = await pulling(`whep://${elsewhere}/x`, { whepBearerToken: 'token' });
    await server.logged(/stream is available and online/);
    expect(seen).toEqual(['Bearer token', 'Bearer token']);
    expect(origin.log).not.toContain('token');
  });

  test('over a path that loses packets: what is lost comes again in a stream of its own (RTX)', async () => {
    await publish('open-lossy', { intervalMs: 10 });
    const relay = await UdpRelay.open({ port: origin.udpPort, delayMs: 0 });
    onTestFinished(() => relay.close());
    let answer = '';
    const host = await between((original) => {
      answer = original.replace(/(a=candidate:\d+ 1 udp \d+) \S+ \d+/g, `$1 127.0.0.1 ${relay.port}`);
      return answer;
    });
    const client = await expectMedia(await pulling(`whep://${host}/open-lossy/whep`));
    expect(answer).toMatch(/a=rtpmap:41 rtx\/90000\r\na=fmtp:41 apt=102/); // of VP8: it is sent again in no other way
    const seen = client.packets.length;
    relay.loss = LOSS;
    const timesSeen = (): readonly number[] =>
      client.packets
        .filter(({ marker, payloadType }, index) => index > seen && marker && payloadType === 101)
        .map(({ timestamp }) => timestamp);
    await waitFor(() => timesSeen().length >= LOSSY_FRAMES, { deadlineMs: DEADLINE_MS, what: 'frames' });
    expect(relay.lostDatagrams).toBeGreaterThan(0);
    const times = timesSeen();
    const sent = ((times.at(-1)! - times[0]!) >>> 0) / FRAME_TICKS + 1;
    expect(times.length / sent).toBeGreaterThan(MIN_SHARE);
  });

  test('when its stream ends, the source fails, and is tried again', async () => {
    const { close } = await publish('open-ends');
    const server = await pulling(whep('open-ends'));
    await expectMedia(server);
    await close();
    await server.logged('[path pulled] [WebRTC source] peer connection closed');
    await publish('open-ends');
    await waitFor(() => server.log.match(/stream is available and online/g)?.length === 2, {
      deadlineMs: DEADLINE_MS,
      what: 'the stream again',
    });
  });
});

/** Answers to POST; OPTIONS is as it should be. */
const answering =
  (answer: (response: ServerResponse) => void, status = 201): RequestListener =>
  (request, response) => {
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    response.writeHead(status, { 'Content-Type': 'application/sdp', Location: '/session' });
    answer(response);
  };

describe('a server that does not answer as it should is one line in the log', () => {
  const endless = (response: ServerResponse): void => {
    const write = (): void =>
      void (response.destroyed || (response.write('a=x\r\n'.repeat(10_000)) ? setImmediate(write) : response.once('drain', write)));
    write();
  };

  test.each<[string, RequestListener, string | RegExp]>([
    ['no such endpoint', (_request, response) => response.writeHead(404).end(), 'bad status code: 404'],
    ['no stream', answering((response) => response.end('{}'), 404), 'bad status code: 404'],
    [
      'another type',
      (request, response) => response.writeHead(request.method === 'POST' ? 201 : 200, { Location: '/' }).end(),
      "bad Content-Type: expected 'application/sdp', got ''",
    ],
    [
      'no session',
      (request, response) => response.writeHead(request.method === 'POST' ? 201 : 200).end(),
      'the answer has no valid Location',
    ],
    ['no SDP', answering((response) => response.end('<html>')), 'WebRTC SDP: has the line "<html>" (offset 0)'],
    ['nothing', answering((response) => response.end()), 'WebRTC answer: has no media (offset 0)'],
    ['an answer without an end', answering(endless), `the answer is larger than ${MAX_ANSWER_BYTES} bytes`],
    ['a cut answer', answering((response) => response.write('v=0', () => response.destroy())), /cannot reach 127\.0\.0\.1:\d+: aborted/],
    ['redirects in a circle', (_request, response) => response.writeHead(308, { Location: '/again' }).end(), 'stopped after 10 redirects'],
    [
      'a redirect out of HTTP',
      (_request, response) => response.writeHead(308, { Location: 'file:///etc/passwd' }).end(),
      'redirects to an address that is none of HTTP',
    ],
  ])('%s', async (_name, listener, reason) => {
    const server = await pulling(`whep://${await serving(listener)}/x`);
    await server.logged(reason);
    expect(server.log.split('\n').filter((line) => line.includes('[WebRTC source]') && line.includes('ERR'))).toHaveLength(1);
    expect(server.log).not.toContain('internal error');
  });

  test('nobody there, and no answer at all', async () => {
    await (await pulling('whep://127.0.0.1:9/x')).logged(/\[WebRTC source\] cannot reach 127\.0\.0\.1:9: .*ECONNREFUSED/);
    const silent = await TestServer.open({ readTimeout: '500ms', paths: { pulled: { source: `whep://${await serving(() => {})}/x` } } });
    onTestFinished(() => silent.close());
    await silent.logged('[WebRTC source] no complete answer within 0.5 s');
  });

  test('another fingerprint than its certificate has: no media is taken, and its session is ended', async () => {
    await publish('open-fingerprint');
    const host = await between((answer) => answer.replace(/(a=fingerprint:sha-256 )../, '$100'));
    const server = await pulling(`whep://${host}/open-fingerprint/whep`);
    await server.logged('[WebRTC source] DTLS handshake failed: the certificate is not the one whose fingerprint was offered');
    expect(server.log).not.toContain('is available');
  });

  test.each([
    ['addresses where nobody is', (answer: string) => answer.replace(/(a=candidate:\d+ 1 udp \d+) \S+ \d+/g, '$1 127.0.0.1 9')],
    ['no addresses', (answer: string) => answer.replace(/a=candidate.*\r\n/g, '')],
    ['another password', (answer: string) => answer.replaceAll(/a=ice-pwd:.*\r\n/g, 'a=ice-pwd:another-password-of-others\r\n')],
  ])('%s', async (_name, change) => {
    await publish('open-unreachable');
    const server = await pulling(`whep://${await between(change)}/open-unreachable/whep`, { whepHandshakeTimeout: '1s' });
    await server.logged('[WebRTC source] deadline exceeded while waiting connection');
  });

  test('no media', async () => {
    const publisher = await origin.publish('open-silent', [VP8]);
    onTestFinished(() => publisher.close('over'));
    const server = await pulling(whep('open-silent'), { whepTrackGatherTimeout: '500ms' });
    await server.logged('[WebRTC source] deadline exceeded while waiting tracks');
  });
});
