import { testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  CLIP_HEIGHT,
  CLIP_WIDTH,
  ChromiumBrowser,
  Coturn,
  FfmpegReader,
  NetworkNamespace,
  TemporaryFolder,
  prepareClip,
  publishWithFfmpeg,
  standalone,
  waitForPlayback,
} from '@mediamesh/testkit';
import type { ProductConfig } from '@mediamesh/testkit';
import { expect, test } from 'vitest';

const DEADLINE_MS = 40_000;
const SECONDS = 1.6;
const MIN_FRAMES = 30;

/** Of the machine, and of the TURN server beside it. */
const HOST = '10.99.0.1';
const TURN_HOST = '10.99.0.2';
const TURN_PORT = 3_478;
const UDP_PORT = 8_189;
const SECRET = 'shared';
const turnServer = { url: `turn:${TURN_HOST}:${TURN_PORT}`, username: 'AUTH_SECRET', password: SECRET };

const RELAY_ADDRESS = `relay/udp/${TURN_HOST}/\\d+`;

/** A network of its own with a TURN server, whose first product is at UDP_PORT; what is within, the test learns from logs and readers. */
async function inNetwork(action: (within: { readonly namespace: NetworkNamespace }) => Promise<void>): Promise<void> {
  const outer = testLifetime();
  const namespace = outer.own(new NetworkNamespace());
  namespace.addInterface([HOST, TURN_HOST]);
  await namespace.run(async () => {
    const relayPorts = [49_000, 49_200] as const;
    outer.own(await Coturn.start({ address: TURN_HOST, port: TURN_PORT, users: { secret: SECRET }, relayPorts }));
    await action({ namespace });
  });
}

const configOf = (servers: readonly unknown[], more: ProductConfig = {}): ProductConfig => ({
  webrtc: true,
  webrtcLocalUDPAddress: `0.0.0.0:${UDP_PORT}`,
  webrtcLocalTCPAddress: '',
  webrtcICEServers2: servers,
  pathDefaults: { gopCache: 'burst' },
  ...more,
});

test('a server that no UDP reaches is read by Chromium, and pulled from, through a TURN server', async () => {
  await inNetwork(async ({ namespace }) => {
    // As behind a NAT that lets nobody in: only the TURN server answers what is sent to it.
    namespace.drop(`udp dport ${UDP_PORT} udp sport != ${TURN_PORT}`);
    namespace.drop(`udp sport ${UDP_PORT} udp dport != ${TURN_PORT}`);
    const product = await standalone.start(configOf([turnServer]));
    const during = testLifetime(product);
    during.own(product);
    const folder = during.own(new TemporaryFolder());
    const clip = await prepareClip(CLIPS.h264Opus);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('clip'), clip }));
    await product.log.waitForLine(/is publishing to path 'clip'/);

    const chromium = during.own(await ChromiumBrowser.launch());
    const page = await chromium.openPage(product.webrtcUrl('clip/'));
    const { width, height } = await waitForPlayback(page, SECONDS, DEADLINE_MS);
    expect({ width, height }).toEqual({ width: CLIP_WIDTH, height: CLIP_HEIGHT });
    await product.log.waitForLine(new RegExp(`peer connection established, local candidate: ${RELAY_ADDRESS}, remote candidate: `));
    await page.close();

    const source = product.webrtcUrl('clip/whep').replace('http:', 'whep:');
    const paths = { pulled: { source, sourceOnDemand: true } };
    const other = during.own(await standalone.start({ webrtc: true, pathDefaults: { gopCache: 'burst' }, paths }));
    const reader = during.own(new FfmpegReader({ url: other.rtspUrl('pulled'), folder, seconds: SECONDS, transport: 'tcp', audio: false }));
    expect((await reader.result()).frames.length).toBeGreaterThanOrEqual(MIN_FRAMES);
    expect(product.log.matching(new RegExp(`local candidate: ${RELAY_ADDRESS}`)).length).toBeGreaterThanOrEqual(2);
  });
});

test('a server that only the TURN server reaches is pushed to through it; servers for clients only are not its own', async () => {
  await inNetwork(async ({ namespace }) => {
    namespace.drop(`udp dport ${UDP_PORT} ip saddr != ${TURN_HOST}`);
    const origin = await standalone.start(configOf([{ ...turnServer, clientOnly: true }]));
    const during = testLifetime(origin);
    during.own(origin);
    const dest = origin.webrtcUrl('pushed/whip').replace('http:', 'whip:');
    const product = during.own(await standalone.start({ webrtc: true, paths: { pushed: { forward: [{ dest }] } } }));
    during.own(publishWithFfmpeg({ url: product.rtspUrl('pushed'), clip: await prepareClip(CLIPS.h264Opus) }));
    await origin.log.waitForLine(/\[path pushed\] stream is available and online, 2 tracks/, { deadlineMs: DEADLINE_MS });
    await product.log.waitForLine(
      new RegExp(`peer connection established, local candidate: ${RELAY_ADDRESS}, remote candidate: host/udp/`),
    );
    expect(origin.log.matching(/local candidate: relay/)).toEqual([]);
  });
});
