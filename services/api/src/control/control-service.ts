import { randomUUID } from 'node:crypto';
import { findPathConfig } from '@mediamesh/config';
import type { Config, ConfigDiff, PathMatch } from '@mediamesh/config';
import type { MediaBus } from '@mediamesh/bus';
import {
  ControlError,
  SLATE_SOURCE,
  configChanged,
  controlHello,
  pathAvailable,
  pathUnavailable,
  sessionSuperseded,
} from '@mediamesh/contracts';
import type { AccessRequest, Grant, gatewayAnnounce, gatewaySnapshot, pathDescribe, pathPublish, pathRead } from '@mediamesh/contracts';
import { epochNumber } from '@mediamesh/media';
import type { ControlClient, Logger } from '@mediamesh/platform';
import type { z } from 'zod';
import { AccessControl } from './access-control.ts';
import type { ConfigStore } from './config-store.ts';
import { Instances } from './instances.ts';
import { PathDirectory, streamOf } from './paths/path-directory.ts';
import type { Clock, PathWorld } from './paths/path-directory.ts';
import { canTake, policyOf } from './paths/path-policy.ts';
import type { PathPolicy, PathState, Publisher } from './paths/path-state.ts';
import { EventFeed } from './events/event-feed.ts';
import { Webhooks } from './events/webhooks.ts';
import { ForwardDirector } from './forwards/forward-director.ts';
import { HealthDirector } from './health/health-director.ts';
import { HookDirector } from './hooks/hook-director.ts';
import { Rebuild } from './rebuild.ts';
import { SourceDirector } from './source-director.ts';
import type { FeedOrder } from './source-director.ts';

const SILENCE_CHECK_MS = 500;

export interface ControlServiceParts {
  readonly clock: Clock;
  readonly client: ControlClient;
  readonly bus: MediaBus;
  readonly logger: Logger;
  /** A replica that has run for so long has heard every gateway that is there; 0 where they run in the same process. */
  readonly discoveryMs: number;
}

/**
 * The control service while it leads: who may do what, which path has which stream, and which gateway runs which source.
 * It keeps no store: gateways tell a new leader what they hold.
 */
export class ControlService implements PathWorld {
  readonly clock: Clock;
  readonly access: AccessControl;
  readonly instances = new Instances();
  readonly paths: PathDirectory;
  readonly hooks: HookDirector;
  readonly sources: SourceDirector;
  readonly forwards: ForwardDirector;
  readonly health: HealthDirector;
  readonly events: EventFeed;
  private readonly webhooks: Webhooks;
  /** 0 while another replica leads. */
  term = 0;
  /** Of all leaders that gateways have heard of. */
  highestTerm = 0;
  private readonly parts: ControlServiceParts;
  private store: ConfigStore | undefined;
  private readonly rebuild: Rebuild;
  private readonly startedMs: number;
  private epochs = 0;
  private stopWatching: () => void = () => {};

  constructor(parts: ControlServiceParts) {
    this.parts = parts;
    this.clock = parts.clock;
    this.access = new AccessControl({ clock: parts.clock });
    this.paths = new PathDirectory(this);
    const directed = { ...parts, instances: this.instances, paths: this.paths, config: () => this.config };
    this.hooks = new HookDirector(directed);
    this.sources = new SourceDirector({
      ...directed,
      failed: (path, error) => this.events.publish({ kind: 'source.failed', path, data: { error } }),
    });
    this.forwards = new ForwardDirector({ ...directed, freshId: randomUUID });
    this.health = new HealthDirector({ ...directed, publish: (event) => this.events.publish(event) });
    this.events = new EventFeed({ now: () => new Date().toISOString() });
    this.webhooks = new Webhooks(parts);
    this.events.listen((event) => this.webhooks.take(event));
    this.rebuild = new Rebuild(parts.clock);
    this.startedMs = parts.clock.nowMs();
  }

  get config(): Config {
    return this.configStore.current;
  }

  get configStore(): ConfigStore {
    if (this.store === undefined) throw new ControlError('UNAVAILABLE', 'the control service is starting');
    return this.store;
  }

  configure(store: ConfigStore): void {
    this.store = store;
    this.access.configure(store.current);
    this.webhooks.configure(store.current);
  }

