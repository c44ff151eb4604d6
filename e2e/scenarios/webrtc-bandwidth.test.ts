import { LossyPlayer, RelayedPage, testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  CLIP_FRAME_RATE,
  ChromiumBrowser,
  Lifetime,
  LossyNetwork,
  WebRtcClient,
  prepareClip,
  publishWithFfmpeg,
  readSendStatistics,
  standalone,
  waitFor,
} from '@mediamesh/testkit';
import type { Product, SendStatistics } from '@mediamesh/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const DEADLINE_MS = 40_000;
/** Half of the clip. */
const NARROW_BPS = 1_000_000;
const SECONDS = 3;
/** Of the frames; a loaded machine may miss some. */
const MIN_SHARE = 0.8;
/** What browsers begin with is 300 kbit/s. */
const RISEN_BPS = 700_000;
const UPLINK_BPS = 500_000;
/** Of the packets, while a publisher finds out what its path carries, and behind that. */
const MAX_LOST_SHARE = 0.15;

/** In an RTP header, which SRTP leaves readable. */
const TIMESTAMP_OFFSET = 4;

interface SessionInfo {
  readonly path: string;
  readonly state: string;
  readonly inboundRTPPackets: number;
  readonly inboundRTPPacketsLost: number;
  readonly outboundFramesDiscarded: number;
}

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

async function sessionsOf(path: string): Promise<readonly SessionInfo[]> {
  const { items } = (await (await fetch(product.apiUrl('/v3/webrtcsessions/list'))).json()) as { readonly items: readonly SessionInfo[] };
  return items.filter((session) => session.path === path);
}

test('a reader whose path becomes too narrow skips groups of pictures and comes back; others do not notice', async () => {
  const during = testLifetime(product);
  during.own(publishWithFfmpeg({ url: product.rtspUrl('narrow'), clip: await prepareClip(CLIPS.h264Noisy) }));
  await product.log.waitForLine(/is publishing to path 'narrow'/);
  const other = during.own(new WebRtcClient());
  const h264 = '101 H264/90000\r\na=fmtp:101 packetization-mode=1';
  const otherTimes = new Set<number>();
  other.onProtectedRtp = (packet) => otherTimes.add(new DataView(packet.buffer, packet.byteOffset).getUint32(TIMESTAMP_OFFSET));
  expect(await other.post(product.webrtcUrl('narrow/whep'), other.offer({ video: h264 }))).toBe(201);
  await other.connect();
  const narrow = during.own(await LossyPlayer.open({ product, chromium, network, path: 'narrow' }));
  const discarded = async (): Promise<readonly number[]> =>
    (await sessionsOf('narrow')).filter(({ state }) => state === 'read').map((session) => session.outboundFramesDiscarded);
  expect(await discarded()).toHaveLength(2);

  narrow.relay.bitrateBps = NARROW_BPS;
  const isSkipping = async (): Promise<boolean> => (await discarded()).some((frames) => frames > CLIP_FRAME_RATE);
  await waitFor(isSkipping, { deadlineMs: DEADLINE_MS, what: 'a second that is skipped' });
  await product.log.waitForLine(/reader is too slow, discarding \d+ frames/);
  const [first, again] = [(await narrow.statistics())!, async () => (await narrow.statistics())!.keyFramesDecoded];
  await waitFor(async () => (await again()) > first.keyFramesDecoded, { deadlineMs: DEADLINE_MS, what: 'a key frame behind it' });

  narrow.relay.bitrateBps = Infinity;
  const isWhole = async (): Promise<boolean> => (await narrow.watch(SECONDS)).framesDecoded > MIN_SHARE * SECONDS * CLIP_FRAME_RATE;
  await waitFor(isWhole, { deadlineMs: DEADLINE_MS, what: 'all frames once there is room' });
  expect(await discarded()).toContain(0);
  expect(otherTimes.size).toBeGreaterThan(
    (MIN_SHARE * ((await narrow.statistics())!.timestamp - first.timestamp) * CLIP_FRAME_RATE) / 1_000,
  );
});

test('a publisher learns what its path carries (TWCC): it sends more than at the start, and less where there is less room', async () => {
  const during = testLifetime(product);
  const settings = new URLSearchParams({
    'video-codec': 'vp8/90000',
    'video-width': '1280',
    'video-height': '720',
    'video-bitrate': '4000',
  });
  const publisher = during.own(await RelayedPage.open({ product, chromium, network, path: `uplink/publish?${settings}` }));
  await publisher.page.locator('#publish:enabled').click({ timeout: DEADLINE_MS });
  await product.log.waitForLine(/is publishing to path 'uplink'/);
  const available = async (): Promise<number> => (await sending())?.availableOutgoingBitrate ?? 0;
  const sending = (): Promise<SendStatistics | null> => readSendStatistics(publisher.page);
  await waitFor(async () => (await available()) > RISEN_BPS, { deadlineMs: DEADLINE_MS, what: 'more than at the start' });

  const before = (await sessionsOf('uplink'))[0]!;
  publisher.relay.bitrateBps = UPLINK_BPS;
  await waitFor(async () => (await available()) < 1.2 * UPLINK_BPS, { deadlineMs: DEADLINE_MS, what: 'what the path carries' });
  const after = (await sessionsOf('uplink'))[0]!;
  const lost = after.inboundRTPPacketsLost - before.inboundRTPPacketsLost;
  expect(lost).toBeLessThan(MAX_LOST_SHARE * (after.inboundRTPPackets - before.inboundRTPPackets + lost));
});
