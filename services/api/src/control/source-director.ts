import { findPathConfig, marshalPath, resolveSourceUrl } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { ControlError, SLATE_SOURCE, sourceCall, sourceStart, sourceStop, sourceWatch } from '@mediamesh/contracts';
import type { ControlClient, Logger } from '@mediamesh/platform';
import type { Instances } from './instances.ts';
import type { PathDirectory } from './paths/path-directory.ts';
import { feedOf } from './paths/feed-state.ts';
import { sourceUrlsOf } from './paths/path-policy.ts';
import { sourceKindOf } from './paths/source-kind.ts';

/** Gateways of this version. Any of them plays the slate: the first that is there. */
const GATEWAY_SERVICES: readonly string[] = ['rtsp', 'rtmp', 'hls', 'webrtc'];
const DEADLINE_MS = 5_000;

export interface SourceDirectorParts {
  readonly client: ControlClient;
  readonly logger: Logger;
  readonly instances: Instances;
  readonly paths: PathDirectory;
  config(): Config;
  /** For events. */
  failed(path: string, error: string): void;
}

export interface FeedOrder {
  readonly sourceId: string;
  readonly feed: number;
  readonly query: string;
}

interface Orphan {
  readonly path: string;
  readonly services: readonly string[];
  readonly order: FeedOrder;
}

/** Gives static sources to gateways of their protocol: one instance takes each. When, is the matter of the path's state machine. */
export class SourceDirector {
  private readonly parts: SourceDirectorParts;
  /** Sources that no gateway is there for. */
  private orphans: readonly Orphan[] = [];

  constructor(parts: SourceDirectorParts) {
    this.parts = parts;
  }

  start(path: string, order: FeedOrder): void {
    const { client, instances, paths } = this.parts;
    const lookup = findPathConfig(this.parts.config(), path);
    if (!lookup.found) return;
    const { sourceId, feed, query } = order;
    const { match } = lookup;
    const source = sourceUrlsOf(match.path)[feed];
    const url = source === undefined ? '' : resolveSourceUrl(source, match.captures, query);
    const { services, sourceType } = source === undefined ? { services: GATEWAY_SERVICES, sourceType: SLATE_SOURCE } : pulledBy(url);
    const service = services.find((name) => instances.ids(name).length > 0);
    if (service === undefined) {
      if (services.some((name) => GATEWAY_SERVICES.includes(name))) {
        this.debug(path, `its source waits for a gateway of the service ${services.join(' or ')}`);
      } else {
        const logger = this.parts.logger.child(`path ${path}`).child(sourceKindOf(url).component);
        logger.warn('sources of this kind are not there yet, the path stays without a stream');
      }
      this.orphans = [...this.orphans, { path, services, order }];
      return;
    }
    const { sourceOnDemand } = match.path;
    const silenceTimeoutMs = this.silenceTimeoutOf(path, feed);
    const payload = { sourceId, path, sourceType, url, onDemand: sourceOnDemand, feed, silenceTimeoutMs };
    client.request(sourceStart, { ...payload, options: { ...marshalPath(match.path) } }, { service, deadlineMs: DEADLINE_MS }).then(
      ({ instance }) => {
        this.debug(path, `its source is run by ${instance}`);
        if (paths.state(path) === undefined) this.stop(path, sourceId, instance, 'path is closing');
        else paths.tell(path, { type: 'sourceTaken', sourceId, instance });
        if (this.silenceTimeoutOf(path, feed) !== silenceTimeoutMs) this.rewatch(path); // changed while it was on its way
      },
      (error: unknown) => this.stopped(path, sourceId, error instanceof ControlError ? error.message : String(error)),
    );
  }

  /** The configuration has changed in how long a source may give nothing: those that run follow it. */
  rewatch(path: string): void {
    for (const [feed, running] of this.parts.paths.state(path)?.feeds.entries() ?? []) {
      if (running.phase !== 'running') continue; // it is started with it
      const { sourceId, instance } = running;
      const request = { sourceId, silenceTimeoutMs: this.silenceTimeoutOf(path, feed) };
      this.parts.client.request(sourceWatch, request, { instance, deadlineMs: DEADLINE_MS }).catch((error: unknown) => {
        this.debug(path, `its source keeps its timeout: ${String(error)}`);
      });
    }
  }

  /** One whose path has nothing else is never given up for silence alone, nor is the slate. */
  private silenceTimeoutOf(path: string, feed: number): number {
    const { feeds, silenceTimeoutMs } = this.parts.paths.state(path)?.policy ?? { feeds: [], silenceTimeoutMs: 0 };
    return feeds.length > 1 && feeds[feed]?.kind === 'source' ? silenceTimeoutMs : 0;
  }

  /** It is said again until the source publishes. */
  call(path: string, sourceId: string, instance: string): void {
    this.parts.client.request(sourceCall, { sourceId }, { instance, deadlineMs: DEADLINE_MS }).catch((error: unknown) => {
      this.debug(path, `its source could not be called: ${String(error)}`);
    });
  }

  stop(path: string, sourceId: string, instance: string, reason: string): void {
    // An instance that does not answer is gone, or will be told by the next hello.
    this.parts.client.request(sourceStop, { sourceId, reason }, { instance, deadlineMs: DEADLINE_MS }).catch((error: unknown) => {
      this.debug(path, `its source could not be told to stop: ${String(error)}`);
    });
  }

  /** It has failed, at its gateway or because there is none. */
  stopped(path: string, sourceId: string, error: string): void {
    const { paths, logger } = this.parts;
    const state = paths.state(path);
    const feed = state?.policy.feeds[feedOf(state, sourceId)];
    if (feed === undefined) return;
    if (error !== '') {
      logger.child(`path ${path}`).child(feed.component).error(error);
      this.parts.failed(path, error);
    }
    paths.tell(path, { type: 'sourceStopped', sourceId, error });
  }

  /** A gateway is there that was not: it is given what waits. */
  gatewayHeard(service: string): void {
    const waiting = this.orphans.filter(({ services }) => services.includes(service));
    this.orphans = this.orphans.filter(({ services }) => !services.includes(service));
    for (const { path, order } of waiting) {
      const state = this.parts.paths.state(path);
      if (state !== undefined && feedOf(state, order.sourceId) === order.feed) this.start(path, order);
    }
  }

  /** Another replica leads. */
  forget(): void {
    this.orphans = [];
  }

  private debug(path: string, message: string): void {
    this.parts.logger.child(`path ${path}`).debug(message);
  }
}

function pulledBy(url: string): { readonly services: readonly string[]; readonly sourceType: string } {
  const { service, sourceType } = sourceKindOf(url);
  return { services: [service], sourceType };
}
