import { join } from 'node:path';
import type { BrowserContext, Page, Route } from 'playwright-core';
import { waitFor } from '../wait-for.ts';

/** Below it in each channel, a pixel counts as black. */
const DARK = 24;
const OPEN_DEADLINE_MS = 20_000;

/** A decoded picture, smaller than the video: brightness of each pixel, row after row. */
export interface SeenPicture {
  readonly width: number;
  readonly height: number;
  readonly brightness: readonly number[];
}

/** A tab with one video element, and what a viewer sees in it. */
export class PlayerTab {
  /** Of the page's own request. */
  readonly status: number;
  /** What the page wrote to the console as errors, and its uncaught exceptions. */
  readonly errors: string[];
  readonly page: Page;
  private readonly context: BrowserContext;
  private readonly screenshots: string;

  static async open(context: BrowserContext, url: string, screenshots: string): Promise<PlayerTab> {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    const response = await page.goto(url, { timeout: OPEN_DEADLINE_MS });
    return new PlayerTab({ page, context, screenshots, errors, status: response?.status() ?? 0 });
  }

  private constructor(parts: {
    readonly page: Page;
    readonly context: BrowserContext;
    readonly screenshots: string;
    readonly errors: string[];
    readonly status: number;
  }) {
    this.page = parts.page;
    this.context = parts.context;
    this.screenshots = parts.screenshots;
    this.errors = parts.errors;
    this.status = parts.status;
  }

  /** Seconds of the media that is shown. */
  currentTime(): Promise<number> {
    return this.page.evaluate<number>('document.querySelector("video").currentTime');
  }

  /** Waits until `seconds` more have been played; what is jumped over does not count. */
  async waitForPlay(seconds: number, deadlineMs: number): Promise<void> {
    let last = await this.playedSeconds();
    let sum = 0;
    const look = async (): Promise<boolean> => {
      const played = await this.playedSeconds();
      sum += played >= last ? played - last : played; // a new source begins at zero
      last = played;
      return sum >= seconds;
    };
    await waitFor(look, { deadlineMs, what: `${seconds} s of video in the tab, whose notice is "${await this.notice()}",` });
  }

  private playedSeconds(): Promise<number> {
    return this.page.evaluate<number>(`(() => {
      const { played } = document.querySelector('video');
      return Array.from({ length: played.length }, (_, range) => played.end(range) - played.start(range)).reduce((a, b) => a + b, 0);
    })()`);
  }

  /** What is shown now, scaled to `width` x `height`. Errors: nothing is decoded yet. */
  async picture(width: number, height: number): Promise<SeenPicture> {
    const brightness = await this.page.evaluate<number[] | null>(`(() => {
      const video = document.querySelector('video');
      if (video.readyState < 2) return null;
      const canvas = new OffscreenCanvas(${width}, ${height});
      const context = canvas.getContext('2d');
      context.drawImage(video, 0, 0, ${width}, ${height});
      const { data } = context.getImageData(0, 0, ${width}, ${height});
      return Array.from({ length: data.length / 4 }, (_, pixel) => Math.max(...data.subarray(4 * pixel, 4 * pixel + 3)));
    })()`);
    if (brightness === null) throw new Error('the video has no picture yet');
    return { width, height, brightness };
  }

  /** Share of the picture's pixels that are not black. */
  async litShare(): Promise<number> {
    const { brightness } = await this.picture(64, 40);
    return brightness.filter((value) => value > DARK).length / brightness.length;
  }

  /** What the page says to its viewer; empty while it plays. */
  async notice(): Promise<string> {
    return (await this.page.getByRole('status').textContent()) ?? '';
  }

  async waitForNotice(pattern: RegExp, deadlineMs: number): Promise<void> {
    await waitFor(async () => pattern.test(await this.notice()), { deadlineMs, what: `the notice ${String(pattern)}` });
  }

  /** The network stalls: what is asked from now on gets no answer until the returned function is called. */
  async stall(): Promise<() => Promise<void>> {
    const held: Route[] = [];
    await this.page.route('**/*', (route) => {
      held.push(route);
    });
    return async () => {
      await this.page.unroute('**/*');
      await Promise.all(held.map((route) => route.continue().catch(() => {}))); // those that the page gave up are gone
    };
  }

  /** Requests whose URL matches are answered with this status, or not at all, until the returned function is called. */
  async answerWith(url: RegExp, status: number | undefined): Promise<() => Promise<void>> {
    await this.page.route(url, (route) => (status === undefined ? route.abort() : route.fulfill({ status })));
    return () => this.page.unroute(url);
  }

  /** Whether there is a network at all: without one, requests fail at once. */
  async setOffline(offline: boolean): Promise<void> {
    await this.context.setOffline(offline);
  }

  /** Into the artefacts. */
  async screenshot(name: string): Promise<string> {
    const path = join(this.screenshots, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
