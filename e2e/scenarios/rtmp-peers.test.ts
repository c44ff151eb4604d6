import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  CLIPS,
  CLIP_FRAME_RATE,
  FfmpegReader,
  FlvRecording,
  Lifetime,
  NginxRtmp,
  Program,
  RtmpClient,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  createCertificate,
  ffmpegFile,
  prepareClip,
  publishWithFfmpeg,
} from '@mediamesh/testkit';
import type { Certificate, Clip, ClipReference, Product } from '@mediamesh/testkit';
import { MultitrackPublisher, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MIN_FRAMES = 30;
const SECONDS = 1.6;

describe.each(TOPOLOGIES)('RTMP with others, on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let nginx: NginxRtmp;
  let certificate: Certificate;
  let product: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    reference = await clipReference(clip);
    nginx = lifetime.own(await NginxRtmp.start());
    certificate = await createCertificate(folder);
    product = lifetime.own(
      await topology.start({
        rtmp: true,
        rtmpEncryption: 'optional',
        rtmpServerKey: certificate.keyFile,
        rtmpServerCert: certificate.certificateFile,
        pathDefaults: { gopCache: 'burst' },
        paths: { fromnginx: { source: nginx.url('live/pulled'), sourceOnDemand: true }, all_others: null },
      }),
    );
  });
  afterAll(() => lifetime.end());

  const expectWhole = async (reader: FfmpegReader): Promise<void> => {
    const hashes = (await reader.result()).frames.map(({ hash }) => hash);
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
  };

  test('ffmpeg publishes and reads over TLS, and in the clear, every frame', async () => {
    const during = testLifetime(product);
    const url = product.rtmpsUrl('secret');
    during.own(publishWithFfmpeg({ url, clip }));
    await product.log.waitForLine(/\[RTMPS\] \[conn [^\]]+\] is publishing to path 'secret'/);
    const readers = [url, product.rtmpUrl('secret')].map((one) => during.own(new FfmpegReader({ url: one, folder, seconds: SECONDS })));
    for (const reader of readers) await expectWhole(reader);
  });

  test('another instance pulls over TLS, with the certificate pinned', async () => {
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: product.rtmpUrl('pinned'), clip }));
    await product.log.waitForLine(/is publishing to path 'pinned'/);
    const fingerprint = new X509Certificate(readFileSync(certificate.certificateFile)).fingerprint256.replaceAll(':', '');
    const source = { source: product.rtmpsUrl('pinned'), sourceFingerprint: fingerprint, gopCache: 'burst' };
    const edge = during.own(await topology.start({ paths: { edge: source } }));
    await edge.log.waitForLine(/path edge\] stream is available and online, 2 tracks \(H264, MPEG-4 Audio\)/);
    const row = (await (await fetch(edge.apiUrl('/v3/paths/get/edge'))).json()) as { readonly source: { readonly type: string } };
    expect(row.source.type).toBe('rtmpSource');
    await expectWhole(during.own(new FfmpegReader({ url: edge.rtspUrl('edge'), folder, seconds: SECONDS })));
  });

  test('a stream is pulled from nginx when somebody reads', async () => {
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: nginx.url('live/pulled'), clip }));
    for (const url of [product.rtspUrl('fromnginx'), product.rtmpUrl('fromnginx')]) {
      await expectWhole(during.own(new FfmpegReader({ url, folder, seconds: SECONDS })));
    }
  });

  test('ffmpeg relays a stream into nginx, and out again', async () => {
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: product.rtmpUrl('relayed'), clip }));
    await product.log.waitForLine(/is publishing to path 'relayed'/);
    const args = ['-nostdin', '-v', 'error', '-i', product.rtmpUrl('relayed'), '-c', 'copy', '-f', 'flv', nginx.url('live/relayed')];
    during.own(new Program({ name: 'ffmpeg relay', command: ffmpegFile('debian'), args }));
    await product.log.waitForLine(/is reading from path 'relayed'/);
    const reader = during.own(await FlvRecording.start({ url: nginx.url('live/relayed'), folder }));
    // What is last in the file lacks the pictures that it stands before.
    const file = await reader.finish('video', SECONDS * CLIP_FRAME_RATE + 10);
    await expectWhole(during.own(new FfmpegReader({ url: file, folder, seconds: SECONDS })));
  });

  test('a publisher of several tracks is read over RTSP and RTMP with all of them', async () => {
    const during = testLifetime(product);
    during.own(await MultitrackPublisher.start({ url: product.rtmpUrl('many'), clip, folder, copies: 2 }));
    await product.log.waitForLine(/path many\] stream is available and online, 4 tracks \(H264, H264, MPEG-4 Audio, MPEG-4 Audio\)/);
    const readers = [0, 1].map((index) =>
      during.own(new FfmpegReader({ url: product.rtspUrl('many'), folder, seconds: SECONDS, audio: false, videoTrack: index })),
    );
    for (const reader of readers) await expectWhole(reader);
    const recording = during.own(await FlvRecording.start({ url: product.rtmpUrl('many'), folder, fourCcs: ['avc1', 'mp4a'] }));
    await recording.finish('video', 20);
    expect(recording.videoTrackIds()).toEqual(new Set([0, 1]));
    // A reader that knows no extension gets one of each.
    const legacy = during.own(await RtmpClient.start({ url: product.rtmpUrl('many'), action: 'play' }));
    await product.log.waitForLine(/skipping track 2 \(H264\)/);
    legacy.close();
  });
});