  /**
   * Begins to lead. `term` is higher than that of every leader before.
   * Requests wait until the gateways have told what they hold: a path that seems free may not be.
   */
  lead(term: number): void {
    this.term = term;
    this.epochs = 0;
    this.webhooks.begin(term, this.config);
    this.instances.takeSilent(this.clock.nowMs()); // while another led, nobody looked
    this.rebuild.begin(this.instances.ids(), this.startedMs + this.parts.discoveryMs - this.clock.nowMs());
    this.watchInstances();
    this.sayHello();
    void this.rebuild.done.then((complete) => {
      if (this.term !== term) return;
      // A publisher that nobody told of was lost while nobody led. One whose gateway is late may be there.
      if (complete) this.paths.tellAll({ type: 'rebuilt', epoch: epochNumber(term, 0) });
      this.openStaticPaths(this.config.paths.keys());
      this.events.begin(term, this.paths.states());
      this.health.begin();
      void this.hooks.begin(() => this.term === term);
      void this.forwards.begin(() => this.term === term);
    });
  }

  /** Another replica leads, or the service ends: what was on hold is refused. */
  stepDown(reason: string): void {
    this.term = 0;
    this.stopWatching();
    this.sources.forget();
    this.hooks.stepDown();
    this.forwards.stepDown();
    this.health.stepDown();
    this.events.stepDown();
    this.webhooks.stepDown();
    this.paths.forgetAll(reason);
  }

  /** Called by Nest. */
  onApplicationShutdown(): void {
    this.webhooks.close();
  }

  /** A gateway is alive. One that is new, was silent, or has begun anew, is asked what it holds. */
  heard(announcement: z.output<typeof gatewayAnnounce.payload>): void {
    const { instance } = announcement;
    const news = this.instances.heard(announcement, this.clock.nowMs());
    this.highestTerm = Math.max(this.highestTerm, announcement.term);
    if (this.term === 0) return;
    if (news === 'restarted') this.loseInstance(instance, 'has begun anew');
    // The store of the lease was lost, and began anew below what gateways have heard.
    if (this.highestTerm > this.term) this.lead(this.highestTerm + 1);
    else if (news !== 'known') {
      this.rebuild.heard(instance);
      this.sayHello();
    }
    if (news === 'known') return;
    this.sources.gatewayHeard(announcement.service);
    this.forwards.gatewayHeard(announcement.service);
    this.hooks.gatewayHeard(announcement.service);
  }

  /** A change of the configuration, of a file or through the API. */
  reconfigured(diff: ConfigDiff, before: Config): void {
    const { config } = this;
    this.access.configure(config);
    this.webhooks.configure(config);
    for (const state of [...this.paths.states()]) this.reconfigurePath(state, before, diff);
    const { added, hotChanged, recreated } = diff.paths;
    const touched = diff.restart.has('pathManager') ? config.paths.keys() : [...added, ...hotChanged, ...recreated];
    this.openStaticPaths(touched);
    // Paths are none of the gateways' business: they are told with each answer.
    if (diff.changedGlobalKeys.length === 0 && diff.restart.size === 0) return;
    const restart = [...diff.restart];
    this.parts.client.emit(configChanged, { term: this.term, revision: this.configStore.revision, restart });
  }

  // What gateways ask.

  async authorize(access: AccessRequest): Promise<Grant> {
    this.lookUp(access.path);
    const granted = await this.access.decide(access);
    return { ...granted, settings: this.lookUp(access.path).policy.settings };
  }

  async describe(access: AccessRequest, requestId: string): Promise<z.input<typeof pathDescribe.reply>> {
    this.lookUp(access.path);
    const { user } = await this.access.decide(access);
    await this.rebuilt();
    const { policy } = this.lookUp(access.path);
    const reply = await this.paths.describe(access.path, policy, requestId, access.query);
    if (reply.kind === 'redirect') return { kind: 'redirect', location: reply.location };
    return { kind: 'stream', user, ...streamOf(reply, policy.settings) };
  }

