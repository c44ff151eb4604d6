import { ControlError } from '@mediamesh/contracts';
import type { PathSettings, TrackSummary } from '@mediamesh/contracts';
import type { PathEffect, PathEvent, PathReply } from './path-event.ts';
import { openPath, transition } from './path-machine.ts';
import { initialPathState, isIdle, nextDeadline } from './path-state.ts';
import type { PathPolicy, PathState, Publisher, Reader } from './path-state.ts';

/** The directory's view of time; tests give a virtual one. */
export interface Clock {
  nowMs(): number;
  /** Calls back once, after `delayMs`; the result cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** What the directory has done by others: it never waits for them. */
export interface PathWorld {
  readonly clock: Clock;
  freshId(): string;
  startSource(path: string, order: { readonly sourceId: string; readonly feed: number; readonly query: string }): void;
  callSource(path: string, sourceId: string, instance: string): void;
  stopSource(path: string, sourceId: string, instance: string, reason: string): void;
  available(path: string, publisher: Publisher, news: Extract<PathEffect, { type: 'available' }>['news']): void;
  unavailable(path: string, epoch: number, reason: string): void;
  kickPublisher(path: string, publisher: Publisher, reason: string): void;
  removeEpoch(path: string, epoch: number): void;
  /** What happens on the path has changed; undefined when it is forgotten. Called once for each event, after its effects. */
  changed(path: string, state: PathState | undefined, reason: string): void;
  log(level: 'info' | 'debug', path: string, message: string): void;
  /** As `component` of the path: `RTSP source`. */
  logSource(path: string, component: string, message: string): void;
}

/** An answer to a gateway that is given later. */
export interface PendingReply {
  readonly requestId: string;
  readonly path: string;
  readonly reply: Promise<PathReply>;
}

/**
 * All paths that are alive: feeds their state machines, keeps their timers, and carries out their effects.
 * Everything is synchronous but the replies to requests on hold.
 */
export class PathDirectory {
  private readonly paths = new Map<string, PathState>();
  private readonly waiting = new Map<string, (reply: PathReply) => void>();
  private readonly world: PathWorld;
  private cancelTimer: () => void = () => {};
  private timerAtMs = Number.POSITIVE_INFINITY;

  constructor(world: PathWorld) {
    this.world = world;
  }

  states(): IterableIterator<PathState> {
    return this.paths.values();
  }

  state(path: string): PathState | undefined {
    return this.paths.get(path);
  }

  describe(path: string, policy: PathPolicy, requestId: string, query: string): Promise<PathReply> {
    return this.ask(path, policy, requestId, { type: 'describe', waiter: { requestId }, query });
  }

  read(path: string, policy: PathPolicy, requestId: string, reader: Reader, query: string): Promise<PathReply> {
    return this.ask(path, policy, requestId, { type: 'read', waiter: { requestId, reader }, query });
  }

  publish(path: string, policy: PathPolicy, requestId: string, publisher: Publisher): Promise<PathReply> {
    return this.ask(path, policy, requestId, { type: 'publish', requestId, publisher });
  }

  ready(path: string, epoch: number, tracks: readonly TrackSummary[]): void {
    const publisher = this.paths.get(path);
    if (publisher?.publisher?.epoch !== epoch && publisher?.successor?.epoch !== epoch) {
      throw new ControlError('STALE_EPOCH', `another publisher has taken the path '${path}'`);
    }
    this.dispatch(path, { type: 'ready', epoch, tracks });
  }

  /** An event for a path that is alive; others have nothing to be told. */
  tell(path: string, event: PathEvent): void {
    if (this.paths.has(path)) this.dispatch(path, event);
  }

  tellAll(event: PathEvent): void {
    for (const path of [...this.paths.keys()]) this.dispatch(path, event);
  }

  /** Begins the path if it is not alive. One that no event keeps busy goes with the next event. */
  ensure(path: string, policy: PathPolicy): void {
    if (this.paths.has(path)) return;
    const { state, effects } = openPath(path, policy, this.now());
    this.begin(state);
    for (const effect of effects) this.carryOut(path, policy, effect);
    this.world.changed(path, state, '');
  }

  /** A gateway holds this there: a path that is not alive begins with it. It starts no source, since it may be one that is held. */
  restore(path: string, policy: PathPolicy, event: Extract<PathEvent, { type: 'restorePublisher' | 'restoreReader' }>): void {
    if (!this.paths.has(path)) this.begin(initialPathState(path, policy));
    this.dispatch(path, event);
  }

