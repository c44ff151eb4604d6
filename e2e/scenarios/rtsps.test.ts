import {
  CLIPS,
  CLIP_FRAME_RATE,
  FfmpegReader,
  GstreamerReader,
  Lifetime,
  RtspClient,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  createCertificate,
  prepareClip,
  publishWithFfmpeg,
} from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MIN_FRAMES = 30;

describe.each(TOPOLOGIES)('RTSPS on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;

  beforeAll(async () => {
    const { keyFile, certificateFile } = await createCertificate(folder);
    product = lifetime.own(
      await topology.start({
        rtspEncryption: 'optional',
        rtspServerKey: keyFile,
        rtspServerCert: certificateFile,
        pathDefaults: { gopCache: 'burst' },
      }),
    );
  });
  afterAll(() => lifetime.end());

  test('ffmpeg publishes over TLS; ffmpeg and gstreamer read over TLS and in the clear, every frame', async () => {
    const during = testLifetime(product);
    const clip = await prepareClip(CLIPS.h264Opus);
    const reference = await clipReference(clip);
    during.own(publishWithFfmpeg({ url: product.rtspsUrl('secret'), clip }));
    await product.log.waitForLine(/\[RTSPS\] \[session \w+\] is publishing to path 'secret'/);
    const readers = [product.rtspsUrl('secret'), product.rtspUrl('secret')].map((url) =>
      during.own(new FfmpegReader({ url, folder, seconds: 1.6, audio: false })),
    );
    const byGstreamer = during.own(
      new GstreamerReader({
        url: product.rtspsUrl('secret'),
        folder,
        video: 'rtph264depay ! avdec_h264',
        sourceOptions: ['tls-validation-flags=0'],
      }),
    );
    for (const reader of readers) {
      const { frames } = await reader.result();
      const hashes = frames.map(({ hash }) => hash);
      expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThan(MIN_FRAMES);
    }
    // gstreamer reads SRTP, which begins live: what comes before the first key frame is not whole.
    const { frames } = await byGstreamer.readUntil({ frames: MIN_FRAMES + CLIP_FRAME_RATE });
    const whole = frames.findIndex((hash) => reference.frames.includes(hash));
    expect(whole).toBeLessThan(CLIP_FRAME_RATE);
    expect(contiguousRun(reference.frames, frames.slice(whole)).length).toBeGreaterThan(MIN_FRAMES);
  });

  test('is TLS only: plain text and noise are closed', async () => {
    const during = testLifetime(product);
    const plain = during.own(await RtspClient.connect({ port: product.ports.rtsps }));
    plain.send('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n');
    await plain.closed;
    const client = during.own(await RtspClient.connect({ port: product.ports.rtsps, tls: true }));
    expect((await client.request('OPTIONS', product.rtspsUrl('secret'))).status).toBe(200);
  });
});