  async read(instance: string, request: z.output<typeof pathRead.request>): Promise<z.input<typeof pathRead.reply>> {
    const { access, reader, requestId } = request;
    this.lookUp(access.path);
    const { user } = await this.access.decide(access);
    await this.rebuilt();
    const { policy } = this.lookUp(access.path);
    const asked = { instance, sessionId: reader.id, type: reader.type, query: access.query };
    const reply = await this.paths.read(access.path, policy, requestId, asked, access.query);
    return { user, ...streamOf(reply, policy.settings) };
  }

  async publish(request: z.output<typeof pathPublish.request>): Promise<z.input<typeof pathPublish.reply>> {
    const { path, instance, sessionId, sourceType, query, trackLabels, tracks, fingerprint } = request;
    await this.rebuilt();
    const { policy } = this.lookUp(path);
    if (fingerprint !== undefined && fingerprint !== policy.settings.fingerprint) {
      throw new ControlError('CONFIGURATION_CHANGED', 'configuration has changed');
    }
    const epoch = epochNumber(this.term, ++this.epochs);
    const publisher: Publisher = { epoch, instance, sessionId, sourceType, query, trackLabels, tracks };
    const reply = await this.paths.publish(path, policy, randomUUID(), publisher);
    if (reply.kind === 'error') throw new ControlError(reply.code, reply.message);
    if (reply.kind === 'standby') return { epoch: 0, standby: true, settings: policy.settings };
    if (reply.kind !== 'published') throw new ControlError('INTERNAL', `a publisher was answered with ${reply.kind}`);
    const { continues } = reply;
    return { epoch, settings: policy.settings, ...(continues === undefined ? {} : { continues }) };
  }

  /** A gateway's truth; returns the sessions that have no place any more. */
  snapshot({ instance, publishers, readers, last }: z.output<typeof gatewaySnapshot.request>): readonly string[] {
    const refused: string[] = [];
    for (const held of publishers) {
      const { path, epoch, sessionId, sourceType, query, ready, standby, trackLabels, tracks } = held;
      const policy = this.policyOrRefuse(path, sessionId, refused);
      if (policy === undefined) continue;
      const nowMs = this.clock.nowMs();
      const publisher = { epoch, instance, sessionId, sourceType, query, trackLabels, tracks };
      const since = !ready ? {} : sourceType === SLATE_SOURCE ? { readySinceMs: nowMs } : { readySinceMs: nowMs, onlineSinceMs: nowMs };
      this.paths.restore(path, policy, { type: 'restorePublisher', publisher: { ...publisher, ...since }, standby });
    }
    for (const { path, epoch, sessionId, type } of readers) {
      const policy = this.policyOrRefuse(path, sessionId, refused);
      if (policy === undefined) continue;
      this.paths.restore(path, policy, { type: 'restoreReader', reader: { instance, sessionId, type, query: '' }, epoch });
    }
    if (last) this.rebuild.told(instance);
    return refused;
  }

  sayHello(): void {
    this.parts.client.emit(controlHello, { term: this.term, revision: this.configStore.revision });
  }

  // What paths have done by others.

  freshId(): string {
    return randomUUID();
  }

  startSource(path: string, order: FeedOrder): void {
    this.sources.start(path, order);
  }

  callSource(path: string, sourceId: string, instance: string): void {
    this.sources.call(path, sourceId, instance);
  }

  stopSource(path: string, sourceId: string, instance: string, reason: string): void {
    this.sources.stop(path, sourceId, instance, reason);
  }

  available(path: string, publisher: Publisher, news: 'available' | 'online' | 'both' | 'offline'): void {
    const { epoch, continues, sourceType, sessionId, tracks } = publisher;
    const described = `${tracks.length} ${tracks.length === 1 ? 'track' : 'tracks'} (${tracks.map(({ codec }) => codec).join(', ')})`;
    if (news === 'both') this.log('info', path, `stream is available and online, ${described}`);
    else this.log('info', path, news === 'available' ? `stream is available, ${described}` : `stream is ${news}`);
    const sourceOnDemand = this.paths.state(path)?.policy.sourceOnDemand ?? false;
    const event = {
      path,
      epoch,
      sourceType,
      sourceId: sessionId,
      sourceOnDemand,
      tracks: [...tracks],
      ...(continues === undefined ? {} : { continues }),
    };
    this.parts.client.emit(pathAvailable, event);
  }

