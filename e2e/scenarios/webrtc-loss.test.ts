import { LossyPlayer, testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  CLIP_FRAME_RATE,
  ChromiumBrowser,
  Lifetime,
  LossyNetwork,
  TOPOLOGIES,
  WebRtcClient,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const SECONDS = 3;
const LOSS = 0.05;
/** Of the frames; without retransmission it is about half. Chromium may miss some on a loaded machine. */
const MIN_SHARE = 0.8;

const VIDEO_SSRC = 77;
/** VP8's payload descriptor, and the smallest frame header of each kind. */
const KEY_FRAME = Uint8Array.of(0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0, 1, 2, 3);
const DELTA_FRAME = Uint8Array.of(0x10, 0x11, 0, 0, 1, 2, 3);
const isKeyFrame = (payload: Uint8Array): boolean => (payload[1]! & 1) === 0;

describe.each(TOPOLOGIES)('WebRTC over a lossy network on $name', (topology) => {
  const lifetime = new Lifetime();
  let network: LossyNetwork;
  let chromium: ChromiumBrowser;
  let product: Product;

  beforeAll(async () => {
    network = lifetime.own(new LossyNetwork());
    chromium = lifetime.own(await network.namespace.run(() => ChromiumBrowser.launch()));
    product = lifetime.own(await topology.start({ webrtc: true, pathDefaults: { gopCache: 'catchUp' } }));
  });
  afterAll(() => lifetime.end());

  test('video plays on in Chromium at 5 % of loss and 50 ms of delay: what is lost comes again', async () => {
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('lossy'), clip: await prepareClip(CLIPS.h264Noisy) }));
    await product.log.waitForLine(/is publishing to path 'lossy'/);
    const player = during.own(await LossyPlayer.open({ product, chromium, network, path: 'lossy' }));
    network.lose(LOSS);
    during.own({ close: () => network.lose(0) });
    const seen = await player.watch(SECONDS);
    expect(network.lostDatagrams).toBeGreaterThan(0);
    expect(seen.retransmittedPacketsReceived).toBeGreaterThan(0);
    expect(seen.framesDecoded).toBeGreaterThan(MIN_SHARE * SECONDS * CLIP_FRAME_RATE);
  });

  test('a reader that has lost a picture gets a key frame from a publisher that makes none by itself', async () => {
    const during = testLifetime(product);
    const publisher = during.own(new WebRtcClient());
    expect(await publisher.post(product.webrtcUrl('asked/whip'), publisher.offer({ direction: 'sendonly' }))).toBe(201);
    await publisher.connect();
    await product.log.waitForLine(/is publishing to path 'asked'/);
    const count = (type: string): number => publisher.rtcpPackets.filter((packet) => packet.type === type).length;
    let [frames, keyFrames] = [0, 0];
    const sendFrame = (): void => {
      const isAsked = count('pictureLossIndication') > keyFrames;
      if (isAsked) keyFrames++;
      publisher.sendRtp({
        marker: true,
        payloadType: 101,
        sequenceNumber: frames,
        timestamp: 3_000 * frames++,
        ssrc: VIDEO_SSRC,
        payload: isAsked ? KEY_FRAME : DELTA_FRAME,
      });
    };
    const reader = during.own(new WebRtcClient());
    expect(await reader.post(product.webrtcUrl('asked/whep'))).toBe(201);
    await reader.connect();
    const keyFramesSeen = (): number => reader.packets.filter(({ payload }) => isKeyFrame(payload)).length;
    const playUntil = (condition: () => boolean, what: string): Promise<unknown> =>
      waitFor(() => (sendFrame(), condition()), { deadlineMs: DEADLINE_MS, what });
    await playUntil(() => keyFramesSeen() > 0, 'the first key frame');
    const { ssrc } = reader.packets[0]!;
    const [seen, reports] = [keyFramesSeen(), count('receiverReport')];
    await playUntil(() => {
      reader.sendRtcp([{ type: 'pictureLossIndication', senderSsrc: 1, mediaSsrc: ssrc }]);
      return keyFramesSeen() >= seen + 3;
    }, 'three more');
    // By itself, the server asks with every second report.
    expect(count('receiverReport') - reports).toBeLessThanOrEqual(4);
  });
});
