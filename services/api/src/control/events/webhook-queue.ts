import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { filesOfOtherTerms } from './webhook-files.ts';

/** A receiver that is away for longer loses the oldest. */
export const MAX_QUEUED_EVENTS = 10_000;
/** The file is written anew when so many of its lines are delivered. */
const COMPACT_AFTER = 1_000;

export interface QueuedEvent {
  readonly id: string;
  /** Wall-clock milliseconds. */
  readonly queuedMs: number;
  /** As it is sent. */
  readonly body: string;
}

/**
 * Events that a receiver has not got yet, in their order; with a file, they survive this process: the queue begins with what is there,
 * also of other terms (`webhookFile`).
 * Errors: none; a file that cannot be written is told once, and events are kept in memory alone.
 */
export class WebhookQueue {
  private readonly file: string | undefined;
  private readonly warn: (message: string) => void;
  private events: QueuedEvent[] = [];
  /** Lines at the beginning of the file whose events are delivered. */
  private stale = 0;
  private broken = false;

  /** `file` undefined: nothing is written. */
  constructor(file: string | undefined, warn: (message: string) => void) {
    this.file = file;
    this.warn = warn;
    this.onDisk((name) => {
      mkdirSync(dirname(name), { recursive: true, mode: 0o700 });
      const others = filesOfOtherTerms(name);
      const events = [...others, name].filter((one) => existsSync(one)).flatMap(readEvents);
      // Both have an event when the process has ended between these two steps.
      this.events = [...new Map(events.map((event) => [event.id, event])).values()];
      if (others.length > 0) this.write(name);
      for (const other of others) rmSync(other, { force: true });
    });
  }

  get first(): QueuedEvent | undefined {
    return this.events[0];
  }

  get length(): number {
    return this.events.length;
  }

  /** True when the oldest had to go. */
  add(event: QueuedEvent): boolean {
    const isFull = this.events.length >= MAX_QUEUED_EVENTS;
    if (isFull) this.removeFirst();
    this.events.push(event);
    this.onDisk((name) => appendFileSync(name, `${JSON.stringify(event)}\n`, { mode: 0o600 }));
    return isFull;
  }

  removeFirst(): void {
    this.events.shift();
    this.stale++;
    if (this.events.length > 0 && this.stale < COMPACT_AFTER) return;
    this.stale = 0;
    this.onDisk((name) => {
      if (this.events.length > 0) this.write(name);
      else if (existsSync(name)) truncateSync(name);
    });
  }

  private write(name: string): void {
    writeFileSync(name, this.events.map((event) => `${JSON.stringify(event)}\n`).join(''), { mode: 0o600 });
  }

  private onDisk(act: (file: string) => void): void {
    if (this.file === undefined || this.broken) return;
    try {
      act(this.file);
    } catch (error) {
      this.broken = true;
      this.warn(`events that are not delivered yet will be lost at the end: ${String(error)}`);
    }
  }
}

function readEvents(file: string): readonly QueuedEvent[] {
  return readFileSync(file, 'utf8').split('\n').flatMap(parseLine);
}

/** The last line of a process that was killed may be cut. */
function parseLine(line: string): readonly QueuedEvent[] {
  if (line === '') return [];
  try {
    const { id, queuedMs, body } = JSON.parse(line) as Partial<QueuedEvent>;
    return typeof id === 'string' && typeof queuedMs === 'number' && typeof body === 'string' ? [{ id, queuedMs, body }] : [];
  } catch {
    return [];
  }
}
