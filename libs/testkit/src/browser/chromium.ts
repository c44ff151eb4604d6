import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { systemFile } from '../process/program-files.ts';

const LAUNCH_DEADLINE_MS = 30_000;

/** Debian's Chromium without a window, with a camera and a microphone that are not real, and media that plays without a click. */
export class Chromium {
  private readonly browser: Browser;

  static async launch(): Promise<Chromium> {
    const browser = await chromium.launch({
      executablePath: systemFile('chromium'),
      timeout: LAUNCH_DEADLINE_MS,
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--autoplay-policy=no-user-gesture-required',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
      ],
    });
    return new Chromium(browser);
  }

  private constructor(browser: Browser) {
    this.browser = browser;
  }

  /** A page of its own context: nothing is kept from others. `password` answers a challenge. */
  async open(url: string, login?: { readonly username: string; readonly password: string }): Promise<Page> {
    const context = await this.browser.newContext(login === undefined ? {} : { httpCredentials: login });
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
