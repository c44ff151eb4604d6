import { ControlError } from '@mediamesh/contracts';
import type { Addressee, EventContract, RequestContract } from '@mediamesh/contracts';
import type { z } from 'zod';
import { controlErrorOf, parseReply, serializeMessage, validateMessage } from './message-codec.ts';
import { addressedSubject } from './subjects.ts';
import { NoResponderError } from './wire.ts';
import type { ControlWire } from './wire.ts';

interface Deadline {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** `instance` for requests to one instance, `service` for requests to any instance of a service. */
export type RequestOptions<To extends Addressee> = To extends 'instance'
  ? Deadline & { readonly instance: string }
  : To extends 'any'
    ? Deadline & { readonly service: string }
    : To extends 'control'
      ? Deadline
      : never;

export interface GatherOptions extends Deadline {
  /** Instances whose replies are wanted: it ends when they are there. Without, it lasts to the deadline. */
  readonly expect?: readonly string[] | undefined;
}

/** `isEnough`: a reply that makes the others needless. */
export type GatherUntil<Reply> = GatherOptions & { isEnough?(reply: Reply): boolean };

export interface Gathered<Reply> {
  readonly replies: readonly { readonly instance: string; readonly reply: Reply }[];
  readonly failures: readonly { readonly instance: string; readonly error: ControlError }[];
  /** Expected instances that did not answer. */
  readonly missing: readonly string[];
}

/** In a failure whose reply cannot be read. */
const UNKNOWN_INSTANCE = 'unknown';

/**
 * How services ask each other: typed by the contracts, and always with a deadline.
 *
 * Errors:  ControlError. UNAVAILABLE at once when nobody answers such requests or the connection is lost;
 *          TIMED_OUT at the deadline; TERMINATED by the signal; INVALID_MESSAGE for a malformed reply;
 *          else what the service that was asked says.
 */
export class ControlClient {
  readonly #wire: ControlWire;

  constructor(wire: ControlWire) {
    this.#wire = wire;
  }

  get connected(): boolean {
    return this.#wire.connected;
  }

  async request<Request extends z.ZodType, Reply extends z.ZodType, To extends Addressee>(
    contract: RequestContract<Request, Reply, To>,
    payload: z.input<Request>,
    options: RequestOptions<To>,
  ): Promise<z.output<Reply>> {
    const { deadlineMs, signal, instance, service } = options as Deadline & { instance?: string; service?: string };
    const subject = addressedSubject(contract, instance ?? service);
    const bytes = await this.#wire
      .request(subject, serializeMessage(payload), { timeoutMs: deadlineMs, signal })
      .catch((error: unknown) => {
        throw withAdvice(error, contract, instance ?? service);
      });
    const received = receive(contract, bytes);
    if ('error' in received) throw received.error;
    return received.reply;
  }

  /** Asks all instances. Failures of single instances are part of the result; only a lost connection or the signal rejects. */
  async gather<Request extends z.ZodType, Reply extends z.ZodType>(
    contract: RequestContract<Request, Reply, 'every'>,
    payload: z.input<Request>,
    options: GatherUntil<z.output<Reply>>,
  ): Promise<Gathered<z.output<Reply>>> {
    const missing = new Set(options.expect);
    const replies: { instance: string; reply: z.output<Reply> }[] = [];
    const failures: { instance: string; error: ControlError }[] = [];
    if (options.expect?.length === 0) return { replies, failures, missing: [] };
    const onReply = (bytes: Uint8Array): boolean => {
      const received = receive(contract, bytes);
      missing.delete(received.instance);
      if ('error' in received) failures.push(received);
      else replies.push(received);
      if ('reply' in received && options.isEnough?.(received.reply) === true) return true;
      return options.expect !== undefined && missing.size === 0;
    };
    try {
      const { deadlineMs: timeoutMs, signal } = options;
      await this.#wire.requestMany(contract.name, serializeMessage(payload), { timeoutMs, signal, onReply });
    } catch (error) {
      if (!(error instanceof NoResponderError)) throw error;
    }
    return { replies, failures, missing: [...missing] };
  }

  /** False: not connected, so nobody is told. What must arrive is repeated by its sender. @throws ControlError when it is too large. */
  emit<Payload extends z.ZodType>(contract: EventContract<Payload>, payload: z.input<Payload>): boolean {
    return this.#wire.publish(contract.name, serializeMessage(payload));
  }
}

type Received<Reply> = { readonly instance: string; readonly reply: Reply } | { readonly instance: string; readonly error: ControlError };

function receive<Reply extends z.ZodType>(contract: RequestContract<z.ZodType, Reply>, bytes: Uint8Array): Received<z.output<Reply>> {
  const what = `reply to '${contract.name}'`;
  let instance = UNKNOWN_INSTANCE;
  try {
    const message = parseReply(bytes, what);
    instance = message.instance;
    if (message.error !== undefined) return { instance, error: controlErrorOf(message.error) };
    return { instance, reply: validateMessage(contract.reply, message.value, `${what} of instance ${instance}`) };
  } catch (error) {
    if (error instanceof ControlError) return { instance, error };
    throw error;
  }
}

function withAdvice(error: unknown, contract: { readonly name: string; readonly to: Addressee }, addressee: string | undefined): unknown {
  if (!(error instanceof NoResponderError)) return error;
  return new ControlError('UNAVAILABLE', `${whoIsMissing(contract.to, addressee)} to answer '${contract.name}'`, { cause: error });
}

function whoIsMissing(to: Addressee, addressee: string | undefined): string {
  switch (to) {
    case 'control':
      return 'there is no leading control service (is services/api running, with the same NATS URL and prefix?)';
    case 'instance':
      return `instance ${String(addressee)} is gone`;
    case 'any':
      return `there is no instance of service ${String(addressee)} (is it running, with the same NATS URL and prefix?)`;
    case 'every':
      return 'there is no instance';
  }
}
