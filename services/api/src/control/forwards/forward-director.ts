import { findPathConfig, resolveForwardUrl } from '@mediamesh/config';
import type { Config, ForwardDest, PathMatch } from '@mediamesh/config';
import { forwardStart, forwardStop, forwardsList } from '@mediamesh/contracts';
import type { ControlClient, Logger } from '@mediamesh/platform';
import type { z } from 'zod';
import type { Instances } from '../instances.ts';
import { oncePerConfig } from '../once-per-config.ts';
import { liveEpoch } from '../paths/path-state.ts';
import type { PathState } from '../paths/path-state.ts';
import type { Clock, PathDirectory } from '../paths/path-directory.ts';
import { policyOf } from '../paths/path-policy.ts';

const DEADLINE_MS = 5_000;
const RETRY_MS = 1_000;
const NONE: readonly never[] = [];
const hasForwards = oncePerConfig(({ paths }) => [...paths.values()].some(({ forward }) => forward.length > 0));

export interface ForwardDirectorParts {
  readonly client: ControlClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly instances: Instances;
  readonly paths: PathDirectory;
  freshId(): string;
  config(): Config;
}

/** A destination of a path, whether the path has a stream or not. */
export interface Forward {
  readonly id: string;
  readonly path: string;
  /** Of the list, from 1. */
  position: number;
  /** On the control service's clock. */
  readonly createdMs: number;
  readonly conf: ForwardDest;
  /** The path has a stream. */
  isActive: boolean;
  /** A gateway is asked to take it. */
  isAsked: boolean;
  /** That has taken it. */
  instance: string | undefined;
}

/** Has paths' streams pushed to the servers that the configuration lists: one gateway instance takes each. Contract 6.8. */
export class ForwardDirector {
  private readonly parts: ForwardDirectorParts;
  private readonly byPath = new Map<string, readonly Forward[]>();
  private leading = false;

  constructor(parts: ForwardDirectorParts) {
    this.parts = parts;
  }

  /** Of a path that is alive, in the order of the configuration. */
  of(path: string): readonly Forward[] {
    return this.byPath.get(path) ?? NONE;
  }

  /** Takes over what gateways were told by the leader before. */
  async begin(isCurrent: () => boolean): Promise<void> {
    const { client, instances, paths, logger } = this.parts;
    const gathered = await client.gather(forwardsList, {}, { deadlineMs: DEADLINE_MS, expect: instances.ids() }).catch((error: unknown) => {
      logger.warn(`what is forwarded is not known: ${String(error)}`);
      return { replies: [] };
    });
    if (!isCurrent()) return;
    this.leading = true;
    const running = gathered.replies.flatMap(({ instance, reply }) => reply.forwards.map((forward) => ({ instance, ...forward })));
    for (const state of paths.states()) {
      const adopted = this.wanted(state.name).map((conf, index): Forward => {
        const found = running.findIndex(({ path, dest }) => path === state.name && dest === conf.dest);
        const [taken] = found < 0 ? [] : running.splice(found, 1);
        return this.forwardOf(state.name, conf, { position: index + 1, ...(taken && { id: taken.forwardId, instance: taken.instance }) });
      });
      if (adopted.length > 0) this.byPath.set(state.name, adopted);
      this.pathChanged(state.name, state);
    }
    for (const { instance, forwardId } of running) this.tellStop(forwardId, instance);
  }

  stepDown(): void {
    this.leading = false;
    this.byPath.clear();
  }

  /** Entries that stay keep their ids. */
  pathChanged(path: string, state: PathState | undefined): void {
    if (!this.leading) return;
    const before = this.of(path);
    const wanted = state === undefined ? NONE : this.wanted(path);
    if (before.length === 0 && wanted.length === 0) return;
    const left = [...before];
    const now = wanted.map((conf, index) => {
      const found = left.findIndex((forward) => isSame(forward.conf, conf));
      const [kept] = found < 0 ? [] : left.splice(found, 1);
      if (kept !== undefined) kept.position = index + 1;
      return kept ?? this.forwardOf(path, conf, { position: index + 1 });
    });
    for (const forward of left) this.deactivate(forward);
    if (now.length === 0) this.byPath.delete(path);
    else this.byPath.set(path, now);
    const isLive = state !== undefined && liveEpoch(state) !== undefined;
    for (const forward of now) {
      if (isLive) this.activate(forward);
      // Until then it waits for another publisher, as readers do.
      else if (state?.availableSinceMs === undefined) this.deactivate(forward);
    }
  }

