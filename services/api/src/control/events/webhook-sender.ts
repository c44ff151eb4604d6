import { createHmac } from 'node:crypto';
import type { Clock } from '../paths/path-directory.ts';
import type { ControlEvent } from './control-event.ts';
import type { WebhookQueue } from './webhook-queue.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** An event that could not be delivered for so long is given up. */
export const MAX_EVENT_AGE_MS = 24 * 3_600_000;

export interface Delivery {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebhookSenderOptions {
  readonly url: string;
  /** Kinds that it gets; empty: all. */
  readonly events: readonly string[];
  /** '' signs nothing. */
  readonly secret: string;
  readonly queue: WebhookQueue;
  readonly clock: Clock;
  readonly wallMs: () => number;
  /** Errors: rejects when the receiver did not answer with 2xx; the message says why. */
  readonly post: (delivery: Delivery) => Promise<void>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/**
 * Events to one receiver: one after the other, each until it is answered with 2xx, at least once.
 *
 * Signature: HMAC-SHA256 with the secret over `<timestamp>.<body>`, hexadecimal, in `X-MediaMesh-Signature: sha256=…`;
 *            the timestamp, in seconds since 1970, in `X-MediaMesh-Timestamp`.
 */
export class WebhookSender {
  readonly url: string;
  /** Given up, because they were too old or too many. */
  dead = 0;
  private readonly options: WebhookSenderOptions;
  private failures = 0;
  private sending = false;
  private stopped = false;
  private cancelRetry: () => void = () => {};

  constructor(options: WebhookSenderOptions) {
    this.options = options;
    this.url = options.url;
    this.sendNext();
  }

  /** `event` is queued, if it is wanted. */
  take(event: ControlEvent): void {
    const { events, queue, wallMs } = this.options;
    if (this.stopped || (events.length > 0 && !events.includes(event.kind))) return;
    const isFull = queue.add({ id: event.id, queuedMs: wallMs(), body: JSON.stringify(event) });
    if (isFull) this.bury('the queue is full');
    if (this.failures === 0) this.sendNext();
  }

  /** What is queued stays queued. */
  stop(): void {
    this.stopped = true;
    this.cancelRetry();
  }

  private sendNext(): void {
    const { queue, clock, post, log } = this.options;
    const event = queue.first;
    if (this.sending || this.stopped || event === undefined) return;
    this.sending = true;
    post(this.deliveryOf(event.id, event.body)).then(
      () => {
        if (this.stopped) return; // another sends what is queued, this event too
        if (this.failures > 0) log('info', `${this.url} answers again, ${queue.length} events are on their way`);
        this.failures = 0;
        this.sending = false;
        if (queue.first === event) queue.removeFirst();
        this.sendNext();
      },
      (error: unknown) => {
        if (this.stopped) return;
        this.sending = false;
        if (this.failures++ === 0) log('warn', `${this.url}: ${error instanceof Error ? error.message : String(error)}; trying again`);
        if (this.options.wallMs() - event.queuedMs > MAX_EVENT_AGE_MS && queue.first === event) {
          queue.removeFirst();
          this.bury('it is too old');
        }
        const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1));
        this.cancelRetry = clock.after(delayMs, () => this.sendNext());
      },
    );
  }

  private bury(why: string): void {
    this.dead++;
    this.options.log('error', `${this.url}: an event is given up, because ${why}`);
  }

  private deliveryOf(id: string, body: string): Delivery {
    const { url, secret } = this.options;
    const timestamp = String(Math.floor(this.options.wallMs() / 1000));
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': 'mediamesh',
      'X-MediaMesh-Event': id,
      'X-MediaMesh-Timestamp': timestamp,
    };
    if (secret !== '') {
      headers['X-MediaMesh-Signature'] = `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
    }
    return { url, headers, body };
  }
}
