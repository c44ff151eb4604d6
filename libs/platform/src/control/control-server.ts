import { ControlError } from '@mediamesh/contracts';
import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Logger } from '../log/logger.ts';
import type { HandlerExtras } from './handlers.ts';
import { parseMessage, serializeErrorReply, serializeReply, validateMessage } from './message-codec.ts';
import { isSubjectToken, listeningSubject } from './subjects.ts';
import type { ControlWire, WireSubscription } from './wire.ts';

export interface ControlServerOptions {
  readonly wire: ControlWire;
  /** The queue group of `any` requests: `rtsp`, `api`. */
  readonly service: string;
  readonly instance: string;
  readonly logger: Logger;
}

/** Requests that handlers work on, most of them readers that wait for on-demand sources; more are refused with UNAVAILABLE. */
export const MAX_REQUESTS_IN_FLIGHT = 10_000;

/**
 * Nest's transport strategy for the control plane: calls the handlers declared with `HandleRequest` and `HandleEvent`.
 * Requests to `control` are answered only while leading. The wire belongs to the caller, and stays open after `close`.
 */
export class ControlServer extends Server implements CustomTransportStrategy {
  /** Nest would log what `ControlServer` logs already. */
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: ControlServerOptions;
  readonly #subscriptions: WireSubscription[] = [];
  readonly #leaderSubscriptions: WireSubscription[] = [];
  #listening = false;
  #leading = false;
  #inFlight = 0;

  constructor(options: ControlServerOptions) {
    super();
    for (const token of [options.service, options.instance]) {
      if (!isSubjectToken(token)) throw new Error(`'${token}' is no instance or service name: letters, digits, '-' and '_' only`);
    }
    this.#options = options;
    this.setTransportId(Symbol('mediamesh-control'));
  }

  get leading(): boolean {
    return this.#leading;
  }

  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler = false, extras: Record<string, unknown> = {}): void {
    if (!('contract' in extras)) {
      throw new Error(`handler of ${String(pattern)}: use @HandleRequest or @HandleEvent instead of Nest's decorators`);
    }
    if (!isEventHandler && this.messageHandlers.has(this.normalizePattern(pattern as string))) {
      throw new Error(`two handlers answer '${String(pattern)}': a request has one`);
    }
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  listen(callback: (error?: unknown) => void): void {
    this.#listening = true;
    for (const handler of this.messageHandlers.values()) this.#subscribe(handler, false);
    if (this.#leading) this.#subscribeAsLeader();
    this.#options.wire.flush().then(() => callback(), callback);
  }

  /** Resolves when the broker knows: from then on no request of `control` is missed, or none arrives. */
  async setLeading(leading: boolean): Promise<void> {
    if (leading === this.#leading) return;
    this.#leading = leading;
    if (!this.#listening) return;
    if (leading) this.#subscribeAsLeader();
    else unsubscribeAll(this.#leaderSubscriptions);
    await this.#options.wire.flush();
  }

  close(): void {
    this.#listening = false;
    unsubscribeAll(this.#subscriptions);
    unsubscribeAll(this.#leaderSubscriptions);
  }

  /** Part of Nest's contract; the wire's `onStatus` tells about the connection. */
  on(): never {
    throw new Error('ControlServer has no events: listen to the wire');
  }

  unwrap<T>(): T {
    return this.#options.wire as T;
  }

  #subscribeAsLeader(): void {
    for (const handler of this.messageHandlers.values()) this.#subscribe(handler, true);
  }

  #subscribe(handler: MessageHandler, asLeader: boolean): void {
    const { wire, service, instance } = this.#options;
    const extras = handler.extras as unknown as HandlerExtras;
    if (extras.kind === 'event') {
      if (asLeader) return;
      this.#subscriptions.push(wire.subscribe(extras.contract.name, undefined, (bytes) => void this.#handleEvent(handler, extras, bytes)));
      return;
    }
    if ((extras.contract.to === 'control') !== asLeader) return;
    const { subject, queue } = listeningSubject(extras.contract, service, instance);
    const subscription = wire.subscribe(subject, queue, (bytes, reply) => void this.#answer(handler, extras, bytes, reply));
    (asLeader ? this.#leaderSubscriptions : this.#subscriptions).push(subscription);
  }

  async #answer(
    handler: MessageHandler,
    { contract }: HandlerExtras & { kind: 'request' },
    bytes: Uint8Array,
    reply: (bytes: Uint8Array) => boolean,
  ): Promise<void> {
    const { instance, logger } = this.#options;
    this.#inFlight++;
    try {
      this.#assertAccepting(contract.name, contract.to === 'control');
      const what = `request '${contract.name}'`;
      const payload = validateMessage(contract.request, parseMessage(bytes, what), what);
      reply(serializeReply(instance, await settled(handler, payload)));
    } catch (error) {
      this.#refuse(reply, codedError(error, contract.name, logger), contract.name);
    } finally {
      this.#inFlight--;
    }
  }

  #assertAccepting(name: string, leaderOnly: boolean): void {
    if (!this.#listening) throw new ControlError('UNAVAILABLE', `the instance that was asked '${name}' is ending: ask again`);
    if (leaderOnly && !this.#leading) throw new ControlError('NOT_LEADER', `the replica that was asked '${name}' leads no more: ask again`);
    if (this.#inFlight > MAX_REQUESTS_IN_FLIGHT) {
      throw new ControlError('UNAVAILABLE', `more than ${MAX_REQUESTS_IN_FLIGHT} requests are in flight: ask again later`);
    }
  }

  #refuse(reply: (bytes: Uint8Array) => boolean, error: ControlError, name: string): void {
    try {
      reply(serializeErrorReply(this.#options.instance, error));
    } catch (failure) {
      this.#options.logger.error(`the answer to '${name}' could not be sent`, failure);
    }
  }

  async #handleEvent(handler: MessageHandler, { contract }: HandlerExtras & { kind: 'event' }, bytes: Uint8Array): Promise<void> {
    if (!this.#listening) return;
    try {
      const what = `event '${contract.name}'`;
      await settled(handler, validateMessage(contract.payload, parseMessage(bytes, what), what));
    } catch (error) {
      this.#options.logger.error(`event '${contract.name}' was not handled`, error);
    }
  }
}

/** Nest hands handlers' results as promises of values or observables. */
async function settled(handler: MessageHandler, payload: unknown): Promise<unknown> {
  const result: unknown = await handler(payload);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

function codedError(error: unknown, name: string, logger: Logger): ControlError {
  if (error instanceof ControlError) return error;
  logger.error(`request '${name}' failed`, error);
  return new ControlError('INTERNAL', `'${name}' failed: the log of the service that was asked says why`, { cause: error });
}

function unsubscribeAll(subscriptions: WireSubscription[]): void {
  for (const subscription of subscriptions.splice(0)) subscription.unsubscribe();
}
