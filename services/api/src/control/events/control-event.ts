import type { EventKind } from '@mediamesh/config';

/** What has happened, for webhooks and for the event stream: `docs/8-events.md` lists what `data` has. */
export interface EventDraft {
  readonly kind: EventKind;
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** With its place among the others, and the wall-clock time in RFC 3339. */
export interface ControlEvent extends EventDraft {
  /** Grows within a leader's term: `7-42`. */
  readonly id: string;
  readonly time: string;
}
