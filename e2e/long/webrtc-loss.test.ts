import { LossyPlayer, testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  CLIP_FRAME_RATE,
  ChromiumBrowser,
  Lifetime,
  LossyNetwork,
  prepareClip,
  publishWithFfmpeg,
  standalone,
} from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SECONDS = 20;
/** Of the frames. */
const MIN_SHARE = 0.9;
const lifetime = new Lifetime();
let network: LossyNetwork;
let chromium: ChromiumBrowser;
let product: Product;

beforeAll(async () => {
  network = lifetime.own(new LossyNetwork());
  chromium = lifetime.own(await network.namespace.run(() => ChromiumBrowser.launch()));
  product = lifetime.own(await standalone.start({ webrtc: true, pathDefaults: { gopCache: 'catchUp' } }));
});
afterAll(() => lifetime.end());

test.each([
  [0.01, true],
  [0.01, false],
  [0.05, true],
  [0.05, false],
  [0.1, true],
  [0.1, false],
])('Chromium at a loss of %d and 50 ms of delay, retransmission %s', async (loss, nack) => {
  const during = testLifetime(product);
  const path = `loss-${loss * 100}-${nack}`;
  during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip: await prepareClip(CLIPS.h264Noisy) }));
  await product.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
  const player = during.own(await LossyPlayer.open({ product, chromium, network, path, nack }));
  network.lose(loss);
  during.own({ close: () => network.lose(0) });
  const seen = await player.watch(SECONDS);
  const expected = Math.round((seen.timestamp / 1_000) * CLIP_FRAME_RATE);
  const { framesDecoded, freezeCount, packetsReceived, packetsLost, retransmittedPacketsReceived, pliCount } = seen;
  console.log(
    `loss ${loss * 100} %, retransmission ${nack ? 'on' : 'off'}: ${expected - framesDecoded} of ${expected} frames not shown, ${freezeCount} freezes; ` +
      `${packetsReceived} packets, ${network.lostDatagrams} datagrams dropped, ${packetsLost} packets missed, ${retransmittedPacketsReceived} of them came again, ${pliCount} PLI`,
  );
  if (nack) expect(framesDecoded).toBeGreaterThan(MIN_SHARE * expected);
  else expect(seen.nackCount).toBe(0);
});
