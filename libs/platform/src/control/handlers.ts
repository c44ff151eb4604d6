import type { Addressee, EventContract, RequestContract } from '@mediamesh/contracts';
import { EventPattern, MessagePattern, RpcException } from '@nestjs/microservices';
import type { z } from 'zod';

/** What a decorator leaves for `ControlServer` in Nest's pattern extras. */
export type HandlerExtras =
  { readonly kind: 'request'; readonly contract: RequestContract } | { readonly kind: 'event'; readonly contract: EventContract };

type RequestHandler<Request extends z.ZodType, Reply extends z.ZodType> = (
  payload: z.output<Request>,
) => Promise<z.input<Reply>> | z.input<Reply>;
type EventHandler<Payload extends z.ZodType> = (payload: z.output<Payload>) => Promise<void> | void;
type HandlerDecorator<Handler> = <Actual extends Handler>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Actual>,
) => void;

/**
 * A controller's method that answers a request of the contract.
 * The payload is valid when it arrives. A ControlError travels to the caller; any other error becomes INTERNAL there.
 */
export function HandleRequest<Request extends z.ZodType, Reply extends z.ZodType, To extends Addressee>(
  contract: RequestContract<Request, Reply, To>,
): HandlerDecorator<RequestHandler<Request, Reply>> {
  return (target, key, descriptor) => {
    keepErrors(descriptor);
    const extras: HandlerExtras = { kind: 'request', contract };
    MessagePattern(contract.name, extras)(target, key, descriptor);
  };
}

/** A controller's method that is told of an event. An error is logged, nobody waits for it. */
export function HandleEvent<Payload extends z.ZodType>(contract: EventContract<Payload>): HandlerDecorator<EventHandler<Payload>> {
  return (target, key, descriptor) => {
    keepErrors(descriptor);
    const extras: HandlerExtras = { kind: 'event', contract };
    // Nest's type wants handlers of any payload; ours are called with valid ones only.
    (EventPattern(contract.name, extras) as MethodDecorator)(target, key, descriptor);
  };
}

/** Nest's filter hides and logs every error but RpcException: in one, ours reaches `ControlServer` as it is. */
function keepErrors<Handler extends (payload: never) => unknown>(descriptor: TypedPropertyDescriptor<Handler>): void {
  const handler = descriptor.value;
  if (handler === undefined) return;
  descriptor.value = async function (this: unknown, payload: never) {
    try {
      return await handler.call(this, payload);
    } catch (error) {
      throw new RpcException(error instanceof Error ? error : new Error(String(error)));
    }
  } as unknown as Handler;
}
