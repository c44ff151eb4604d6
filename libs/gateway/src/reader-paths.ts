import { BusError } from '@mediamesh/bus';
import type { MediaBus, Subscription } from '@mediamesh/bus';
import { ControlError } from '@mediamesh/contracts';
import type { PathSettings } from '@mediamesh/contracts';
import { Hub } from '@mediamesh/media';
import type { BusUnit, EpochState, HubLimits, HubSink } from '@mediamesh/media';
import type { OutboundCounters, OutboundCounter } from './path-counters.ts';

/** What a gateway makes of units, once for all of its readers of a path. */
export interface FrameMaker<Frame> {
  /** The description, and each new revision of it, before the units that need it. */
  describe(state: EpochState): void;
  prepare(unit: BusUnit): Frame;
}

export interface ReaderPathsOptions<Frame, Maker extends FrameMaker<Frame>> {
  readonly bus: MediaBus;
  readonly counters: OutboundCounters;
  readonly limits: HubLimits;
  makerOf(path: string): Maker;
  log(level: 'info' | 'warn', path: string, message: string): void;
}

/** A publisher's end says so when another continues its timeline: readers wait for that one. */
export const SUPERSEDED = 'superseded by another publisher';
/** How long readers wait for a successor that was announced by the end of its predecessor. */
const SUCCESSOR_DEADLINE_MS = 5_000;

/**
 * The paths that this gateway reads: one bus subscription each, opened for the first reader, closed after the last.
 */
export class ReaderPaths<Frame, Maker extends FrameMaker<Frame>> {
  private readonly feeds = new Map<string, Promise<PathFeed<Frame, Maker>>>();
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
      const opening = this.feeds.get(path) ?? this.open(path, epoch, settings);
      const feed = await opening;
      if (!feed.isOver && feed.epoch >= epoch) return feed.hold();
      if (this.feeds.get(path) === opening) this.feeds.delete(path);
      feed.close('the stream was replaced by another publisher');
    }
  }

  /** `path.available`: a feed of an earlier epoch moves on. */
  async available(path: string, epoch: number): Promise<void> {
    const feed = await this.present(path);
    if (feed !== undefined && feed.epoch < epoch) await feed.moveTo(epoch);
  }

  /** `path.unavailable` */
  async unavailable(path: string, epoch: number, reason: string): Promise<void> {
    const feed = await this.present(path);
    if (feed === undefined || feed.epoch <= epoch) this.options.counters.forget(path);
    if (feed !== undefined && feed.epoch <= epoch) feed.close(reason);
  }

  async closeAll(reason: string): Promise<void> {
    for (const path of [...this.feeds.keys()]) (await this.present(path))?.close(reason);
  }

  private async present(path: string): Promise<PathFeed<Frame, Maker> | undefined> {
    try {
      return await this.feeds.get(path);
    } catch {
      return undefined; // whoever acquires it is told
    }
  }

  private open(path: string, epoch: number, settings: PathSettings): Promise<PathFeed<Frame, Maker>> {
    const feed = new PathFeed<Frame, Maker>(path, settings, this.options, () => {
      if (this.feeds.get(path) === opening) this.feeds.delete(path);
    });
    const opening = feed.start(epoch).then(
      () => feed,
      (error: unknown) => {
        if (this.feeds.get(path) === opening) this.feeds.delete(path);
        throw error;
      },
    );
    this.feeds.set(path, opening);
    return opening;
  }
}

/** One path as this gateway reads it: the hub, and the subscription that feeds it. */
export class PathFeed<Frame, Maker extends FrameMaker<Frame>> {
  readonly path: string;
  readonly hub: Hub<Frame>;
  readonly maker: Maker;
  readonly outbound: OutboundCounter;
  isOver = false;
  private readonly settings: PathSettings;
  private readonly options: ReaderPathsOptions<Frame, Maker>;
  private readonly onOver: () => void;
  private subscriptions: Subscription[] = [];
  private holders = 0;
  private wantedEpoch = 0;
  private successorTimer: NodeJS.Timeout | undefined;

  constructor(path: string, settings: PathSettings, options: ReaderPathsOptions<Frame, Maker>, onOver: () => void) {
    this.path = path;
    this.settings = settings;
    this.options = options;
    this.onOver = onOver;
    this.maker = options.makerOf(path);
    this.outbound = options.counters.of(path, 0);
    const { maker } = this;
    this.hub = new Hub<Frame>({ path, gopCache: settings.gopCache, prepare: (unit) => maker.prepare(unit), limits: options.limits });
  }

  /** The epoch that is being read. */
  get epoch(): number {
    return this.hub.epochState?.epoch ?? this.wantedEpoch;
  }

  /** Known from the moment that `acquire` returns. */
  get state(): EpochState {
    const state = this.hub.epochState;
    if (state === undefined) throw new Error(`the path '${this.path}' has no description yet`);
    return state;
  }

  async start(epoch: number): Promise<void> {
    await this.subscribe(epoch, this.settings.gopCache === 'off' ? { at: 'live' } : { at: 'lastKey' });
  }

  async moveTo(epoch: number): Promise<void> {
    if (epoch <= this.wantedEpoch || this.isOver) return;
    clearTimeout(this.successorTimer);
    const former = this.subscriptions;
    try {
      await this.subscribe(epoch, { at: 'windowStart' });
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
      return;
    }
    for (const subscription of former) void subscription.close();
  }

  hold(): this {
    this.holders++;
    return this;
  }

  release(): void {
    this.holders--;
    if (this.holders === 0) this.close('not needed by anyone');
  }

  /** Ends the readers that are left. */
  close(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.successorTimer);
    for (const subscription of this.subscriptions) void subscription.close();
    this.subscriptions = [];
    this.hub.end(reason);
    this.onOver();
  }

  private async subscribe(epoch: number, start: Parameters<MediaBus['subscribe']>[2]): Promise<void> {
    this.wantedEpoch = epoch;
    try {
      const subscription = await this.options.bus.subscribe(this.path, epoch, start, this.sinkOf(epoch));
      if (this.isOver) void subscription.close();
      else this.subscriptions = [subscription];
    } catch (error) {
      throw controlErrorOf(error, this.path);
    }
    if (this.hub.epochState === undefined) throw new ControlError('NO_STREAM', `no stream is available on path '${this.path}'`);
  }

  private sinkOf(epoch: number): HubSink {
    const { maker } = this;
    const sink = this.hub.sink(epoch);
    return {
      state: (state) => {
        if (state.epoch >= this.epoch) maker.describe(state);
        sink.state(state);
      },
      unit: (unit) => sink.unit(unit),
      gap: (unitsLost) => sink.gap(unitsLost),
      end: (reason) => this.ended(epoch, reason),
    };
  }

  /** The publisher's own end. Readers stay while a successor can come; control says when there is none. */
  private ended(epoch: number, reason: string): void {
    if (this.isOver || epoch < this.wantedEpoch) return;
    const waitMs = reason === SUPERSEDED ? SUCCESSOR_DEADLINE_MS : this.settings.publisherGraceMs;
    if (waitMs === 0) return this.close(reason);
    this.successorTimer = setTimeout(() => this.close(reason), waitMs + SUCCESSOR_DEADLINE_MS);
  }
}

function controlErrorOf(error: unknown, path: string): unknown {
  if (!(error instanceof BusError)) return error;
  if (error.code === 'EPOCH_NOT_FOUND') return new ControlError('NO_STREAM', `no stream is available on path '${path}'`, { cause: error });
  return new ControlError('UNAVAILABLE', error.message, { cause: error });
}
