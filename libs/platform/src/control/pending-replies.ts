import { ControlError } from '@mediamesh/contracts';
import { NoResponderError } from './wire.ts';
import type { WireGatherOptions } from './wire.ts';

interface PendingRequest {
  readonly subject: string;
  readonly onReply: (bytes: Uint8Array) => boolean;
  readonly settle: (error?: ControlError) => void;
}

/** Timers fire at once beyond this: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The requests of one wire that wait for replies, by token.
 * Each ends once: by its replies, its deadline, its signal, the absence of responders, or the loss of the connection.
 */
export class PendingReplies {
  readonly #requests = new Map<number, PendingRequest>();
  #lastToken = 0;

  get size(): number {
    return this.#requests.size;
  }

  /** `send` gets the token that the replies carry. */
  open(subject: string, options: WireGatherOptions, send: (token: number) => void): Promise<'answered' | 'timedOut'> {
    const { timeoutMs, signal, onReply } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(terminated(subject, signal));
        return;
      }
      const token = ++this.#lastToken;
      const end = (): void => {
        this.#requests.delete(token);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const settle = (error?: ControlError): void => {
        end();
        if (error === undefined) resolve('answered');
        else reject(error);
      };
      const onAbort = (): void => {
        settle(terminated(subject, signal));
      };
      const timer = setTimeout(
        () => {
          end();
          resolve('timedOut');
        },
        Math.min(timeoutMs, MAX_TIMER_MS),
      );
      signal?.addEventListener('abort', onAbort);
      this.#requests.set(token, { subject, onReply, settle });
      try {
        send(token);
      } catch (error) {
        settle(asControlError(error, subject));
      }
    });
  }

  /** Replies to a request that has ended are ignored. */
  reply(token: number, bytes: Uint8Array): void {
    const request = this.#requests.get(token);
    if (request === undefined) return;
    try {
      if (request.onReply(bytes)) request.settle();
    } catch (error) {
      request.settle(asControlError(error, request.subject));
    }
  }

  noResponder(token: number): void {
    const request = this.#requests.get(token);
    request?.settle(new NoResponderError(request.subject));
  }

  rejectAll(reason: string): void {
    for (const request of [...this.#requests.values()]) {
      request.settle(new ControlError('UNAVAILABLE', `${reason} while waiting for '${request.subject}'`));
    }
  }
}

function terminated(subject: string, signal: AbortSignal | undefined): ControlError {
  return new ControlError('TERMINATED', `the request '${subject}' was cancelled by its caller`, { cause: signal?.reason });
}

function asControlError(error: unknown, subject: string): ControlError {
  if (error instanceof ControlError) return error;
  return new ControlError('UNAVAILABLE', `'${subject}' could not be sent`, { cause: error });
}

/** One reply or TIMED_OUT, over `requestMany`'s terms. */
export async function firstReply(
  open: (onReply: (bytes: Uint8Array) => boolean) => Promise<'answered' | 'timedOut'>,
  subject: string,
  timeoutMs: number,
): Promise<Uint8Array> {
  let reply: Uint8Array | undefined;
  await open((bytes) => {
    reply = bytes;
    return true;
  });
  if (reply === undefined) throw new ControlError('TIMED_OUT', `no answer to '${subject}' within ${timeoutMs} ms`);
  return reply;
}
