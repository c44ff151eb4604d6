import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config, Webhook } from '@mediamesh/config';
import type { Logger } from '@mediamesh/platform';
import type { Clock } from '../paths/path-directory.ts';
import type { ControlEvent } from './control-event.ts';
import { webhookFile } from './webhook-files.ts';
import { WebhookQueue } from './webhook-queue.ts';
import { WebhookSender } from './webhook-sender.ts';
import type { Delivery } from './webhook-sender.ts';

const ANSWER_DEADLINE_MS = 10_000;

/**
 * The receivers of the configuration; one that a change does not touch goes on. Only the replica that leads sends: whoever leads next
 * goes on with what this one has not delivered, if it has the same directory.
 */
export class Webhooks {
  private readonly clock: Clock;
  private readonly logger: Logger;
  private senders = new Map<string, WebhookSender>();
  /** Undefined while another replica leads. */
  private term: number | undefined;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.clock = clock;
    this.logger = logger.child('webhooks');
  }

  configure({ webhooks, stateDirectory }: Pick<Config, 'webhooks' | 'stateDirectory'>): void {
    const { term } = this;
    if (term === undefined) return;
    const before = this.senders;
    this.senders = new Map();
    const wanted = new Map(webhooks.map((webhook) => [JSON.stringify([webhook, stateDirectory]), webhook]));
    for (const [key, sender] of before) if (!wanted.has(key)) sender.stop();
    const urls: string[] = [];
    for (const [key, webhook] of wanted) {
      const same = urls.filter((url) => url === webhook.url).length;
      urls.push(webhook.url);
      this.senders.set(key, before.get(key) ?? this.open(webhook, fileOf(webhook.url, { same, stateDirectory, term })));
    }
  }

  /** Of the term that this replica leads in. */
  begin(term: number, config: Pick<Config, 'webhooks' | 'stateDirectory'>): void {
    this.stepDown();
    this.term = term;
    this.configure(config);
  }

  stepDown(): void {
    this.term = undefined;
    this.close();
  }

  take(event: ControlEvent): void {
    for (const sender of this.senders.values()) sender.take(event);
  }

  close(): void {
    for (const sender of this.senders.values()) sender.stop();
    this.senders.clear();
  }

  private open({ url, events, secret }: Webhook, file: string | undefined): WebhookSender {
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

/** `same`: how many before it have the same URL. */
function fileOf(
  url: string,
  { same, stateDirectory, term }: { readonly same: number; readonly stateDirectory: string; readonly term: number },
): string | undefined {
  if (stateDirectory === '') return undefined;
  const receiver = createHash('sha256').update(same === 0 ? url : `${url} ${same}`);
  return webhookFile(join(stateDirectory, 'webhooks'), receiver.digest('hex').substring(0, 16), term);
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
