import { setTimeout as delay } from 'node:timers/promises';
import type { ForwardOrder, ForwardStatus } from '@mediamesh/contracts';
import type { Logger } from '@mediamesh/platform';
import type { ForwardOrders } from './gateway-controller.ts';
import type { Gateway } from './gateway.ts';
import type { PathFeed } from './path-feed.ts';
import type { FrameMaker, ReaderPaths } from './reader-paths.ts';

/** Before another try. Contract 6.8. */
const RETRY_MS = 5_000;

/** A connection to a server that a stream is pushed to. */
export interface ForwardConnection {
  /** Sent on this connection. */
  readonly outboundBytes: number;
  /** Resolves when everything is closed, with the reason. Errors: of the address, when it is malformed. */
  run(): Promise<string>;
  /** `run` resolves. */
  stop(reason: string): void;
}

export interface ForwardsOptions<Frame, Maker extends FrameMaker<Frame>> {
  readonly gateway: Gateway;
  readonly logger: Logger;
  /** `logger` says `[path p] [RTMP dest 1 5b0c3b1e] ...`. */
  open(order: ForwardOrder, feed: PathFeed<Frame, Maker>, logger: Logger): ForwardConnection;
}

interface Forward {
  readonly order: ForwardOrder;
  readonly logger: Logger;
  readonly stopped: AbortController;
  connection: ForwardConnection | undefined;
  state: ForwardStatus['state'];
  lastError: string;
  /** Of connections before. */
  bytes: number;
}

/**
 * The destinations of one protocol that control has given to this instance. Each is a reader of its path that is not listed,
 * and connects again five seconds after it failed, until control has it stopped.
 */
export class Forwards<Frame, Maker extends FrameMaker<Frame>> implements ForwardOrders {
  private readonly options: ForwardsOptions<Frame, Maker>;
  private readonly forwards = new Map<string, Forward>();
  private readonly ends = new Set<Promise<void>>();
  private paths: ReaderPaths<Frame, Maker> | undefined;

  constructor(options: ForwardsOptions<Frame, Maker>) {
    this.options = options;
  }

  /** Where streams are read from now on; those of the paths before have ended. */
  read(paths: ReaderPaths<Frame, Maker>): void {
    this.paths = paths;
  }

  /** Idempotent. */
  start(order: ForwardOrder): void {
    const { forwardId, path, position, url } = order;
    if (this.forwards.has(forwardId)) return;
    const protocol = url.substring(0, url.indexOf(':')).toUpperCase();
    const logger = this.options.logger.child(`path ${path}`).child(`${protocol} dest ${position} ${forwardId.substring(0, 8)}`);
    const forward: Forward = {
      order,
      logger,
      stopped: new AbortController(),
      connection: undefined,
      state: 'idle',
      lastError: '',
      bytes: 0,
    };
    this.forwards.set(forwardId, forward);
    const end = this.keep(forward).catch((error: unknown) => logger.error('internal error, the forward is given up', error));
    this.ends.add(end);
    void end.then(() => this.ends.delete(end));
  }

  stop(forwardId: string): void {
    const forward = this.forwards.get(forwardId);
    if (forward === undefined) return;
    this.forwards.delete(forwardId);
    forward.stopped.abort();
    forward.connection?.stop('terminated');
  }

  list(): ForwardStatus[] {
    return [...this.forwards.values()].map(({ order: { forwardId, path, dest }, state, lastError, bytes, connection }) => ({
      forwardId,
      path,
      dest,
      state,
      lastError,
      outboundBytes: bytes + (connection?.outboundBytes ?? 0),
    }));
  }

  /** Resolves when all of them have ended. */
  async close(): Promise<void> {
    for (const forwardId of [...this.forwards.keys()]) this.stop(forwardId);
    await Promise.all(this.ends);
  }

  private async keep(forward: Forward): Promise<void> {
    const { order, stopped } = forward;
    for (let { epoch } = order; !stopped.signal.aborted; epoch = await this.latestEpoch(order)) {
      const feed = await this.paths?.acquire(order.path, epoch, order.settings).catch((error: unknown) => {
        forward.lastError = messageOf(error);
        return undefined;
      });
      if (feed !== undefined) {
        await this.push(forward, feed);
        feed.release();
      }
      forward.state = 'idle';
      // The stream has ended, and control will say so; or the gateway reads with another configuration.
      await this.pause(forward);
    }
  }

  /** One connection after another, as long as the stream is there. */
  private async push(forward: Forward, feed: PathFeed<Frame, Maker>): Promise<void> {
    const { order, logger, stopped } = forward;
    for (let first = true; !stopped.signal.aborted && !feed.isOver; first = false) {
      if (!first) await this.pause(forward);
      if (stopped.signal.aborted || feed.isOver) return;
      logger.info(`forwarding to '${withoutSecrets(order.url)}'`);
      forward.state = 'forwarding';
      forward.lastError = '';
      const reason = await this.connect(forward, feed);
      if (stopped.signal.aborted || feed.isOver) return;
      forward.state = 'error';
      forward.lastError = reason;
      logger.error(reason);
    }
  }

  private async connect(forward: Forward, feed: PathFeed<Frame, Maker>): Promise<string> {
    const connection = this.options.open(forward.order, feed, forward.logger);
    forward.connection = connection;
    const unwatch = feed.watch((reason) => connection.stop(reason)); // it may end while the server is connected to
    try {
      return await connection.run();
    } catch (error) {
      return messageOf(error);
    } finally {
      unwatch();
      forward.bytes += connection.outboundBytes;
      forward.connection = undefined;
    }
  }

  /** Another publisher may have taken over meanwhile. */
  private async latestEpoch({ path, epoch }: ForwardOrder): Promise<number> {
    const live = await this.options.gateway.control.livePaths().catch(() => []);
    return live.find((candidate) => candidate.path === path)?.epoch ?? epoch;
  }

  private async pause({ stopped: { signal } }: Forward): Promise<void> {
    await delay(RETRY_MS, undefined, { signal }).catch(() => {}); // stopped
  }
}

/** Without user, password and fragment, which can be a stream key. */
function withoutSecrets(url: string): string {
  return url.replace(/#.*$/, '').replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
