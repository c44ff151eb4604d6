import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
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

/** With a camera and a microphone that are not real; videos may play with sound, as nobody can press a button. */
const ARGUMENTS = [
  '--autoplay-policy=no-user-gesture-required',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--mute-audio',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** Debian's Chromium without a window. */
export class ChromiumBrowser {
  private readonly browser: Browser;

  static async launch(): Promise<ChromiumBrowser> {
    // Chromium's sandbox refuses to run for root.
    const args = process.getuid?.() === 0 ? [...ARGUMENTS, '--no-sandbox'] : ARGUMENTS;
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
      ...credentialsOf(user),
    });
    return PlayerTab.open(context, url, SCREENSHOTS);
  }

  /** A page as it is, with cookies of its own. `prepare`: before it is opened. */
  async openPage(url: string, user?: TabOptions['user'], prepare?: (page: Page) => Promise<void>): Promise<Page> {
    const context = await this.browser.newContext(credentialsOf(user));
    const page = await context.newPage();
    await prepare?.(page);
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

/** Answers a challenge. */
function credentialsOf(user: TabOptions['user']): BrowserContextOptions {
  return user === undefined ? {} : { httpCredentials: { username: user.name, password: user.pass } };
}
