import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  RtspClient,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
  within,
} from '@mediamesh/testkit';
import type { Clip, ClipReference, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MiB = 1024 * 1024;
const MAX_GROWTH_BYTES = 128 * MiB;
const DATAGRAMS = 10_000;
const CONNECTIONS = 1_000;

const request = (method: string, headers: string, body = ''): string =>
  `${method} rtsp://127.0.0.1/watched RTSP/1.0\r\n${headers}\r\n${body}`;
const announce = (sdp: string): string =>
  request('ANNOUNCE', `CSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n`, sdp);
const SDP = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';

/** What is sent, and what must come of it: an answer of that status, or the connection closed. */
const CASES: readonly { readonly name: string; readonly bytes: string | Uint8Array; readonly answer: number | 'closed' }[] = [
  { name: 'no CSeq', bytes: request('OPTIONS', ''), answer: 400 },
  { name: 'a header of 1 MB', bytes: request('OPTIONS', `CSeq: 1\r\nX-Long: ${'x'.repeat(MiB)}\r\n`), answer: 'closed' },
  { name: '1 MB of headers', bytes: request('OPTIONS', `CSeq: 1\r\n${'X-More: yes\r\n'.repeat(80_000)}`), answer: 'closed' },
  { name: 'a URL of 1 MB', bytes: `OPTIONS rtsp://127.0.0.1/${'x'.repeat(MiB)} RTSP/1.0\r\nCSeq: 1\r\n\r\n`, answer: 'closed' },
  { name: 'a body of -1 bytes', bytes: request('ANNOUNCE', 'CSeq: 1\r\nContent-Length: -1\r\n'), answer: 'closed' },
  { name: 'a body of 1 TB', bytes: request('ANNOUNCE', 'CSeq: 1\r\nContent-Length: 1000000000000\r\n'), answer: 'closed' },
  { name: 'two lengths', bytes: request('ANNOUNCE', 'CSeq: 1\r\nContent-Length: 1\r\nContent-Length: 2\r\n', 'xx'), answer: 'closed' },
  { name: 'a clock rate of 0', bytes: announce(`${SDP}m=video 0 RTP/AVP 96\r\na=rtpmap:96 X-zero/0\r\n`), answer: 400 },
  { name: '10 000 medias', bytes: announce(`${SDP}${'m=audio 0 RTP/AVP 0\r\n'.repeat(5_000)}`), answer: 400 },
  { name: 'an SDP of noise', bytes: announce('\0\u0001v=1\r\nm=\r\n=\r\n'), answer: 400 },
  { name: 'PLAY without session', bytes: request('PLAY', 'CSeq: 1\r\n'), answer: 501 },
  { name: "another client's session", bytes: request('PLAY', 'CSeq: 1\r\nSession: 0123456789abcdef\r\n'), answer: 454 },
  { name: 'a path that leaves its folder', bytes: 'DESCRIBE rtsp://127.0.0.1/../../etc RTSP/1.0\r\nCSeq: 1\r\n\r\n', answer: 400 },
  { name: 'another protocol', bytes: 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', answer: 'closed' },
  { name: 'media without session', bytes: Uint8Array.of(0x24, 0, 0, 4, 1, 2, 3, 4), answer: 'closed' },
];

describe.each(TOPOLOGIES)('hostile clients on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264Opus);
    reference = await clipReference(clip);
    product = lifetime.own(await topology.start({ pathDefaults: { gopCache: 'burst' } }));
    lifetime.own(publishWithFfmpeg({ url: product.rtspUrl('watched'), clip }));
    await product.log.waitForLine(/is publishing to path 'watched'/);
  });
  afterAll(() => lifetime.end());

  /** Somebody watches meanwhile, over UDP too; then the whole of what was watched is looked at. */
  const watchDuring = async (trouble: () => Promise<void>): Promise<void> => {
    const during = testLifetime(product);
    const before = product.programs.map((program) => program.residentBytes);
    const watchers = (['tcp', 'udp'] as const).map((transport) =>
      during.own(new FfmpegReader({ url: product.rtspUrl('watched'), folder, seconds: 3, transport, audio: false })),
    );
    await waitFor(() => watchers.every((watcher) => watcher.soFar().frames.length > 0), { deadlineMs: 10_000, what: 'the watchers' });
    await trouble();
    for (const watcher of watchers) {
      const { frames } = await watcher.result();
      const run = contiguousRun(
        reference.frames,
        frames.map(({ hash }) => hash),
      );
      expect(run.length).toBeGreaterThan(60);
    }
    product.programs.forEach((program, index) => {
      expect(program.isRunning).toBe(true);
      expect(program.residentBytes - before[index]!).toBeLessThan(MAX_GROWTH_BYTES);
    });
  };

  test('malformed requests', async () => {
    await watchDuring(async () => {
      for (const { name, bytes, answer } of CASES) {
        const client = await RtspClient.connect({ port: product.ports.rtsp });
        client.send(bytes);
        if (answer === 'closed') await within(client.closed, { deadlineMs: 12_000, what: `${name}: closed` });
        else expect({ name, status: (await client.response()).status }).toEqual({ name, status: answer });
        client.close();
      }
    });
  });

  test('noise on TCP', async () => {
    await watchDuring(async () => {
      for (let index = 0; index < 20; index++) {
        const client = await RtspClient.connect({ port: product.ports.rtsp });
        client.send(randomBytes(64 * 1024));
        client.socket.end();
        await client.closed;
        client.close();
      }
    });
  });

  test(`${DATAGRAMS} random datagrams on each UDP port`, async () => {
    await watchDuring(async () => {
      const socket = createSocket('udp4');
      const { rtp } = product.ports;
      for (let sent = 0; sent < DATAGRAMS; sent++) {
        const datagram = randomBytes(1 + ((sent * 31) % 1_400));
        socket.send(datagram, rtp, '127.0.0.1');
        // As fast as the socket takes them.
        await new Promise((resolve) => socket.send(datagram, rtp + 1, '127.0.0.1', resolve));
      }
      socket.close();
    });
  });

  test(`${CONNECTIONS} half-open connections`, async () => {
    const sockets: Socket[] = [];
    try {
      await watchDuring(async () => {
        for (let index = 0; index < CONNECTIONS; index++) {
          const socket = connect(product.ports.rtsp, '127.0.0.1');
          socket.on('error', () => {});
          sockets.push(socket);
          await once(socket, 'connect');
          socket.write('DESCRIBE rtsp://127.0.0.1/watched RTSP/1.0\r\nCSe');
        }
        const client = await RtspClient.connect({ port: product.ports.rtsp });
        expect((await client.request('DESCRIBE', product.rtspUrl('watched'))).status).toBe(200);
        client.close();
      });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
