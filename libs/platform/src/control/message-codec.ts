import { CONTROL_ERROR_CODES, ControlError } from '@mediamesh/contracts';
import type { ControlErrorCode } from '@mediamesh/contracts';
import type { z } from 'zod';

/** JSON in UTF-8: a request or event is its payload; a reply says which instance gives it, and holds a value or an error. */
export interface ReplyMessage {
  readonly instance: string;
  readonly value?: unknown;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly askCredentials?: boolean | undefined;
    readonly pauseMs?: number | undefined;
  };
}

/** Longer than any that control asks for: nobody is made to wait for ever. */
const MAX_PAUSE_MS = 10_000;
/** Problems named in one INVALID_MESSAGE. */
const MAX_NAMED_PROBLEMS = 5;

export function serializeMessage(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** @throws ControlError INVALID_MESSAGE */
export function parseMessage(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as unknown;
  } catch (error) {
    throw new ControlError('INVALID_MESSAGE', `${what} is not JSON`, { cause: error });
  }
}

/** Checks against the contract, and drops fields that it does not know. @throws ControlError INVALID_MESSAGE */
export function validateMessage<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, MAX_NAMED_PROBLEMS)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`));
  throw new ControlError('INVALID_MESSAGE', `${what} is invalid: ${problems.join('; ')}`);
}

export function serializeReply(instance: string, value: unknown): Uint8Array {
  // JSON has no undefined: null says that a handler gave nothing.
  return serializeMessage({ instance, value: value ?? null } satisfies ReplyMessage);
}

export function serializeErrorReply(instance: string, error: ControlError): Uint8Array {
  const { code, message, askCredentials, pauseMs } = error;
  const reply: ReplyMessage = {
    instance,
    error: { code, message, askCredentials: askCredentials ? true : undefined, pauseMs: pauseMs > 0 ? pauseMs : undefined },
  };
  return serializeMessage(reply);
}

/** @throws ControlError INVALID_MESSAGE */
export function parseReply(bytes: Uint8Array, what: string): ReplyMessage {
  const reply = parseMessage(bytes, what);
  if (isRecord(reply) && typeof reply['instance'] === 'string' && ('value' in reply || isErrorBody(reply['error']))) {
    return reply as unknown as ReplyMessage;
  }
  throw new ControlError('INVALID_MESSAGE', `${what} is not a reply`);
}

/** A code of a later version becomes INTERNAL; the message stays. */
export function controlErrorOf(error: NonNullable<ReplyMessage['error']>): ControlError {
  const code = CONTROL_ERROR_CODES.find((known) => known === error.code) ?? ('INTERNAL' satisfies ControlErrorCode);
  const pauseMs = typeof error.pauseMs === 'number' ? Math.min(Math.max(error.pauseMs, 0), MAX_PAUSE_MS) : 0;
  return new ControlError(code, error.message, { askCredentials: error.askCredentials === true, pauseMs });
}

function isErrorBody(value: unknown): boolean {
  return isRecord(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
