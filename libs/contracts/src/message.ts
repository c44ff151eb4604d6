import type { z } from 'zod';

/**
 * Who answers a request: `control` the leading control replica; `instance` the gateway instance that the caller names;
 * `every` all instances (the caller gathers); `any` one instance of the service that the caller names (a queue group).
 */
export type Addressee = 'control' | 'instance' | 'every' | 'any';

/**
 * A request from one service to another: its name on the wire, and what may be in it.
 * Unknown fields are ignored on receipt, so that adding one is compatible.
 */
export interface RequestContract<
  Request extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
  To extends Addressee = Addressee,
> {
  readonly name: string;
  readonly to: To;
  readonly request: Request;
  readonly reply: Reply;
}

/** An event for everyone who listens; no reply. */
export interface EventContract<Payload extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly payload: Payload;
}

export function defineRequest<Request extends z.ZodType, Reply extends z.ZodType, To extends Addressee>(
  contract: RequestContract<Request, Reply, To>,
): RequestContract<Request, Reply, To> {
  return contract;
}

export function defineEvent<Payload extends z.ZodType>(contract: EventContract<Payload>): EventContract<Payload> {
  return contract;
}
