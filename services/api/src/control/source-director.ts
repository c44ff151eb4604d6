import { findPathConfig, marshalPath, resolveSourceUrl } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { ControlError, sourceStart, sourceStop } from '@mediamesh/contracts';
import type { ControlClient, Logger } from '@mediamesh/platform';
import type { Instances } from './instances.ts';
import type { PathDirectory } from './paths/path-directory.ts';
import type { PathState } from './paths/path-state.ts';
import { sourceKindOf } from './paths/source-kind.ts';

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

interface Orphan {
  readonly path: string;
  readonly sourceId: string;
  readonly service: string;
  readonly query: string;
}

/** Gives static sources to gateways of their protocol: one instance takes each. When, is the matter of the path's state machine. */
export class SourceDirector {
  private readonly parts: SourceDirectorParts;
  /** Sources that no gateway is there for. */
  private orphans: readonly Orphan[] = [];
  /** Of paths whose source has given no stream since. */
  private readonly errors = new Map<string, string>();

  constructor(parts: SourceDirectorParts) {
    this.parts = parts;
  }

  start(path: string, sourceId: string, query: string): void {
    const { client, instances, paths } = this.parts;
    const lookup = findPathConfig(this.parts.config(), path);
    if (!lookup.found) return;
    const { match } = lookup;
    const url = resolveSourceUrl(match.path.source, match.captures, query);
    const { service, sourceType } = sourceKindOf(url);
    if (instances.ids(service).length === 0) {
      this.debug(path, `its source waits for a gateway of the service ${service}`);
      this.orphans = [...this.orphans, { path, sourceId, service, query }];
      return;
    }
    const payload = { sourceId, path, sourceType, url, onDemand: match.path.sourceOnDemand, options: { ...marshalPath(match.path) } };
    client.request(sourceStart, payload, { service, deadlineMs: DEADLINE_MS }).then(
      ({ instance }) => {
        this.debug(path, `its source is run by ${instance}`);
        if (paths.state(path) === undefined) this.stop(path, sourceId, instance, 'path is closing');
        else paths.tell(path, { type: 'sourceTaken', sourceId, instance });
      },
      (error: unknown) => this.stopped(path, sourceId, error instanceof ControlError ? error.message : String(error)),
    );
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
    if (state === undefined || !runsSource(state, sourceId)) return;
    if (error !== '') {
      logger.child(`path ${path}`).child(state.policy.sourceComponent).error(error);
      this.errors.set(path, error);
      this.parts.failed(path, error);
    }
    paths.tell(path, { type: 'sourceStopped', sourceId, error });
  }

  /** Why the path has no stream of its source: what went wrong last. Undefined when nothing has. */
  errorOf(path: string): string | undefined {
    return this.errors.get(path);
  }

  /** The path has a stream, or is forgotten. */
  forgetError(path: string): void {
    this.errors.delete(path);
  }

  /** A gateway is there that was not: it is given what waits. */
  gatewayHeard(service: string): void {
    const waiting = this.orphans.filter((orphan) => orphan.service === service);
    this.orphans = this.orphans.filter((orphan) => orphan.service !== service);
    for (const { path, sourceId, query } of waiting) {
      const state = this.parts.paths.state(path);
      if (state !== undefined && runsSource(state, sourceId)) this.start(path, sourceId, query);
    }
  }

  /** Another replica leads. */
  forget(): void {
    this.orphans = [];
    this.errors.clear();
  }

  private debug(path: string, message: string): void {
    this.parts.logger.child(`path ${path}`).debug(message);
  }
}

function runsSource({ source }: PathState, sourceId: string): boolean {
  return (source.phase === 'starting' || source.phase === 'running') && source.sourceId === sourceId;
}
