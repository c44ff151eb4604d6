import type { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import type { FromStream } from '../from-stream.ts';
import { PathMuxer } from './path-muxer.ts';

/** The muxers of this instance: one a path. */
export class Muxers {
  readonly gateway: Gateway;
  private readonly paths: ReaderPaths<undefined, FromStream>;
  private readonly logger: Logger;
  private readonly closeAfterMs: number;
  private readonly directory: string;
  private readonly byPath = new Map<string, PathMuxer>();
  /** Epochs, by path, that have no track for HLS. */
  private readonly unconvertible = new Map<string, number>();

  constructor(options: {
    readonly gateway: Gateway;
    readonly paths: ReaderPaths<undefined, FromStream>;
    readonly logger: Logger;
    readonly closeAfterMs: number;
    readonly directory: string;
  }) {
    this.gateway = options.gateway;
    this.paths = options.paths;
    this.logger = options.logger;
    this.closeAfterMs = options.closeAfterMs;
    this.directory = options.directory;
  }

  get(path: string): PathMuxer | undefined {
    return this.byPath.get(path);
  }

  /** The path's muxer, opened when there is none. `requestedBy` undefined: without a client, `hlsAlwaysRemux`. */
  open(path: string, requestedBy: string | undefined, query: string): PathMuxer {
    const present = this.byPath.get(path);
    if (present !== undefined) return present;
    const { gateway, paths, logger, closeAfterMs, directory } = this;
    const onClose = (closed: PathMuxer): void => {
      if (this.byPath.get(path) === closed) this.byPath.delete(path);
      if (closed.unconvertible) this.unconvertible.set(path, closed.epoch);
    };
    const muxer = new PathMuxer(path, { gateway, paths, logger, requestedBy, query, closeAfterMs, directory, onClose });
    this.byPath.set(path, muxer);
    return muxer;
  }

  isUnconvertible(path: string, epoch: number): boolean {
    return this.unconvertible.get(path) === epoch;
  }

  /** Its stream is over. */
  forget(path: string): void {
    this.unconvertible.delete(path);
  }

  closeAll(reason: string): void {
    for (const muxer of [...this.byPath.values()]) muxer.close(reason);
  }
}
