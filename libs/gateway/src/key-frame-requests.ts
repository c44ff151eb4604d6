import { nodeDelay } from '@mediamesh/platform';
import type { DelayPort } from '@mediamesh/platform';

/** A key frame is several times as large as another: asked for more often, a stream has little else. */
export const KEY_FRAME_REQUEST_INTERVAL_MS = 1_000;

/**
 * Wishes for key frames, of many who lose pictures, into requests to the one who makes them: at most one an interval and key
 * (a path, a track).
 *
 * Shape: the first wish asks at once; those that come within the interval after it ask once more when it is over, unless a key
 *        frame has come meanwhile. A key that nobody wants anything of costs nothing.
 */
export class KeyFrameRequests<Key> {
  private readonly ask: (key: Key) => void;
  private readonly delay: DelayPort;
  /** Keys within their interval. */
  private readonly asked = new Map<Key, { isWanted: boolean; readonly cancel: () => void }>();

  constructor(ask: (key: Key) => void, delay: DelayPort = nodeDelay) {
    this.ask = ask;
    this.delay = delay;
  }

  want(key: Key): void {
    const entry = this.asked.get(key);
    if (entry !== undefined) entry.isWanted = true;
    else this.askNow(key);
  }

  /** Hot: once a key frame. Wishes so far are granted. */
  came(key: Key): void {
    const entry = this.asked.get(key);
    if (entry !== undefined) entry.isWanted = false;
  }

  /** Nothing is asked any more. */
  stop(): void {
    for (const { cancel } of this.asked.values()) cancel();
    this.asked.clear();
  }

  private askNow(key: Key): void {
    this.asked.set(key, { isWanted: false, cancel: this.delay(KEY_FRAME_REQUEST_INTERVAL_MS, () => this.intervalOver(key)) });
    this.ask(key);
  }

  private intervalOver(key: Key): void {
    const isWanted = this.asked.get(key)?.isWanted;
    this.asked.delete(key);
    if (isWanted === true) this.askNow(key);
  }
}
