import type { HubFigures } from '@mediamesh/media';
import { Histogram } from '@mediamesh/platform';
import type { MetricFamily } from '@mediamesh/platform';

/** Of the first frame, in seconds: instant start is in the first ones, a key-frame interval in the last. */
const FIRST_FRAME_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How reading went at this gateway: for the metrics of the process. */
export class ReadingFigures implements HubFigures {
  gaps = 0;
  unitsLost = 0;
  unitsSkipped = 0;
  private readonly firstFrames = new Histogram(FIRST_FRAME_SECONDS);
  private readonly feeds = new Set<{ readonly waitingMessages: number }>();

  nowMs(): number {
    return performance.now();
  }

  firstUnit(waitedMs: number): void {
    this.firstFrames.observe(waitedMs / 1000);
  }

  /** What waits in the bus for this feed counts, until it is forgotten. */
  follow(feed: { readonly waitingMessages: number }): void {
    this.feeds.add(feed);
  }

  forget(feed: { readonly waitingMessages: number }): void {
    this.feeds.delete(feed);
  }

  families(service: string): readonly MetricFamily[] {
    const labels = { service };
    const of = (type: 'counter' | 'gauge', name: string, help: string, value: number): MetricFamily => ({
      name,
      help,
      type,
      samples: [{ labels, value }],
    });
    let waiting = 0;
    for (const feed of this.feeds) waiting = Math.max(waiting, feed.waitingMessages);
    return [
      of('gauge', 'mediamesh_paths_read', 'Paths that are read from the media bus.', this.feeds.size),
      of('counter', 'mediamesh_bus_gaps_total', 'Gaps in what was read from the media bus.', this.gaps),
      of('counter', 'mediamesh_bus_units_lost_total', 'Units that are missing in these gaps.', this.unitsLost),
      of('gauge', 'mediamesh_bus_consumer_lag_messages', 'Messages that wait in the broker, of the path that is furthest behind.', waiting),
      of('counter', 'mediamesh_reader_units_skipped_total', 'Units that slow readers did not get.', this.unitsSkipped),
      {
        name: 'mediamesh_reader_first_frame_seconds',
        help: 'From the moment in which a reader may get frames to the first one that it can show.',
        type: 'histogram',
        samples: this.firstFrames.samples(labels),
      },
    ];
  }
}
