import { UdpRelay, keepConnections, readVideoStatistics, waitFor } from '@mediamesh/testkit';
import type { ChromiumBrowser, Product, VideoStatistics } from '@mediamesh/testkit';

type Page = Awaited<ReturnType<ChromiumBrowser['openPage']>>;

const DEADLINE_MS = 20_000;
/** Each way. */
const DELAY_MS = 50;

/** Runs in the page: a browser asks for packets when its own description has it, whatever the answer says. */
const OFFER_WITHOUT_NACK = String.raw`
  const { createOffer } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createOffer = async function (...options) {
    const { type, sdp } = await createOffer.apply(this, options);
    return { type, sdp: sdp.replaceAll(/^a=rtcp-fb:\d+ nack\r\n/gm, '') };
  };`;

export interface LossyPlayerOptions {
  readonly product: Product;
  readonly chromium: ChromiumBrowser;
  readonly path: string;
  /** Without, the browser does not ask for lost packets. */
  readonly nack: boolean;
}

/** Chromium's page of a path, whose media takes 50 ms each way, and is lost in part. */
export class LossyPlayer {
  readonly relay: UdpRelay;
  private readonly page: Page;

  /** Plays when it resolves; nothing is lost before `relay.loss` says so. */
  static async open({ product, chromium, path, nack }: LossyPlayerOptions): Promise<LossyPlayer> {
    const { webrtcUdp } = product.ports;
    const relay = await UdpRelay.open({ port: webrtcUdp, delayMs: DELAY_MS });
    const page = await chromium.openPage(product.webrtcUrl(`${path}/`), undefined, async (before) => {
      await keepConnections(before);
      if (!nack) await before.addInitScript(OFFER_WITHOUT_NACK);
      await before.route('**/whep', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        const response = await route.fetch();
        await route.fulfill({ response, body: (await response.text()).replaceAll(` ${webrtcUdp} typ host`, ` ${relay.port} typ host`) });
      });
    });
    const player = new LossyPlayer(page, relay);
    await waitFor(async () => ((await readVideoStatistics(page))?.framesDecoded ?? 0) > 0, { deadlineMs: DEADLINE_MS, what: 'a picture' });
    return player;
  }

  private constructor(page: Page, relay: UdpRelay) {
    this.page = page;
    this.relay = relay;
  }

  /** What is counted in `seconds` from now. */
  async watch(seconds: number): Promise<Record<keyof VideoStatistics, number>> {
    const first = (await readVideoStatistics(this.page))!;
    const later = async (): Promise<VideoStatistics | false> => {
      const now = (await readVideoStatistics(this.page))!;
      return now.timestamp - first.timestamp >= 1_000 * seconds && now;
    };
    const last = await waitFor(later, { deadlineMs: 1_000 * seconds + DEADLINE_MS, what: `${seconds} s of it` });
    const grown = (name: keyof VideoStatistics): number => (last[name] ?? 0) - (first[name] ?? 0);
    return {
      timestamp: grown('timestamp'),
      framesReceived: grown('framesReceived'),
      framesDecoded: grown('framesDecoded'),
      keyFramesDecoded: grown('keyFramesDecoded'),
      freezeCount: grown('freezeCount'),
      packetsReceived: grown('packetsReceived'),
      packetsLost: grown('packetsLost'),
      nackCount: grown('nackCount'),
      pliCount: grown('pliCount'),
      retransmittedPacketsReceived: grown('retransmittedPacketsReceived'),
    };
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  async close(): Promise<void> {
    await this.page.context().close();
    await this.relay.close();
  }
}
