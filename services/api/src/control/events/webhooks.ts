import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config, Webhook } from '@mediamesh/config';
import type { Logger } from '@mediamesh/platform';
import type { Clock } from '../paths/path-directory.ts';
import type { ControlEvent } from './control-event.ts';
import { WebhookQueue } from './webhook-queue.ts';
import { WebhookSender } from './webhook-sender.ts';
import type { Delivery } from './webhook-sender.ts';

const ANSWER_DEADLINE_MS = 10_000;

/** The receivers of the configuration; one that a change does not touch goes on. */
export class Webhooks {
  private readonly clock: Clock;
  private readonly logger: Logger;
  private senders = new Map<string, WebhookSender>();

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.clock = clock;
    this.logger = logger.child('webhooks');
  }

  configure({ webhooks, stateDirectory }: Pick<Config, 'webhooks' | 'stateDirectory'>): void {
    const before = this.senders;
    this.senders = new Map();
    for (const webhook of webhooks) {
      const key = JSON.stringify([webhook, stateDirectory]);
      if (this.senders.has(key)) continue;
      this.senders.set(key, before.get(key) ?? this.open(webhook, stateDirectory));
      before.delete(key);
    }
    for (const sender of before.values()) sender.stop();
  }

  take(event: ControlEvent): void {
    for (const sender of this.senders.values()) sender.take(event);
  }

  close(): void {
    for (const sender of this.senders.values()) sender.stop();
    this.senders.clear();
  }

  private open({ url, events, secret }: Webhook, stateDirectory: string): WebhookSender {
    const name = createHash('sha256').update(url).digest('hex').substring(0, 16);
    const file = stateDirectory === '' ? undefined : join(stateDirectory, 'webhooks', `${name}.jsonl`);
    return new WebhookSender({
      url,
      events,
      secret,
      queue: new WebhookQueue(file, (message) => this.logger.error(message)),
      clock: this.clock,
      wallMs: () => Date.now(),
      post,
      log: (level, message) => this.logger[level](message),
    });
  }
}

/** Redirects are failures: what is signed for one receiver is not for another. */
async function post({ url, headers, body }: Delivery): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal }).catch((error: unknown) => {
    const { cause } = error as { cause?: { message?: string } };
    throw new Error(cause?.message ?? String(error), { cause: error });
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`answered with ${response.status}`);
}
