import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  NginxFiles,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  createCertificate,
  expectRisingTimes,
  packageAsHls,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, ClipReference, Product } from '@mediamesh/testkit';
import { HlsClient, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MIN_FRAMES = 40;
const SECONDS = 2;
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;
const DATE = '2020-02-02T10:20:30.000Z';
const MEDIA = '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsegment.ts\n';

/** What is pulled, and what is said of it. */
const HOSTILE: readonly { readonly path: string; readonly says: RegExp }[] = [
  { path: 'garbage', says: /\[path garbage\] \[HLS source\] .*playlist/ },
  { path: 'garbage-segment', says: /\[path garbage-segment\] \[HLS source\] decode error: MPEG-TS packet: has no sync byte/ },
  { path: 'endless-playlist', says: /\[path endless-playlist\] \[HLS source\] the answer is larger than/ },
  { path: 'endless-segment', says: /\[path endless-segment\] \[HLS source\] the answer is larger than/ },
  { path: 'huge-segment', says: /\[path huge-segment\] \[HLS source\] the answer is larger than/ },
  { path: 'redirects', says: /\[path redirects\] \[HLS source\] .*redirect/ },
];

/** A server that means harm. */
function answerHostile(path: string, response: ServerResponse): void {
  const [, kind, file] = path.split('/');
  if (file === 'index.m3u8') {
    if (kind === 'garbage') return void response.end('\0<html>');
    if (kind === 'redirects') return void response.writeHead(302, { Location: path }).end();
    if (kind === 'endless-playlist') return pour(response, '#EXTINF:1,\nsegment.ts\n');
    return void response.end(MEDIA);
  }
  if (kind === 'huge-segment') return void response.writeHead(200, { 'Content-Length': 2 ** 30 }).write(Buffer.alloc(188, 0x47));
  if (kind === 'endless-segment') return pour(response, Buffer.alloc(65_536, 0x47));
  response.end(Buffer.alloc(188 * 100, 0xff));
}

/** As long as the client takes it. */
function pour(response: ServerResponse, chunk: string | Buffer): void {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

describe.each(TOPOLOGIES)('playlists of others, pulled on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  const files = lifetime.own(new TemporaryFolder());
  let clip: Clip;
  let reference: ClipReference;
  let hostile: Server;
  let product: Product;

  const pack = (name: string, segments: 'mpegts' | 'fmp4', live: boolean) => {
    mkdirSync(join(files.path, name));
    return packageAsHls({ clip, playlist: join(files.path, name, 'index.m3u8'), segments, live });
  };

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    reference = await clipReference(clip);
    for (const segments of ['mpegts', 'fmp4'] as const) {
      await pack(`vod-${segments}`, segments, false).waitForEnd(20_000);
      lifetime.own(pack(`live-${segments}`, segments, true));
    }
    const dates = /#EXT-X-PROGRAM-DATE-TIME:.*\n/g;
    const vod = readFileSync(join(files.path, 'vod-mpegts/index.m3u8'), 'utf8').replace(dates, '');
    writeFileSync(join(files.path, 'vod-mpegts/dated.m3u8'), vod.replace('#EXTINF', `#EXT-X-PROGRAM-DATE-TIME:${DATE}\n#EXTINF`));
    await waitFor(() => existsSync(join(files.path, 'live-fmp4/index.m3u8')), { deadlineMs: 20_000, what: 'a live playlist' });

    const certificate = await createCertificate(folder);
    const fingerprint = new X509Certificate(readFileSync(certificate.certificateFile)).fingerprint256.replaceAll(':', '').toLowerCase();
    const nginx = lifetime.own(await NginxFiles.start(files.path));
    const secure = lifetime.own(await NginxFiles.start(files.path, certificate));
    hostile = createServer((request, response) => answerHostile(request.url!, response)).listen(0, '127.0.0.1');
    lifetime.own({
      close: () => {
        hostile.closeAllConnections();
        hostile.close();
      },
    });
    await once(hostile, 'listening');
    const { port } = hostile.address() as AddressInfo;
    const pulled = (source: string, more: object = {}): object => ({ source, sourceOnDemand: true, ...more });
    product = lifetime.own(
      await topology.start({
        hls: true,
        pathDefaults: { gopCache: 'burst' },
        paths: {
          'vod-mpegts': pulled(nginx.url('vod-mpegts/index.m3u8')),
          'vod-fmp4': pulled(nginx.url('vod-fmp4/index.m3u8')),
          'live-mpegts': pulled(nginx.url('live-mpegts/index.m3u8')),
          'live-fmp4': pulled(nginx.url('live-fmp4/index.m3u8')),
          moved: pulled(nginx.url('moved/vod-fmp4/index.m3u8')),
          pinned: pulled(secure.url('vod-mpegts/index.m3u8'), { sourceFingerprint: fingerprint }),
          mispinned: pulled(secure.url('vod-mpegts/index.m3u8'), { sourceFingerprint: '00'.repeat(32), sourceOnDemandStartTimeout: '2s' }),
          dated: pulled(nginx.url('vod-mpegts/dated.m3u8'), { useAbsoluteTimestamp: true }),
          ...Object.fromEntries(HOSTILE.map(({ path }) => [path, { source: `http://127.0.0.1:${port}/${path}/index.m3u8` }])),
          all_others: null,
        },
      }),
    );
  });
  afterAll(() => lifetime.end());

  test.each(['vod-mpegts', 'vod-fmp4', 'live-mpegts', 'live-fmp4', 'moved', 'pinned'])('%s: every frame', async (path) => {
    const during = testLifetime(product);
    const { frames } = await during.own(new FfmpegReader({ url: product.rtspUrl(path), folder, seconds: SECONDS, audio: false })).result();
    const hashes = frames.map(({ hash }) => hash);
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
    expectRisingTimes(frames);
  });

  test('a server with another certificate is refused', async () => {
    const during = testLifetime(product);
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('mispinned'), folder, seconds: SECONDS, audio: false }));
    await product.log.waitForLine(/\[path mispinned\] \[HLS source\] .*fingerprint/, { deadlineMs: 20_000 });
    expect((await reader.program.waitForEnd(20_000)).code).not.toBe(0);
  });

  test('with useAbsoluteTimestamp its times of day are those of the playlist', async () => {
    const client = new HlsClient(product.hlsUrl('/dated/'));
    await client.open();
    const playlist = await client.playlist('video1');
    expect(/#EXT-X-PROGRAM-DATE-TIME:(.*)/.exec(playlist)?.[1]?.substring(0, 16)).toBe(DATE.substring(0, 16));
  });

  test('hostile ones are given up with a reason, and cost others nothing', async () => {
    const during = testLifetime(product);
    const before = product.programs.map((program) => program.residentBytes);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('other'), clip }));
    await product.log.waitForLine(/is publishing to path 'other'/);
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('other'), folder, seconds: 4, audio: false }));
    for (const { says } of HOSTILE) await product.log.waitForLine(says, { deadlineMs: 20_000 });
    const hashes = (await reader.result()).frames.map(({ hash }) => hash);
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(2 * MIN_FRAMES);
    product.programs.forEach((program, index) => {
      expect(program.isRunning).toBe(true);
      expect(program.residentBytes - before[index]!).toBeLessThan(MAX_GROWTH_BYTES);
    });
  });
});
