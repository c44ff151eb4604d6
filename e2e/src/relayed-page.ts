import { UdpRelay, keepConnections } from '@mediamesh/testkit';
import type { ChromiumBrowser, LossyNetwork, Product } from '@mediamesh/testkit';

type Page = Awaited<ReturnType<ChromiumBrowser['openPage']>>;

/** Each way. */
const DELAY_MS = 50;

export interface RelayedPageOptions {
  readonly product: Product;
  /** In the network's namespace. */
  readonly chromium: ChromiumBrowser;
  readonly network: LossyNetwork;
  /** Behind the WebRTC listener's address. */
  readonly path: string;
  /** Before the page is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** A page of ours in a browser in another network: its media takes a relay, 50 ms each way; its requests are made for it by the test. */
export class RelayedPage {
  readonly page: Page;
  readonly relay: UdpRelay;

  static async open({ product, chromium, network, path, prepare }: RelayedPageOptions): Promise<RelayedPage> {
    const relay = await UdpRelay.open({ port: product.ports.webrtcUdp, delayMs: DELAY_MS, address: network.hostAddress });
    const here = `${relay.address} ${relay.port} typ host`;
    try {
      const page = await chromium.openPage(product.webrtcUrl(path), undefined, async (before) => {
        await keepConnections(before);
        await prepare?.(before);
        await before.route('**/*', async (route) => {
          const response = await route.fetch();
          const isAnswer = route.request().method() === 'POST' && response.status() === 201;
          if (!isAnswer) return route.fulfill({ response });
          await route.fulfill({ response, body: (await response.text()).replaceAll(/\S+ \d+ typ host/g, here) });
        });
      });
      return new RelayedPage(page, relay);
    } catch (error) {
      await relay.close();
      throw error;
    }
  }

  private constructor(page: Page, relay: UdpRelay) {
    this.page = page;
    this.relay = relay;
  }

  async close(): Promise<void> {
    await this.page.context().close();
    await this.relay.close();
  }
}
