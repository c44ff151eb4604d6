import { ControlError } from '@mediamesh/contracts';
import { firstReply, PendingReplies } from './pending-replies.ts';
import { assertWireSize } from './wire.ts';
import type { ControlWire, WireGatherOptions, WireHandler, WireRequestOptions, WireStatus, WireSubscription } from './wire.ts';

interface Subscriber {
  readonly queue: string | undefined;
  readonly handler: WireHandler;
}

const NO_REPLY = (): boolean => true;

/** The wire of one process: every service of standalone shares one. Messages are the same bytes as on NATS. */
export class InProcessWire implements ControlWire {
  readonly #subscribers = new Map<string, Subscriber[]>();
  readonly #pending = new PendingReplies();
  readonly #listeners = new Set<(status: WireStatus) => void>();
  #closed = false;
  #turn = 0;

  get connected(): boolean {
    return !this.#closed;
  }

  request(subject: string, bytes: Uint8Array, options: WireRequestOptions): Promise<Uint8Array> {
    return firstReply((onReply) => this.#open(subject, bytes, { ...options, onReply }), subject, options.timeoutMs);
  }

  async requestMany(subject: string, bytes: Uint8Array, options: WireGatherOptions): Promise<void> {
    await this.#open(subject, bytes, options);
  }

  publish(subject: string, bytes: Uint8Array): boolean {
    if (this.#closed) return false;
    assertWireSize(subject, bytes);
    for (const subscriber of this.#receivers(subject)) this.#deliver(subscriber, bytes, NO_REPLY);
    return true;
  }

  subscribe(subject: string, queue: string | undefined, handler: WireHandler): WireSubscription {
    const subscriber: Subscriber = { queue, handler };
    const others = this.#subscribers.get(subject);
    if (others === undefined) this.#subscribers.set(subject, [subscriber]);
    else others.push(subscriber);
    return { unsubscribe: () => this.#remove(subject, subscriber) };
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  onStatus(listener: (status: WireStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#subscribers.clear();
      this.#pending.rejectAll('the control transport was closed');
      for (const listener of this.#listeners) listener('closed');
    }
    return Promise.resolve();
  }

  #open(subject: string, bytes: Uint8Array, options: WireGatherOptions): Promise<'answered' | 'timedOut'> {
    return this.#pending.open(subject, options, (token) => {
      if (this.#closed) throw new ControlError('UNAVAILABLE', `the control transport is closed: '${subject}' was not sent`);
      assertWireSize(subject, bytes);
      const receivers = this.#receivers(subject);
      if (receivers.length === 0) setImmediate(() => this.#pending.noResponder(token));
      for (const receiver of receivers) {
        this.#deliver(receiver, bytes, (reply) => {
          if (this.#closed) return false;
          assertWireSize(subject, reply);
          setImmediate(() => this.#pending.reply(token, reply));
          return true;
        });
      }
    });
  }

  /** Later in the loop, so that sockets get their turn between messages, as they do with a broker. */
  #deliver(subscriber: Subscriber, bytes: Uint8Array, reply: (bytes: Uint8Array) => boolean): void {
    setImmediate(() => {
      if (!this.#closed) subscriber.handler(bytes, reply);
    });
  }

  /** All subscribers without a queue, and one of each queue in turn. */
  #receivers(subject: string): readonly Subscriber[] {
    const subscribers = this.#subscribers.get(subject) ?? [];
    const receivers: Subscriber[] = [];
    const queues = new Map<string, Subscriber[]>();
    for (const subscriber of subscribers) {
      if (subscriber.queue === undefined) {
        receivers.push(subscriber);
        continue;
      }
      const members = queues.get(subscriber.queue);
      if (members === undefined) queues.set(subscriber.queue, [subscriber]);
      else members.push(subscriber);
    }
    this.#turn++;
    for (const members of queues.values()) {
      const member = members[this.#turn % members.length];
      if (member !== undefined) receivers.push(member);
    }
    return receivers;
  }

  #remove(subject: string, subscriber: Subscriber): void {
    const left = (this.#subscribers.get(subject) ?? []).filter((other) => other !== subscriber);
    if (left.length === 0) this.#subscribers.delete(subject);
    else this.#subscribers.set(subject, left);
  }
}