  unavailable(path: string, epoch: number, reason: string): void {
    this.parts.client.emit(pathUnavailable, { path, epoch, reason });
  }

  kickPublisher(path: string, { sessionId }: Publisher, reason: string): void {
    this.parts.client.emit(sessionSuperseded, { path, sessionId, reason });
  }

  removeEpoch(path: string, epoch: number): void {
    this.parts.bus
      .remove(path, epoch)
      .catch((error: unknown) => this.log('error', path, `what is left of its stream could not be removed: ${String(error)}`));
  }

  changed(path: string, state: PathState | undefined, reason: string): void {
    this.events.pathChanged(path, state);
    this.hooks.pathChanged(path, state, reason);
    this.forwards.pathChanged(path, state);
  }

  log(level: 'info' | 'error' | 'debug', path: string, message: string): void {
    this.parts.logger.child(`path ${path}`)[level](message);
  }

  logSource(path: string, component: string, message: string): void {
    this.parts.logger.child(`path ${path}`).child(component).info(message);
  }

  /** While a request waits, another replica can begin to lead, or this one can begin anew. */
  private async rebuilt(): Promise<void> {
    for (let awaited: Promise<boolean> | undefined; awaited !== this.rebuild.done;) {
      awaited = this.rebuild.done;
      await awaited;
    }
    if (this.term === 0) throw new ControlError('NOT_LEADER', 'this replica leads no longer: ask again');
  }

  private lookUp(path: string): PathMatch & { readonly policy: PathPolicy } {
    const lookup = findPathConfig(this.config, path);
    if (!lookup.found) throw new ControlError(lookup.reason === 'invalidName' ? 'INVALID_PATH_NAME' : 'PATH_NOT_CONFIGURED', lookup.error);
    return { ...lookup.match, policy: policyOf(lookup.match.path) };
  }

  private policyOrRefuse(path: string, sessionId: string, refused: string[]): PathPolicy | undefined {
    try {
      return this.lookUp(path).policy;
    } catch {
      refused.push(sessionId);
      return undefined;
    }
  }

  private openStaticPaths(names: Iterable<string>): void {
    for (const name of names) {
      const policy = policyOf(this.config.paths.get(name)!);
      if (!policy.permanent) continue;
      this.paths.ensure(name, policy);
      // One that gateways told of is alive already, perhaps without its source.
      this.paths.tell(name, { type: 'configure', policy });
    }
  }

  /** A path keeps its entry, takes another one, or is closed. Contract 1.10. */
  private reconfigurePath(state: PathState, before: Config, diff: ConfigDiff): void {
    const old = findPathConfig(before, state.name);
    const young = findPathConfig(this.config, state.name);
    if (!young.found || !old.found || diff.restart.has('pathManager') || !canTake(old.match.path, young.match.path)) {
      this.paths.close(state.name, 'path is closing');
    } else if (old.match.path !== young.match.path) {
      this.paths.tell(state.name, { type: 'configure', policy: policyOf(young.match.path) });
      if (old.match.path.sourceSilenceTimeout !== young.match.path.sourceSilenceTimeout) this.sources.rewatch(state.name);
    }
  }

  private loseInstance(instance: string, what: string): void {
    this.parts.logger.warn(`the gateway ${instance} ${what}: its sessions and sources are taken from it`);
    this.paths.tellAll({ type: 'instanceLost', instance });
    this.hooks.instanceLost(instance);
    this.forwards.instanceLost(instance);
  }

  private watchInstances(): void {
    this.stopWatching();
    let cancel = (): void => {};
    const check = (): void => {
      // Who can't hear says nothing about who speaks.
      if (!this.parts.client.connected) this.instances.excuseAll(this.clock.nowMs());
      for (const { instance } of this.instances.takeSilent(this.clock.nowMs())) {
        this.loseInstance(instance, 'is silent');
      }
      cancel = this.clock.after(SILENCE_CHECK_MS, check);
    };
    cancel = this.clock.after(SILENCE_CHECK_MS, check);
    this.stopWatching = () => cancel();
  }
}
