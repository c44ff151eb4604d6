import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Track } from '@mediamesh/media';
import { Lifetime, WebRtcClient, waitFor } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FromStream } from '../from-stream.ts';
import { TestServer } from '../testing/test-server.cases.ts';
import { offerTracks } from './offered-tracks.ts';

const DEADLINE_MS = 10_000;
const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };
const H264: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: {} };
const AAC: Track = { id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'MPEG-4 Audio', parameters: { config: Uint8Array.of(0x11, 0x90) } };
const opus = (channelCount: number): Track => ({ id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount } });

const lifetime = new Lifetime();
let target: TestServer;

beforeAll(async () => {
  const anyone = { user: 'any', permissions: [{ action: 'read' }, { action: 'publish', path: '~^open' }] };
  const ann = { user: 'ann', pass: 'secret', permissions: [{ action: 'publish', path: '' }] };
  target = lifetime.own(await TestServer.open({ authInternalUsers: [anyone, ann] }));
});
afterAll(() => lifetime.end());

/** A stream that is pushed there; both end with the test. */
async function pushing(dest: string, tracks: readonly Track[] = [VP8], keys: Readonly<Record<string, string>> = {}) {
  const server = await TestServer.open({ paths: { out: { forward: [{ dest, ...keys }] } } });
  onTestFinished(() => server.close());
  const publisher = await server.publish('out', tracks);
  let frame = 0;
  const timer = setInterval(() => {
    const ptsTicks = frame++ * 3_000;
    const payload = [new Uint8Array(3_000).fill(frame)];
    publisher.ingest.write({ trackId: 1, ptsTicks, dtsTicks: ptsTicks, ntpUs: undefined, key: true, payload }, Date.now() * 1000);
  }, 40);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await publisher.close('the test is over');
  };
  onTestFinished(close);
  return { server, close };
}

const whip = (path: string, user = ''): string => target.url(`${path}/whip`).replace('http://', `whip://${user}`);

describe('a path is pushed', () => {
  test('to a server, as long as it has a stream; what WebRTC cannot carry is named', async () => {
    const { server, close } = await pushing(whip('open'), [VP8, AAC]);
    await server.logged(/\[path out\] \[WHIP dest 1 \w{8}\] forwarding to 'whip:\/\/127/);
    await server.logged(
      /\[WHIP dest 1 \w{8}\] peer connection established, local candidate: host\/udp\/\S+, remote candidate: host\/udp\/127/,
    );
    await server.logged(/\[WHIP dest 1 \w{8}\] skipping track 2 \(MPEG-4 Audio\)/);
    await target.logged('[path open] stream is available and online, 1 track (VP8)');
    const client = new WebRtcClient(target.udpPort);
    onTestFinished(() => client.close());
    expect(await client.post(target.url('open/whep'))).toBe(201);
    await client.connect();
    await waitFor(() => client.packets.length > 30, { deadlineMs: DEADLINE_MS, what: 'media that was pushed' });
    const path = server.gateway.list({ kinds: [], paths: true, page: 0 }).paths.find(({ name }) => name === 'out');
    expect(path!.outboundBytes).toBeGreaterThan(30_000);
    expect(server.gateway.held.readers.size).toBe(0);
    await close();
    await waitFor(() => client.ended, { deadlineMs: DEADLINE_MS, what: 'the end at the other server' });
  });

  test.each([
    ['a token', '', { whipBearerToken: 'ann:secret' }],
    ['user and password', 'ann:secret@', {}],
  ])('with %s', async (name, user, keys) => {
    const path = `closed-${name.replaceAll(' ', '-')}`;
    const { server } = await pushing(whip(path, user), [VP8], keys);
    await target.logged(`is publishing to path '${path}'`);
    expect(server.log).not.toContain('secret');
  });

  test('again after five seconds when it was refused', async () => {
    const { server } = await pushing(whip('closed'));
    await server.logged(/ERR \[path out\] \[WHIP dest 1 \w{8}\] bad status code: 401/);
    const forwarding = /forwarding to/g;
    await waitFor(() => server.log.match(forwarding)?.length === 2, { deadlineMs: DEADLINE_MS, what: 'another try' });
  });

  test.each<[string, readonly Track[], string]>([
    ['nothing that WebRTC carries', [AAC], "the stream doesn't contain any supported codec, which are currently AV1, VP9"],
    ['B-frames', [H264], "WebRTC doesn't support H264 streams with B-frames"],
  ])('not, when it has %s', async (name, tracks, reason) => {
    const server = await TestServer.open({ paths: { out: { forward: [{ dest: whip(`open-${name.length}`) }] } } });
    onTestFinished(() => server.close());
    const publisher = await server.publish('out', tracks);
    onTestFinished(() => publisher.close('over'));
    const write = (ptsTicks: number): void => {
      const payload = [Uint8Array.of(0x65, 0x88, 0x84, 0, 1)];
      publisher.ingest.write({ trackId: 1, ptsTicks, dtsTicks: ptsTicks, ntpUs: undefined, key: true, payload }, Date.now() * 1000);
    };
    if (tracks[0] === H264) {
      await server.logged('peer connection established');
      for (const ptsTicks of [9_000, 18_000, 12_000]) write(ptsTicks);
    }
    await server.logged(reason);
  });

  test('not to a server that takes none of its tracks, and its session is ended', async () => {
    let ended = false;
    const refusing = createServer((request, response) => {
      ended ||= request.method === 'DELETE';
      response.writeHead(request.method === 'POST' ? 201 : 200, { 'Content-Type': 'application/sdp', Location: '/session' });
      response.end('v=0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=fingerprint:sha-256 AA\r\nm=video 0 UDP/TLS/RTP/SAVPF 102\r\na=inactive\r\n');
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void refusing.close());
    const { server } = await pushing(`whip://127.0.0.1:${(refusing.address() as AddressInfo).port}/x`);
    await server.logged(/\[WHIP dest 1 \w{8}\] the server takes none of the tracks/);
    await waitFor(() => ended, { deadlineMs: DEADLINE_MS, what: 'the end of the session' });
  });
});

test.each([
  [1, '111 minptime=10;useinbandfec=1'],
  [2, '111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1'],
  [6, '115 channel_mapping=0,4,1,2,3,5;num_streams=4;coupled_streams=2'],
])('Opus of %i channels is offered as %s', (channelCount, text) => {
  const maker = new FromStream();
  maker.describe({
    path: 'x',
    epoch: 1,
    description: { tracks: [opus(channelCount)], revision: 1 },
    timelineOffsetUs: 0,
    firstUnit: 0,
    firstSegment: 0,
    firstPart: 0,
  });
  const { payloadType, fmtp } = offerTracks(maker.tracks)[0]!.offer.codecs[0]!;
  expect(`${payloadType} ${[...fmtp].map((pair) => pair.join('=')).join(';')}`).toBe(text);
});
