import { z } from 'zod';
import { defineEvent, defineRequest } from './message.ts';

/** Commands of users (contract 4), which control has run by an instance of the service `hooks`. */

const command = z.object({
  /** As its key in the configuration: `runOnAvailable`. */
  hook: z.string(),
  /** '' runs nothing. */
  command: z.string(),
  restart: z.boolean().default(false),
});

/** What runs while something lasts, and what is launched when it is over. */
export const hookOrder = z.object({
  /** The same for the same occasion, whoever leads. */
  hookId: z.string(),
  /** The path, or the instance of the connection: what it is over with. */
  owner: z.object({ path: z.string().optional(), instance: z.string().optional() }),
  during: command,
  after: command.optional(),
  environment: z.record(z.string(), z.string()),
  /** Prefixes of its lines in the log: `path cam`. */
  components: z.array(z.string()),
});
export type HookOrder = z.output<typeof hookOrder>;

/** Starting again what runs there is nothing. */
export const hookStart = defineRequest({
  name: 'hook.start',
  to: 'any',
  request: hookOrder,
  reply: z.object({ instance: z.string() }),
});

export const hookStop = defineRequest({
  name: 'hook.stop',
  to: 'instance',
  request: z.object({ hookId: z.string(), reason: z.string().default('') }),
  reply: z.object({}),
});

/** What runs, for a leader that is new. */
export const hooksList = defineRequest({
  name: 'hooks.list',
  to: 'every',
  request: z.object({}),
  reply: z.object({ instance: z.string(), orders: z.array(hookOrder) }),
});

/** A client has connected or is gone. Only sent while the configuration has commands for it. */
export const connectionOpened = defineEvent({
  name: 'connection.opened',
  payload: z.object({ instance: z.string(), type: z.string(), id: z.string(), components: z.array(z.string()) }),
});

export const connectionClosed = defineEvent({
  name: 'connection.closed',
  payload: z.object({ instance: z.string(), id: z.string() }),
});
