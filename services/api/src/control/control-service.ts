import { randomUUID } from 'node:crypto';
import { findPathConfig, marshalPath, resolveSourceUrl } from '@mediamesh/config';
import type { Config, ConfigDiff, PathMatch } from '@mediamesh/config';
import type { MediaBus } from '@mediamesh/bus';
import {
  ControlError,
  configChanged,
  controlHello,
  pathAvailable,
  pathUnavailable,
  sessionSuperseded,
  sourceStart,
  sourceStop,
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
import { sourceKindOf } from './paths/source-kind.ts';
import { Rebuild } from './rebuild.ts';

const SOURCE_DEADLINE_MS = 5_000;
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
  /** 0 while another replica leads. */
  term = 0;
  /** Of all leaders that gateways have heard of. */
  highestTerm = 0;
  private readonly parts: ControlServiceParts;
  private store: ConfigStore | undefined;
  private readonly rebuild: Rebuild;
  private readonly startedMs: number;
  private epochs = 0;
  private orphanSources: { readonly path: string; readonly sourceId: string; readonly service: string; readonly query: string }[] = [];
  private stopWatching: () => void = () => {};

  constructor(parts: ControlServiceParts) {
    this.parts = parts;
    this.clock = parts.clock;
    this.access = new AccessControl({ clock: parts.clock });
    this.paths = new PathDirectory(this);
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
  }

  /**
   * Begins to lead. `term` is higher than that of every leader before.
   * Requests wait until the gateways have told what they hold: a path that seems free may not be.
   */
  lead(term: number): void {
    this.term = term;
    this.epochs = 0;
    this.instances.takeSilent(this.clock.nowMs()); // while another led, nobody looked
    this.rebuild.begin(this.instances.ids(), this.startedMs + this.parts.discoveryMs - this.clock.nowMs());
    this.watchInstances();
    this.sayHello();
    void this.rebuild.done.then((complete) => {
      if (this.term !== term) return;
      // A publisher that nobody told of was lost while nobody led. One whose gateway is late may be there.
      if (complete) this.paths.tellAll({ type: 'rebuilt', epoch: epochNumber(term, 0) });
      this.openStaticPaths();
    });
  }

  /** Another replica leads, or the service ends: what was on hold is refused. */
  stepDown(reason: string): void {
    this.term = 0;
    this.stopWatching();
    this.orphanSources = [];
    this.paths.forgetAll(reason);
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
    if (news !== 'known') this.startOrphanSources(announcement.service);
  }

  /** A change of the configuration, of a file or through the API. */
  reconfigured(diff: ConfigDiff, before: Config): void {
    const { config } = this;
    this.access.configure(config);
    for (const state of [...this.paths.states()]) this.reconfigurePath(state, before, diff);
    this.openStaticPaths();
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
    const asked = { instance, sessionId: reader.id, type: reader.type };
    const reply = await this.paths.read(access.path, policy, requestId, asked, access.query);
    return { user, ...streamOf(reply, policy.settings) };
  }

  async publish(request: z.output<typeof pathPublish.request>): Promise<z.input<typeof pathPublish.reply>> {
    const { path, instance, sessionId, sourceType, query, trackLabels, fingerprint } = request;
    await this.rebuilt();
    const { policy } = this.lookUp(path);
    if (fingerprint !== undefined && fingerprint !== policy.settings.fingerprint) {
      throw new ControlError('CONFIGURATION_CHANGED', 'configuration has changed');
    }
    const epoch = epochNumber(this.term, ++this.epochs);
    const publisher: Publisher = { epoch, instance, sessionId, sourceType, query, trackLabels, tracks: [] };
    const reply = await this.paths.publish(path, policy, randomUUID(), publisher);
    if (reply.kind === 'error') throw new ControlError(reply.code, reply.message);
    if (reply.kind !== 'published') throw new ControlError('INTERNAL', `a publisher was answered with ${reply.kind}`);
    const { continues } = reply;
    return { epoch, settings: policy.settings, ...(continues === undefined ? {} : { continues }) };
  }

  /** A gateway's truth; returns the sessions that have no place any more. */
  snapshot({ instance, publishers, readers, last }: z.output<typeof gatewaySnapshot.request>): readonly string[] {
    const refused: string[] = [];
    for (const held of publishers) {
      const { path, epoch, sessionId, sourceType, query, ready, trackLabels, tracks } = held;
      const policy = this.policyOrRefuse(path, sessionId, refused);
      if (policy === undefined) continue;
      const nowMs = this.clock.nowMs();
      const publisher = { epoch, instance, sessionId, sourceType, query, trackLabels, tracks };
      this.paths.restore(path, policy, { type: 'restorePublisher', publisher: ready ? { ...publisher, readySinceMs: nowMs } : publisher });
    }
    for (const { path, sessionId, type } of readers) {
      const policy = this.policyOrRefuse(path, sessionId, refused);
      if (policy === undefined) continue;
      this.paths.restore(path, policy, { type: 'restoreReader', reader: { instance, sessionId, type } });
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

  startSource(path: string, _policy: PathPolicy, sourceId: string, query: string): void {
    const lookup = findPathConfig(this.config, path);
    if (!lookup.found) return;
    const { match } = lookup;
    const url = resolveSourceUrl(match.path.source, match.captures, query);
    const { service, sourceType } = sourceKindOf(url);
    if (this.instances.ids(service).length === 0) {
      this.log('debug', path, `its source waits for a gateway of the service ${service}`);
      this.orphanSources.push({ path, sourceId, service, query });
      return;
    }
    const payload = { sourceId, path, sourceType, url, onDemand: match.path.sourceOnDemand, options: { ...marshalPath(match.path) } };
    this.parts.client.request(sourceStart, payload, { service, deadlineMs: SOURCE_DEADLINE_MS }).then(
      ({ instance }) => {
        this.log('debug', path, `its source is run by ${instance}`);
        if (this.paths.state(path) === undefined) this.stopSource(path, sourceId, instance, 'path is closing');
        else this.paths.tell(path, { type: 'sourceTaken', sourceId, instance });
      },
      (error: unknown) => {
        const problem = error instanceof ControlError ? error.message : String(error);
        this.sourceStopped(path, sourceId, problem);
      },
    );
  }

  /** Sources that no gateway was there for. */
  private startOrphanSources(service: string): void {
    const orphans = this.orphanSources.filter((orphan) => orphan.service === service);
    this.orphanSources = this.orphanSources.filter((orphan) => orphan.service !== service);
    for (const { path, sourceId, query } of orphans) {
      const state = this.paths.state(path);
      if (state !== undefined && runsSource(state, sourceId)) this.startSource(path, state.policy, sourceId, query);
    }
  }

  stopSource(path: string, sourceId: string, instance: string, reason: string): void {
    // An instance that does not answer is gone, or will be told by the next hello.
    this.parts.client.request(sourceStop, { sourceId, reason }, { instance, deadlineMs: SOURCE_DEADLINE_MS }).catch((error: unknown) => {
      this.log('debug', path, `its source could not be told to stop: ${String(error)}`);
    });
  }

  /** The source has failed, at its gateway or because there is none. */
  sourceStopped(path: string, sourceId: string, error: string): void {
    const state = this.paths.state(path);
    if (state === undefined || !runsSource(state, sourceId)) return;
    if (error !== '') this.parts.logger.child(`path ${path}`).child(state.policy.sourceComponent).error(error);
    this.paths.tell(path, { type: 'sourceStopped', sourceId, error });
  }

  available(path: string, publisher: Publisher): void {
    const { epoch, continues, sourceType, sessionId, tracks } = publisher;
    this.log(
      'info',
      path,
      `stream is available and online, ${tracks.length} ${tracks.length === 1 ? 'track' : 'tracks'} (${tracks.map(({ codec }) => codec).join(', ')})`,
    );
    const event = { path, epoch, sourceType, sourceId: sessionId, tracks: [...tracks], ...(continues === undefined ? {} : { continues }) };
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

  private openStaticPaths(): void {
    for (const path of this.config.paths.values()) {
      const policy = policyOf(path);
      if (!policy.permanent) continue;
      this.paths.ensure(path.name, policy);
      // One that gateways told of is alive already, perhaps without its source.
      this.paths.tell(path.name, { type: 'configure', policy });
    }
  }

  /** A path keeps its entry, takes another one, or is closed. Contract 1.10. */
  private reconfigurePath(state: PathState, before: Config, diff: ConfigDiff): void {
    const old = findPathConfig(before, state.name);
    const young = findPathConfig(this.config, state.name);
    if (!young.found || !old.found || diff.restart.has('pathManager') || !canTake(old.match.path, young.match.path)) {
      this.paths.close(state.name, 'path is closing');
    } else this.paths.tell(state.name, { type: 'configure', policy: policyOf(young.match.path) });
  }

  private loseInstance(instance: string, what: string): void {
    this.parts.logger.warn(`the gateway ${instance} ${what}: its sessions and sources are taken from it`);
    this.paths.tellAll({ type: 'instanceLost', instance });
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

function runsSource({ source }: PathState, sourceId: string): boolean {
  return (source.phase === 'starting' || source.phase === 'running') && source.sourceId === sourceId;
}
