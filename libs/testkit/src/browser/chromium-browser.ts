import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { NetworkNamespace } from '../process/network-namespace.ts';
import { REPOSITORY, systemFile } from '../process/program-files.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
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

/** Debian's Chromium without a window, in the namespace that was entered, if any. */
export class ChromiumBrowser {
  private readonly browser: Browser;
  private readonly folder: TemporaryFolder;

  static async launch(): Promise<ChromiumBrowser> {
    // Chromium's sandbox refuses to run for root.
    const args = process.getuid?.() === 0 ? [...ARGUMENTS, '--no-sandbox'] : ARGUMENTS;
    const folder = new TemporaryFolder();
    const executablePath = chromiumHere(folder);
    try {
      return new ChromiumBrowser(await chromium.launch({ executablePath, args, headless: true, timeout: LAUNCH_DEADLINE_MS }), folder);
    } catch (error) {
      folder.close();
      throw error;
    }
  }

  private constructor(browser: Browser, folder: TemporaryFolder) {
    this.browser = browser;
    this.folder = folder;
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
    this.folder.close();
  }
}

/** The program; in a namespace that was entered, a script that starts it there. */
function chromiumHere(folder: TemporaryFolder): string {
  const file = systemFile('chromium');
  const command = NetworkNamespace.commandHere([file]);
  if (command.length === 1) return file;
  const script = folder.write('chromium', `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`);
  chmodSync(script, 0o755);
  return script;
}

/** Answers a challenge. */
function credentialsOf(user: TabOptions['user']): BrowserContextOptions {
  return user === undefined ? {} : { httpCredentials: { username: user.name, password: user.pass } };
}
