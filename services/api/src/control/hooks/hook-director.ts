import { findPathConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { hookStart, hookStop, hooksList } from '@mediamesh/contracts';
import type { HookOrder, connectionOpened } from '@mediamesh/contracts';
import type { ControlClient, Logger } from '@mediamesh/platform';
import type { z } from 'zod';
import type { Instances } from '../instances.ts';
import { oncePerConfig } from '../once-per-config.ts';
import type { Clock, PathDirectory } from '../paths/path-directory.ts';
import type { PathState } from '../paths/path-state.ts';
import { hasPathHooks, pathHooks } from './path-hooks.ts';

const DEADLINE_MS = 5_000;
const RETRY_MS = 1_000;

/** The service that runs users' commands. */
const HOOK_RUNNER = 'hooks';
const isHooked = oncePerConfig(({ paths }) => [...paths.values()].some(hasPathHooks));

export interface HookDirectorParts {
  readonly client: ControlClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly instances: Instances;
  readonly paths: PathDirectory;
  config(): Config;
}

type Connection = z.output<typeof connectionOpened.payload>;

interface Hook {
  readonly order: HookOrder;
  /** The runner that has taken it. */
  instance: string | undefined;
  /** Why, when it is over. */
  over: string | undefined;
}

/**
 * Has users' commands run by the hook runner: what is to run follows from the states of paths and from connections.
 * A runner that is lost is replaced; a new leader takes over what runs.
 */
export class HookDirector {
  private readonly parts: HookDirectorParts;
  private readonly hooks = new Map<string, Hook>();
  /** Ids of each path's hooks. */
  private readonly byPath = new Map<string, Set<string>>();
  /** What runs is known. */
  private leading = false;
  private missingIsSaid = false;
  /** Connections that were opened before that, by id. */
  private readonly early = new Map<string, Connection>();

  constructor(parts: HookDirectorParts) {
    this.parts = parts;
  }

  /** Takes over what runners were told by the leader before. Errors: none; what is not heard of is started again. */
  async begin(isCurrent: () => boolean): Promise<void> {
    const { client, instances, paths, logger } = this.parts;
    const expect = instances.ids(HOOK_RUNNER);
    const gathered = await client.gather(hooksList, {}, { deadlineMs: DEADLINE_MS, expect }).catch((error: unknown) => {
      logger.warn(`what runs as hooks is not known: ${String(error)}`);
      return { replies: [] };
    });
    if (!isCurrent()) return;
    for (const { instance, reply } of gathered.replies) {
      for (const order of reply.orders) this.adopt(order, instance);
    }
    this.leading = true;
    for (const hook of [...this.hooks.values()]) {
      const { path, instance } = hook.order.owner;
      if (instance !== undefined && !instances.has(instance)) this.end(hook, '');
      else if (path !== undefined && paths.state(path) === undefined) this.end(hook, '');
    }
    for (const state of paths.states()) this.pathChanged(state.name, state, '');
    for (const connection of this.early.values()) this.connectionOpened(connection);
    this.early.clear();
  }

  stepDown(): void {
    this.leading = false;
    this.early.clear();
    this.hooks.clear();
    this.byPath.clear();
  }

  pathChanged(path: string, state: PathState | undefined, reason: string): void {
    if (!this.leading) return;
    const present = this.byPath.get(path);
    const wanted = this.wanted(path, state);
    if (present === undefined && wanted === undefined) return;
    for (const id of [...(present ?? [])]) {
      if (wanted?.has(id) === true) continue;
      const hook = this.hooks.get(id);
      if (hook !== undefined) this.end(hook, reasonOf(hook, state, reason));
    }
    for (const order of wanted?.values() ?? []) if (!this.hooks.has(order.hookId)) this.start(order);
  }

  /** Gateways tell it again to a new leader. */
  connectionOpened(connection: Connection): void {
    const { instance, type, id, components } = connection;
    const config = this.parts.config();
    const { runOnConnect, runOnConnectRestart, runOnDisconnect } = config;
    if ((runOnConnect === '' && runOnDisconnect === '') || this.hooks.has(connectionHookId(id))) return;
    if (!this.leading) return void this.early.set(id, connection);
    this.start({
      hookId: connectionHookId(id),
      owner: { instance },
      during: { hook: 'runOnConnect', command: runOnConnect, restart: runOnConnectRestart },
      after: { hook: 'runOnDisconnect', command: runOnDisconnect, restart: false },
      environment: { RTSP_PORT: portOf(config.rtspAddress), MTX_CONN_TYPE: type, MTX_CONN_ID: id },
      components,
    });
  }

  connectionClosed(id: string): void {
    this.early.delete(id);
    const hook = this.hooks.get(connectionHookId(id));
    if (hook !== undefined) this.end(hook, '');
  }

  /** A runner is there that was not: it is given what waits. */
  gatewayHeard(service: string): void {
    if (service !== HOOK_RUNNER) return;
    this.missingIsSaid = false;
    for (const hook of this.hooks.values()) if (hook.instance === undefined) this.send(hook);
  }

  /** What it ran is run elsewhere; what it was the reason for is over. */
  instanceLost(instance: string): void {
    for (const hook of [...this.hooks.values()]) {
      if (hook.order.owner.instance === instance) this.end(hook, '');
      else if (hook.instance === instance) {
        hook.instance = undefined;
        this.send(hook);
      }
    }
  }

  private wanted(path: string, state: PathState | undefined): ReadonlyMap<string, HookOrder> | undefined {
    const config = this.parts.config();
    if (state === undefined || !isHooked(config)) return undefined;
    const lookup = findPathConfig(config, path);
    if (!lookup.found || !hasPathHooks(lookup.match.path)) return undefined;
    const { path: pathConfig, captures } = lookup.match;
    return pathHooks(state, { config: pathConfig, captures, rtspPort: portOf(config.rtspAddress) });
  }

  private start(order: HookOrder): void {
    const hook: Hook = { order, instance: undefined, over: undefined };
    this.remember(hook);
    this.send(hook);
  }

  private adopt(order: HookOrder, instance: string): void {
    if (this.hooks.has(order.hookId)) return;
    this.remember({ order, instance, over: undefined });
    const { path } = order.owner;
    if (path === undefined || order.during.hook !== 'runOnDemand') return;
    this.parts.paths.tell(path, { type: 'restoreDemand', query: order.environment['MTX_QUERY'] ?? '' });
  }

  private remember(hook: Hook): void {
    const { hookId, owner } = hook.order;
    this.hooks.set(hookId, hook);
    if (owner.path === undefined) return;
    const ids = this.byPath.get(owner.path);
    if (ids === undefined) this.byPath.set(owner.path, new Set([hookId]));
    else ids.add(hookId);
  }

  private send(hook: Hook): void {
    const { client, clock, instances, logger } = this.parts;
    if (instances.ids(HOOK_RUNNER).length === 0) {
      if (!this.missingIsSaid) logger.debug('hooks wait for an instance of the service hooks');
      this.missingIsSaid = true;
      return;
    }
    client.request(hookStart, hook.order, { service: HOOK_RUNNER, deadlineMs: DEADLINE_MS }).then(
      ({ instance }) => {
        hook.instance = instance;
        if (hook.over !== undefined) this.tellOver(hook, hook.over);
      },
      (error: unknown) => {
        logger.debug(`'${hook.order.hookId}' was not taken by a hook runner: ${String(error)}`);
        clock.after(RETRY_MS, () => {
          if (this.hooks.get(hook.order.hookId) === hook && hook.instance === undefined) this.send(hook);
        });
      },
    );
  }

  private end(hook: Hook, reason: string): void {
    const { hookId, owner } = hook.order;
    this.hooks.delete(hookId);
    if (owner.path !== undefined) {
      const ids = this.byPath.get(owner.path);
      ids?.delete(hookId);
      if (ids?.size === 0) this.byPath.delete(owner.path);
    }
    hook.over = reason;
    if (hook.instance !== undefined) this.tellOver(hook, reason);
  }

  private tellOver({ order, instance }: Hook, reason: string): void {
    const { client, logger } = this.parts;
    client.request(hookStop, { hookId: order.hookId, reason }, { instance: instance!, deadlineMs: DEADLINE_MS }).catch((error: unknown) => {
      logger.debug(`the hook runner could not be told that '${order.hookId}' is over: ${String(error)}`);
    });
  }
}

/** Only the command on demand says why it is stopped. Contract 4.3. */
function reasonOf({ order }: Hook, state: PathState | undefined, reason: string): string {
  if (order.during.hook !== 'runOnDemand') return '';
  if (state === undefined) return reason;
  return state.onDemand.phase === 'off' ? (state.onDemand.why ?? reason) : reason;
}

function connectionHookId(id: string): string {
  return `connect ${id}`;
}

function portOf(address: string): string {
  return address.substring(address.lastIndexOf(':') + 1);
}