  /** A gateway is there that was not: it is given what waits. */
  gatewayHeard(service: string): void {
    for (const forwards of this.byPath.values()) {
      for (const forward of forwards) {
        if (forward.isActive && forward.instance === undefined && serviceOf(forward.conf.dest) === service) this.send(forward);
      }
    }
  }

  instanceLost(instance: string): void {
    for (const forwards of this.byPath.values()) {
      for (const forward of forwards) {
        if (forward.instance !== instance) continue;
        forward.instance = undefined;
        if (forward.isActive) this.send(forward);
      }
    }
  }

  private wanted(path: string): readonly ForwardDest[] {
    if (!hasForwards(this.parts.config())) return NONE;
    const lookup = findPathConfig(this.parts.config(), path);
    return lookup.found ? lookup.match.path.forward : NONE;
  }

  private forwardOf(
    path: string,
    conf: ForwardDest,
    { position, id = this.parts.freshId(), instance }: { position: number; id?: string; instance?: string },
  ): Forward {
    return { id, path, position, conf, createdMs: this.parts.clock.nowMs(), isActive: instance !== undefined, isAsked: false, instance };
  }

  private activate(forward: Forward): void {
    forward.isActive = true;
    if (forward.instance === undefined) this.send(forward);
  }

  private deactivate(forward: Forward): void {
    forward.isActive = false;
    const { instance } = forward;
    forward.instance = undefined;
    if (instance !== undefined) this.tellStop(forward.id, instance);
  }

  private send(forward: Forward): void {
    const { client, clock, instances, logger } = this.parts;
    const { id, path, conf } = forward;
    const service = serviceOf(conf.dest);
    const order = this.orderOf(forward);
    if (forward.isAsked || order === undefined || instances.ids(service).length === 0) return;
    forward.isAsked = true;
    client.request(forwardStart, order, { service, deadlineMs: DEADLINE_MS }).then(
      ({ instance }) => {
        forward.isAsked = false;
        if (forward.isActive) forward.instance = instance;
        else this.tellStop(id, instance);
      },
      (error: unknown) => {
        forward.isAsked = false;
        logger.child(`path ${path}`).debug(`its forward ${forward.position} was not taken by a gateway: ${String(error)}`);
        clock.after(RETRY_MS, () => {
          if (forward.isActive && forward.instance === undefined) this.send(forward);
        });
      },
    );
  }

  private orderOf({ id, path, position, conf }: Forward): z.input<typeof forwardStart.request> | undefined {
    const state = this.parts.paths.state(path);
    const epoch = state && liveEpoch(state);
    const lookup = findPathConfig(this.parts.config(), path);
    if (epoch === undefined || !lookup.found) return undefined;
    return orderFields(lookup.match, { id, path, position, conf, epoch });
  }

  private tellStop(forwardId: string, instance: string): void {
    // An instance that does not answer is gone.
    this.parts.client.request(forwardStop, { forwardId }, { instance, deadlineMs: DEADLINE_MS }).catch(() => {});
  }
}

function orderFields(
  { path: config, captures }: PathMatch,
  forward: Pick<Forward, 'id' | 'path' | 'position' | 'conf'> & { readonly epoch: number },
): z.input<typeof forwardStart.request> {
  const { id, path, position, conf, epoch } = forward;
  return {
    forwardId: id,
    path,
    epoch,
    settings: policyOf(config).settings,
    position,
    dest: conf.dest,
    url: resolveForwardUrl(conf.dest, path, captures),
    fingerprint: conf.destFingerprint,
    bearerToken: conf.whipBearerToken,
  };
}

/** The service whose gateways push to such a URL. */
function serviceOf(dest: string): string {
  const scheme = forwardProtocol(dest);
  if (scheme === 'rtmp' || scheme === 'rtmps') return 'rtmp';
  if (scheme === 'rtsp' || scheme === 'rtsps') return 'rtsp';
  return scheme === 'srt' ? 'srt' : 'webrtc';
}

/** As the Control API names it: `rtmp`, `whips`. */
export function forwardProtocol(dest: string): string {
  return dest.substring(0, dest.indexOf(':')).toLowerCase();
}

function isSame(a: ForwardDest, b: ForwardDest): boolean {
  return a.dest === b.dest && a.destFingerprint === b.destFingerprint && a.whipBearerToken === b.whipBearerToken;
}