  /** The path is closed, and forgotten. */
  close(path: string, reason: string): void {
    this.dispatch(path, { type: 'close', reason });
  }

  /** Another replica decides from now on: streams go on, requests on hold are refused so that they are asked again there. */
  forgetAll(reason: string): void {
    this.paths.clear();
    for (const resolve of this.waiting.values()) resolve({ kind: 'error', code: 'NOT_LEADER', message: reason });
    this.waiting.clear();
    this.cancelTimer();
    this.timerAtMs = Number.POSITIVE_INFINITY;
  }

  private ask(path: string, policy: PathPolicy, requestId: string, event: PathEvent): Promise<PathReply> {
    this.ensure(path, policy);
    return new Promise((resolve) => {
      this.waiting.get(requestId)?.({ kind: 'error', code: 'TERMINATED', message: 'asked again' });
      this.waiting.set(requestId, resolve);
      this.dispatch(path, event);
    });
  }

  private dispatch(path: string, event: PathEvent): void {
    const before = this.paths.get(path);
    if (before === undefined) return;
    const { state, effects } = transition(before, event, this.now());
    this.paths.set(path, state);
    for (const effect of effects) this.carryOut(path, state.policy, effect);
    if (event.type === 'close') this.destroy(path, event.reason);
    else if (isIdle(state)) this.destroy(path, 'not in use');
    else {
      this.armFor(nextDeadline(state));
      this.world.changed(path, state, '');
    }
  }

  private begin(state: PathState): void {
    this.paths.set(state.name, state);
    this.world.log('debug', state.name, 'created');
  }

  private destroy(path: string, reason: string): void {
    this.paths.delete(path);
    this.world.changed(path, undefined, reason);
    this.world.log('debug', path, `destroyed: ${reason}`);
  }

  private carryOut(path: string, policy: PathPolicy, effect: PathEffect): void {
    switch (effect.type) {
      case 'reply': {
        const resolve = this.waiting.get(effect.requestId);
        this.waiting.delete(effect.requestId);
        return resolve?.(effect.reply);
      }
      case 'startSource':
        return this.world.startSource(path, effect);
      case 'callSource':
        return this.world.callSource(path, effect.sourceId, effect.instance);
      case 'stopSource':
        return this.world.stopSource(path, effect.sourceId, effect.instance, effect.reason);
      case 'available':
        return this.world.available(path, effect.publisher, effect.news);
      case 'unavailable':
        return this.world.unavailable(path, effect.epoch, effect.reason);
      case 'kickPublisher':
        return this.world.kickPublisher(path, effect.publisher, effect.reason);
      case 'removeEpoch':
        return this.world.removeEpoch(path, effect.epoch);
      case 'log':
        return this.world.log('info', path, effect.message);
      case 'logSource':
        return this.world.logSource(path, policy.feeds[effect.feed]!.component, effect.message);
    }
  }

  /** One timer for the earliest deadline of all paths. A deadline that is given up may wake it once for nothing. */
  private armFor(deadlineMs: number | undefined): void {
    if (deadlineMs === undefined || deadlineMs >= this.timerAtMs) return;
    this.cancelTimer();
    this.timerAtMs = deadlineMs;
    this.cancelTimer = this.world.clock.after(Math.max(0, deadlineMs - this.world.clock.nowMs()), () => this.wake());
  }

  private wake(): void {
    this.timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.world.clock.nowMs();
    for (const [path, state] of [...this.paths]) {
      const deadlineMs = nextDeadline(state);
      if (deadlineMs !== undefined && deadlineMs <= nowMs) this.dispatch(path, { type: 'tick' });
      else this.armFor(deadlineMs);
    }
  }

  private now(): { nowMs: number; freshId: string } {
    return { nowMs: this.world.clock.nowMs(), freshId: this.world.freshId() };
  }
}

/** The settings for a path's gateways, or the refusal as an error. */
export function streamOf(reply: PathReply, settings: PathSettings): { epoch: number; settings: PathSettings } {
  if (reply.kind === 'error') throw new ControlError(reply.code, reply.message);
  if (reply.kind !== 'stream') throw new ControlError('INTERNAL', `a reader was answered with ${reply.kind}`);
  return { epoch: reply.epoch, settings };
}
