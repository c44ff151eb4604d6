import { MAX_HEALTH_PATHS, alertsList, alertsNoted, healthList } from '@mediamesh/contracts';
import type { ControlClient, Logger } from '@mediamesh/platform';
import type { z } from 'zod';
import type { EventDraft } from '../events/control-event.ts';
import type { Instances } from '../instances.ts';
import type { Clock, PathDirectory } from '../paths/path-directory.ts';
import { liveEpoch } from '../paths/path-state.ts';
import type { PathState } from '../paths/path-state.ts';
import { NO_ALERTS, endAlerts, look, raisedAlerts, statesOf } from './alert-machine.ts';
import type { AlertChange, AlertStates } from './alert-machine.ts';
import { hasLimits } from './health-rules.ts';
import type { AlertName } from './health-rules.ts';

const LOOK_INTERVAL_MS = 1_000;
const DEADLINE_MS = 1_000;

export interface HealthDirectorParts {
  readonly client: ControlClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly paths: PathDirectory;
  readonly instances: Pick<Instances, 'ids'>;
  publish(event: EventDraft): void;
}

type Stream = z.output<typeof healthList.reply>['streams'][number];

/**
 * Looks every second at the streams whose paths have `healthAlerts`: asks the gateways that take them, and tells what has changed.
 * A gateway that does not answer says nothing: alerts stay as they are until it does, or until its streams are lost.
 */
export class HealthDirector {
  private readonly parts: HealthDirectorParts;
  private readonly byPath = new Map<string, AlertStates>();
  private stopLooking: () => void = () => {};

  constructor(parts: HealthDirectorParts) {
    this.parts = parts;
  }

  /** Alerts that are raised now. */
  alertsOf(path: string): readonly AlertName[] {
    return raisedAlerts(this.byPath.get(path) ?? NO_ALERTS);
  }

  /** This replica leads. What the leader before had raised it learns from the gateways, then looks whether that still holds. */
  begin(): void {
    this.stepDown();
    const { clock } = this.parts;
    let isLeading = true;
    let cancel = (): void => {};
    const again = (): void => {
      if (isLeading) cancel = clock.after(LOOK_INTERVAL_MS, () => void this.look(() => isLeading).then(again));
    };
    void this.restore(() => isLeading).then(again);
    this.stopLooking = () => {
      isLeading = false;
      cancel();
    };
  }

  stepDown(): void {
    this.stopLooking();
    this.byPath.clear();
  }

  private async restore(isLeading: () => boolean): Promise<void> {
    const { client, instances, logger } = this.parts;
    try {
      const { replies } = await client.gather(alertsList, {}, { deadlineMs: DEADLINE_MS, expect: instances.ids() });
      if (!isLeading()) return;
      for (const { path, alerts } of replies.flatMap(({ reply }) => reply.paths)) this.byPath.set(path, statesOf(alerts));
    } catch (error) {
      logger.warn(`alerts that the leader before had raised are not known: ${String(error)}`);
    }
  }

  private async look(isLeading: () => boolean): Promise<void> {
    for (const [path, states] of this.byPath) {
      const state = this.parts.paths.state(path);
      if (state === undefined || liveEpoch(state) === undefined) this.end(path, endAlerts(states, 'the stream has ended'));
      else if (!hasLimits(state.policy.healthAlerts)) this.end(path, endAlerts(states, 'no limit any more'));
    }
    const byInstance = Map.groupBy(this.watched(), ({ publisher }) => publisher!.instance);
    const replies = [...byInstance].flatMap(([instance, states]) => pages(states).map((paths) => this.ask(instance, paths)));
    for (const streams of await Promise.all(replies)) {
      if (!isLeading()) return;
      for (const stream of streams) this.seen(stream);
    }
  }

  private watched(): readonly PathState[] {
    return [...this.parts.paths.states()].filter((state) => hasLimits(state.policy.healthAlerts) && liveEpoch(state) !== undefined);
  }

  private ask(instance: string, paths: string[]): Promise<readonly Stream[]> {
    return this.parts.client.request(healthList, { paths }, { instance, deadlineMs: DEADLINE_MS }).then(
      ({ streams }) => streams,
      () => [],
    );
  }

  private seen({ path, epoch, tracks }: Stream): void {
    const state = this.parts.paths.state(path);
    if (state === undefined || liveEpoch(state) !== epoch) return;
    const before = this.byPath.get(path) ?? NO_ALERTS;
    const { states, changes } = look(before, { limits: state.policy.healthAlerts, tracks }, this.parts.clock.nowMs());
    if (states.size === 0) this.byPath.delete(path);
    else this.byPath.set(path, states);
    this.tell(path, changes);
  }

  private end(path: string, changes: readonly AlertChange[]): void {
    this.byPath.delete(path);
    this.tell(path, changes);
  }

  private tell(path: string, changes: readonly AlertChange[]): void {
    if (changes.length === 0) return;
    const log = this.parts.logger.child(`path ${path}`);
    this.parts.client.emit(alertsNoted, { path, alerts: [...this.alertsOf(path)] });
    for (const change of changes) {
      const { name } = change;
      if ('raised' in change) {
        const { message } = change.raised;
        log.warn(`alert ${name}: ${message}`);
        this.parts.publish({ kind: 'alert.raised', path, data: { alert: name, ...change.raised } });
      } else {
        log.info(`alert ${name} is over: ${change.cleared}`);
        this.parts.publish({ kind: 'alert.cleared', path, data: { alert: name, message: change.cleared } });
      }
    }
  }
}

function pages(states: readonly PathState[]): string[][] {
  const all: string[][] = [];
  for (const [index, { name }] of states.entries()) (all[Math.floor(index / MAX_HEALTH_PATHS)] ??= []).push(name);
  return all;
}
