import type { BusStart, MediaBus } from '@mediamesh/bus';
import { ControlError } from '@mediamesh/contracts';
import type { PathSettings } from '@mediamesh/contracts';
import type { BusUnit, EpochState, HubLimits } from '@mediamesh/media';
import type { OutboundCounters } from './path-counters.ts';
import { PathFeed, streamEnded } from './path-feed.ts';

/** What a gateway makes of units, once for all of its readers of a path. */
export interface FrameMaker<Frame> {
  /** The description, each new revision of it, and an epoch that continues it, before the units that need it. */
  describe(state: EpochState): void;
  prepare(unit: BusUnit): Frame;
  /** For makers that need every unit, from the bus' window on and whether there are readers or not. */
  receive?(unit: BusUnit): void;
  /** Units are missing before the next one. */
  lose?(): void;
}

export interface ReaderPathsOptions<Frame, Maker extends FrameMaker<Frame>> {
  readonly bus: MediaBus;
  readonly counters: OutboundCounters;
  readonly limits: HubLimits;
  /** Where reading begins; without: as the path's `gopCache` needs it. */
  readonly start?: BusStart;
  makerOf(path: string): Maker;
  log(level: 'info' | 'warn', path: string, message: string): void;
}

/**
 * The paths that this gateway reads: one bus subscription each, opened for the first reader, closed after the last.
 */
export class ReaderPaths<Frame, Maker extends FrameMaker<Frame>> {
  private readonly feeds = new Map<string, PathFeed<Frame, Maker>>();
  private readonly options: ReaderPathsOptions<Frame, Maker>;

  constructor(options: ReaderPathsOptions<Frame, Maker>) {
    this.options = options;
  }

  /**
   * The feed of a path's stream, of this epoch or a later one that continues it. Every `acquire` is followed by one `release`.
   * Errors: ControlError NO_STREAM when the stream is gone meanwhile, UNAVAILABLE when the bus is away.
   */
  async acquire(path: string, epoch: number, settings: PathSettings): Promise<PathFeed<Frame, Maker>> {
    for (;;) {
      const present = this.feeds.get(path);
      const feed = (present ?? this.open(path, settings)).hold();
      try {
        await feed.read(epoch);
      } catch (error) {
        feed.release();
        throw error;
      }
      if (!feed.isOver) return feed;
      feed.release();
      // A feed that was there before can have been of another stream; one of its own says that there is none.
      if (present === undefined) throw new ControlError('NO_STREAM', `no stream is available on path '${path}'`);
    }
  }

  /** `path.available`: a feed of an earlier epoch moves on. */
  async available(path: string, epoch: number): Promise<void> {
    const feed = this.feeds.get(path);
    try {
      await feed?.read(epoch);
    } catch {
      // its readers are ended, and whoever acquires it is told
    }
  }

  /** `path.unavailable` */
  unavailable(path: string, epoch: number, reason: string): void {
    this.options.counters.forget(path, epoch);
    const feed = this.feeds.get(path);
    if (feed !== undefined && feed.wantedEpoch <= epoch) feed.close(streamEnded(reason));
  }

  closeAll(reason: string): void {
    for (const feed of [...this.feeds.values()]) feed.close(reason);
  }

  private open(path: string, settings: PathSettings): PathFeed<Frame, Maker> {
    const feed = new PathFeed<Frame, Maker>(path, settings, this.options, () => {
      if (this.feeds.get(path) === feed) this.feeds.delete(path);
    });
    this.feeds.set(path, feed);
    return feed;
  }
}
