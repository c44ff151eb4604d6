import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  expectRisingTimes,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, Product } from '@mediamesh/testkit';
import { concurrentTestLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const TRACKS = [{ codec: 'H264' }, { codec: 'MPEG4Audio', sampleRate: 48_000, channelCount: 2 }];
/** Frames of the slate's loop. */
const LOOP = 20;
const DEADLINE_MS = 20_000;
/** ffmpeg likes to see megabytes first; the slate has few. */
const SHORT_PROBE = ['-probesize', '100000', '-analyzeduration', '1000000'];

interface PathRow {
  readonly available: boolean;
  readonly availableTime: string;
  readonly online: boolean;
  readonly source: { readonly type: string } | null;
  readonly tracks: readonly string[];
}

describe.each(TOPOLOGIES)('a path that is always available on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    const path = { alwaysAvailable: true, alwaysAvailableTracks: TRACKS };
    product = lifetime.own(
      await topology.start({
        rtmp: true,
        hls: true,
        pathDefaults: { gopCache: 'burst' },
        paths: { over_rtsp: path, over_rtmp: path, over_hls: path, refused: path },
      }),
    );
  });
  afterAll(() => lifetime.end());

  const row = async (path: string): Promise<PathRow> => (await (await fetch(product.apiUrl(`/v3/paths/get/${path}`))).json()) as PathRow;

  test.concurrent.for([
    ['RTSP', 'over_rtsp', (path: string) => product.rtspUrl(path)],
    ['RTMP', 'over_rtmp', (path: string) => product.rtmpUrl(path)],
    ['HLS', 'over_hls', (path: string) => product.hlsUrl(`/${path}/index.m3u8`)],
  ] as const)('is read over %s without a break while publishers come and go', async ([, path, urlOf], context) => {
    const during = concurrentTestLifetime(context, product);
    const reader = during.own(new FfmpegReader({ url: urlOf(path), folder, seconds: 300, inputOptions: SHORT_PROBE }));
    const frames = () => reader.soFar().frames;
    await waitFor(() => frames().length > LOOP, { deadlineMs: DEADLINE_MS, what: 'the slate' });
    const slate = new Set(frames().map(({ hash }) => hash));
    expect(slate.size).toBeLessThanOrEqual(LOOP + 1);
    const { availableTime, ...before } = await row(path);
    expect(before).toMatchObject({ available: true, online: false, source: null, tracks: ['H264', 'MPEG-4 Audio'] });

    const isSlate = () => frames().map(({ hash }) => slate.has(hash));
    const changes = () => isSlate().filter((now, at, all) => at > 0 && now !== all[at - 1]).length;
    const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
    await waitFor(() => changes() === 1, { deadlineMs: DEADLINE_MS, what: 'the publisher' });
    expect(await row(path)).toMatchObject({ available: true, availableTime, online: true, source: { type: 'rtspSession' } });
    publisher.signal('SIGKILL');
    await waitFor(() => changes() === 2, { deadlineMs: DEADLINE_MS, what: 'the slate again' });
    during.own(publishWithFfmpeg({ url: product.rtmpUrl(path), clip }));
    await waitFor(() => changes() === 3, { deadlineMs: DEADLINE_MS, what: 'the second publisher' });
    expect(await row(path)).toMatchObject({ available: true, availableTime, online: true, source: { type: 'rtmpConn' } });

    expectRisingTimes(frames());
    expect(reader.program.stderr.lines).toEqual([]);
  });

  test.concurrent('refuses publishers whose tracks are others', async (context) => {
    const during = concurrentTestLifetime(context, product);
    await product.log.waitForLine(/path refused\] stream is available, 2 tracks \(H264, MPEG-4 Audio\)/);
    const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl('refused'), clip, only: 'video' }));
    expect((await publisher.waitForEnd(DEADLINE_MS)).code).not.toBe(0);
    await product.log.waitForLine(/wants to publish \[H264\], but stream expects \[H264 MPEG-4 Audio\]/);
    expect(await row('refused')).toMatchObject({ online: false });
  });
});
