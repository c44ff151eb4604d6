import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { REPOSITORY, systemFile } from '../process/program-files.ts';
import { PlayerTab } from './player-tab.ts';

const LAUNCH_DEADLINE_MS = 30_000;
/** Kept after the run; git ignores it. */
const SCREENSHOTS = join(REPOSITORY, 'artefacts', 'screenshots');

export interface TabOptions {
  readonly url: string;
  readonly user?: { readonly name: string; readonly pass: string };
  readonly colorScheme?: 'light' | 'dark';
}

/** Debian's Chromium without a window; videos may play with sound, as nobody can press a button. */
export class ChromiumBrowser {
  private readonly browser: Browser;

  static async launch(): Promise<ChromiumBrowser> {
    const args = ['--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--mute-audio'];
    // Chromium's sandbox refuses to run for root.
    if (process.getuid?.() === 0) args.push('--no-sandbox');
    const executablePath = systemFile('chromium');
    return new ChromiumBrowser(await chromium.launch({ executablePath, args, headless: true, timeout: LAUNCH_DEADLINE_MS }));
  }

  private constructor(browser: Browser) {
    this.browser = browser;
  }

  /** A tab with cookies of its own. Its page may answer with an error: `tab.status`. */
  async open({ url, user, colorScheme = 'light' }: TabOptions): Promise<PlayerTab> {
    const context = await this.browser.newContext({
      colorScheme,
      viewport: { width: 640, height: 400 },
      ...(user === undefined ? {} : { httpCredentials: { username: user.name, password: user.pass } }),
    });
    return PlayerTab.open(context, url, SCREENSHOTS);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
