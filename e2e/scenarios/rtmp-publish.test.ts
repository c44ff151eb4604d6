import {
  CLIPS,
  FfmpegReader,
  GstreamerReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousBytes,
  contiguousRun,
  contiguousRuns,
  expectRisingTimes,
  prepareClip,
  publishWithFfmpeg,
  publishWithGstreamer,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, ClipReference, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SECONDS = 2;
const MIN_FRAMES = 40;
const MIN_AUDIO_BYTES = 8_000;
const H264 = 'h264parse ! avdec_h264';
const USERS = [
  { user: 'camera', pass: 'C4mera-pass', ips: [], permissions: [{ action: 'publish', path: 'guarded' }] },
  { user: 'viewer', pass: 'V1ewer-pass', ips: [], permissions: [{ action: 'read', path: 'guarded' }] },
  { user: 'any', ips: [], permissions: [{ action: 'publish', path: '~^live' }, { action: 'read', path: '~^live' }, { action: 'api' }] },
];

interface Connections {
  readonly items: readonly { readonly id: string; readonly state: string; readonly path: string }[];
}

describe.each(TOPOLOGIES)('RTMP on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    reference = await clipReference(clip);
    product = lifetime.own(await topology.start({ rtmp: true, hls: true, authInternalUsers: USERS, pathDefaults: { gopCache: 'burst' } }));
  });
  afterAll(() => lifetime.end());

  const expectWhole = (frames: readonly string[], audio: Uint8Array): void => {
    expect(contiguousRun(reference.frames, frames).length).toBeGreaterThanOrEqual(MIN_FRAMES);
    expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
  };
  const hashes = (frames: readonly { readonly hash: string }[]): readonly string[] => frames.map(({ hash }) => hash);
  const published = (path: string) => product.log.waitForLine(new RegExp(`\\[RTMP\\] .* is publishing to path '${path}'`));

  test('ffmpeg publishes H264 with B-frames and AAC; ffmpeg reads it over RTMP, RTSP and HLS, gstreamer over RTMP, every frame', async () => {
    const during = testLifetime(product);
    const rtmp = product.rtmpUrl('live/cam');
    during.own(publishWithFfmpeg({ url: rtmp, clip }));
    await published('live/cam');
    const readers = [rtmp, product.rtspUrl('live/cam'), product.hlsUrl('/live/cam/index.m3u8')].map((url) =>
      during.own(new FfmpegReader({ url, folder, seconds: SECONDS })),
    );
    const byGstreamer = during.own(new GstreamerReader({ url: rtmp, folder, video: H264, audio: 'aacparse' }));
    for (const reader of readers) {
      const { frames, audio } = await reader.result();
      expectRisingTimes(frames);
      expectWhole(hashes(frames), audio);
    }
    const { frames } = await byGstreamer.readUntil({ frames: MIN_FRAMES, audioBytes: 1 });
    expect(contiguousRun(reference.frames, frames).length).toBeGreaterThanOrEqual(MIN_FRAMES);
  });

  test('gstreamer publishes, and ffmpeg and gstreamer read, every frame', async () => {
    const during = testLifetime(product);
    const url = product.rtmpUrl('live/gst');
    during.own(publishWithGstreamer(url, clip));
    await published('live/gst');
    const byFfmpeg = during.own(new FfmpegReader({ url, folder, seconds: SECONDS }));
    const byGstreamer = during.own(new GstreamerReader({ url, folder, video: H264 }));
    const { frames, audio } = await byFfmpeg.result();
    expectWhole(hashes(frames), audio);
    const read = await byGstreamer.readUntil({ frames: MIN_FRAMES });
    expect(contiguousRun(reference.frames, read.frames).length).toBeGreaterThanOrEqual(MIN_FRAMES);
  });

  test('published over RTSP, read over RTMP', async () => {
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('live/rtsp'), clip }));
    await product.log.waitForLine(/is publishing to path 'live\/rtsp'/);
    const { frames, audio } = await during.own(new FfmpegReader({ url: product.rtmpUrl('live/rtsp'), folder, seconds: SECONDS })).result();
    expectRisingTimes(frames);
    expectWhole(hashes(frames), audio);
  });

  test.each(['video', 'audio'] as const)('only %s', async (only) => {
    const during = testLifetime(product);
    const path = `live/only-${only}`;
    during.own(publishWithFfmpeg({ url: product.rtmpUrl(path), clip, only }));
    await published(path);
    const what = { video: only === 'video', audio: only === 'audio' };
    const { frames, audio } = await during
      .own(new FfmpegReader({ url: product.rtmpUrl(path), folder, seconds: SECONDS, ...what }))
      .result();
    if (only === 'video') expect(contiguousRun(reference.frames, hashes(frames)).length).toBeGreaterThanOrEqual(MIN_FRAMES);
    else expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
  });

  test('a second publisher takes over, and the reader goes on', async () => {
    const during = testLifetime(product);
    const url = product.rtmpUrl('live/taken');
    const publishing = (count: number) => product.log.waitForLine(/is publishing to path 'live\/taken'/, { count });
    const first = during.own(publishWithFfmpeg({ url, clip }));
    await publishing(1);
    const reader = during.own(new FfmpegReader({ url, folder, seconds: 60, audio: false }));
    const received = () => hashes(reader.soFar().frames);
    await waitFor(() => received().length >= 20, { deadlineMs: 20_000, what: 'frames of the first publisher' });
    during.own(publishWithFfmpeg({ url, clip }));
    await publishing(2);
    await first.waitForEnd(10_000);
    await waitFor(() => (contiguousRuns(reference.frames, received()).at(-1)?.length ?? 0) >= 30 && received().length > 50, {
      deadlineMs: 20_000,
      what: 'frames of the second publisher',
    });
    expectRisingTimes(reader.soFar().frames);
    expect(reader.program.stderr.lines).toEqual([]);
    expect(product.log.matching(/is reading from path 'live\/taken'/)).toHaveLength(1);
  });

  test('connections are listed, and a kick ends them', async () => {
    const during = testLifetime(product);
    const publisher = during.own(publishWithFfmpeg({ url: product.rtmpUrl('live/kicked'), clip }));
    await published('live/kicked');
    const reader = during.own(new FfmpegReader({ url: product.rtmpUrl('live/kicked'), folder, seconds: 60 }));
    await product.log.waitForLine(/is reading from path 'live\/kicked', 2 tracks \(H264, MPEG-4 Audio\)/);
    const { items } = (await (await fetch(product.apiUrl('/v3/rtmpconns/list'))).json()) as Connections;
    const mine = items.filter(({ path }) => path === 'live/kicked');
    expect(mine.map(({ state }) => state).sort()).toEqual(['publish', 'read']);
    const path = (await (await fetch(product.apiUrl('/v3/paths/get/live/kicked'))).json()) as object;
    const idOf = (state: string) => mine.find((one) => one.state === state)!.id;
    expect(path).toMatchObject({
      source: { type: 'rtmpConn', id: idOf('publish') },
      readers: [{ type: 'rtmpConn', id: idOf('read') }],
    });
    const kicked = await fetch(product.apiUrl(`/v3/rtmpconns/kick/${idOf('publish')}`), { method: 'POST' });
    expect(kicked.status).toBe(200);
    await publisher.waitForEnd(10_000);
    await reader.program.waitForEnd(10_000);
  });

  test('credentials are in the query, and wrong ones are refused', async () => {
    const during = testLifetime(product);
    const wrong = during.own(publishWithFfmpeg({ url: product.rtmpUrl('guarded?user=camera&pass=wrong'), clip }));
    await product.log.waitForLine(/\[RTMP\] .* failed to authenticate: authentication failed/);
    expect((await wrong.waitForEnd(10_000)).code).not.toBe(0);
    during.own(publishWithFfmpeg({ url: product.rtmpUrl('guarded?user=camera&pass=C4mera-pass'), clip }));
    await published('guarded');
    const url = product.rtmpUrl('guarded?user=viewer&pass=V1ewer-pass');
    const { frames } = await during.own(new FfmpegReader({ url, folder, seconds: 1, audio: false })).result();
    contiguousRun(reference.frames, hashes(frames));
  });
});
