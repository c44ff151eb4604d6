import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  RawReader,
  RelayedPublisher,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousBytes,
  contiguousRun,
  expectRisingTimes,
  prepareClip,
  standalone,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, ClipReference, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SECONDS = 2;
const MIN_FRAMES = 40;
const MIN_AUDIO_BYTES = 8_000;
const RTP_HEADER_BYTES = 12;
const TS_PACKET_BYTES = 188;
const TS_SYNC_BYTE = 0x47;

describe.each(TOPOLOGIES)('MPEG-TS over RTSP on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let origin: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    reference = await clipReference(clip);
    origin = lifetime.own(await standalone.start());
    product = lifetime.own(
      await topology.start({
        pathDefaults: { gopCache: 'burst' },
        paths: {
          apart: { rtspDemuxMpegts: true },
          pulled: { rtspDemuxMpegts: true, source: origin.rtspUrl('whole'), sourceOnDemand: true },
          all_others: {},
        },
      }),
    );
  });
  afterAll(() => lifetime.end());

  const expectWhole = async (reader: FfmpegReader): Promise<void> => {
    const { frames, audio } = await reader.result();
    expectRisingTimes(frames);
    const hashes = frames.map(({ hash }) => hash);
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
    expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
  };

  test('a publisher is taken apart into its tracks with rtspDemuxMpegts, every frame', async () => {
    const during = testLifetime(product);
    during.own(await RelayedPublisher.ofMpegts({ port: product.ports.rtsp, path: 'apart', clip }));
    await product.log.waitForLine(/MPEG-TS demux mode enabled, starting demuxer\.\.\./);
    await product.log.waitForLine(/\[path apart\] stream is available and online, 2 tracks \(H264, MPEG-4 Audio\)/);
    await expectWhole(during.own(new FfmpegReader({ url: product.rtspUrl('apart'), folder, seconds: SECONDS })));
  });

  test('a source is taken apart too, and without the setting it passes through', async () => {
    const during = testLifetime(product, origin);
    during.own(await RelayedPublisher.ofMpegts({ port: origin.ports.rtsp, path: 'whole', clip }));
    await origin.log.waitForLine(/\[path whole\] stream is available and online, 1 track \(MPEG-TS\)/);
    await expectWhole(during.own(new FfmpegReader({ url: product.rtspUrl('pulled'), folder, seconds: SECONDS })));
    await product.log.waitForLine(/\[path pulled\] stream is available and online, 2 tracks \(H264, MPEG-4 Audio\)/);
    const reader = during.own(await RawReader.start({ port: origin.ports.rtsp, path: 'whole' }));
    await waitFor(() => reader.packets().length >= 20, { deadlineMs: 10_000, what: 'packets of the transport stream' });
    for (const packet of reader.packets()) {
      expect((packet.length - RTP_HEADER_BYTES) % TS_PACKET_BYTES).toBe(0);
      expect(packet[RTP_HEADER_BYTES]).toBe(TS_SYNC_BYTE);
    }
  });
});
