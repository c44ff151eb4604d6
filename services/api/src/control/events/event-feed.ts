import type { PathState } from '../paths/path-state.ts';
import type { ControlEvent, EventDraft } from './control-event.ts';
import { pathEvents } from './path-events.ts';

/** Kept for clients of the event stream that come back. */
export const MAX_KEPT_EVENTS = 4_096;

export interface EventFeedOptions {
  /** Wall-clock time, RFC 3339. */
  now(): string;
}

/** What has happened since this replica leads: the last of it, and what happens from now on, to whoever listens. */
export class EventFeed {
  private readonly options: EventFeedOptions;
  private readonly listeners = new Set<(event: ControlEvent) => void>();
  private readonly known = new Map<string, PathState>();
  private kept: ControlEvent[] = [];
  private term = 0;
  private count = 0;

  constructor(options: EventFeedOptions) {
    this.options = options;
  }

  /** What is there now is no news. */
  begin(term: number, states: Iterable<PathState>): void {
    this.term = term;
    this.count = 0;
    this.kept = [];
    this.known.clear();
    for (const state of states) this.known.set(state.name, state);
  }

  stepDown(): void {
    this.term = 0;
  }

  pathChanged(path: string, state: PathState | undefined): void {
    if (this.term === 0) return;
    const before = this.known.get(path);
    if (state === undefined) this.known.delete(path);
    else this.known.set(path, state);
    for (const draft of pathEvents(path, before, state)) this.publish(draft);
  }

  publish(draft: EventDraft): void {
    if (this.term === 0) return;
    const event: ControlEvent = { id: `${this.term}-${++this.count}`, time: this.options.now(), ...draft };
    this.kept.push(event);
    if (this.kept.length > 2 * MAX_KEPT_EVENTS) this.kept.splice(0, this.kept.length - MAX_KEPT_EVENTS);
    for (const listener of this.listeners) listener(event);
  }

  /** The result stops it. */
  listen(listener: (event: ControlEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Events after the one with this id; undefined when some of them are not kept any more, or it is of another leader. */
  after(id: string): readonly ControlEvent[] | undefined {
    const match = /^([0-9]+)-([0-9]+)$/.exec(id);
    if (match === null || Number(match[1]) !== this.term) return undefined;
    const first = this.count - this.kept.length;
    const index = Number(match[2]) - first;
    if (index < 0 || index > this.kept.length) return undefined;
    return this.kept.filter((_, position) => position >= index);
  }
}
