import type { Page } from 'playwright-core';
import { waitFor } from '../wait-for.ts';

/** What a page's video shows. */
export interface VideoState {
  readonly currentTime: number;
  readonly width: number;
  readonly height: number;
  /** Mean of the picture's colours, 0 (black) to 255. */
  readonly brightness: number;
}

// Runs in the page; as text, since this package has no types of browsers.
const READ_VIDEO = `(() => {
  const video = document.querySelector('video');
  const canvas = document.createElement('canvas');
  canvas.width = 64;
  canvas.height = 36;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 64, 36);
  const { data } = context.getImageData(0, 0, 64, 36);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
  const { currentTime, videoWidth: width, videoHeight: height } = video;
  return { currentTime, width, height, brightness: sum / (64 * 36 * 3) };
})()`;

/** The first `<video>` of the page. */
export function readVideo(page: Page): Promise<VideoState> {
  return page.evaluate<VideoState>(READ_VIDEO);
}

/** Until the video has gone on by `seconds` from where it is now, and shows a picture. Errors: of `waitFor`. */
export async function waitForPlayback(page: Page, seconds: number, deadlineMs: number): Promise<VideoState> {
  const { currentTime: from } = await readVideo(page);
  return waitFor(
    async () => {
      const state = await readVideo(page);
      return state.currentTime >= from + seconds && state.brightness > 0 && state;
    },
    { deadlineMs, what: `the page's video goes on by ${seconds} s` },
  );
}
