import type { z } from 'zod';

/**
 * A request from one service to another: its name on the wire, and what may be in it.
 * Unknown fields are ignored on receipt, so that adding one is compatible.
 *
 * `to`: `control` is answered by the leading control replica; `instance` by the gateway instance that the caller names;
 * `every` by all instances (the caller gathers); `any` by one instance of a queue group.
 */
export interface RequestContract<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly to: 'control' | 'instance' | 'every' | 'any';
  readonly request: Request;
  readonly reply: Reply;
}

/** An event for everyone who listens; no reply. */
export interface EventContract<Payload extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly payload: Payload;
}

export function defineRequest<Request extends z.ZodType, Reply extends z.ZodType>(
  contract: RequestContract<Request, Reply>,
): RequestContract<Request, Reply> {
  return contract;
}

export function defineEvent<Payload extends z.ZodType>(contract: EventContract<Payload>): EventContract<Payload> {
  return contract;
}
