import { z } from 'zod';
import { defineRequest } from './message.ts';
import { counter, epoch, pathName, pathSettings } from './values.ts';

/** Streams that are pushed to other servers: control gives each to one instance of its protocol, which keeps at it until it is told to stop. */

export const forwardOrder = z.object({
  forwardId: z.string(),
  path: pathName,
  epoch,
  settings: pathSettings,
  /** Of the configuration's list, from 1. */
  position: counter,
  /** As configured; and with its variables replaced. */
  dest: z.string(),
  url: z.string(),
  fingerprint: z.string(),
  bearerToken: z.string(),
});
export type ForwardOrder = z.output<typeof forwardOrder>;

/** Starting again what runs there is nothing. */
export const forwardStart = defineRequest({
  name: 'forward.start',
  to: 'any',
  request: forwardOrder,
  reply: z.object({ instance: z.string() }),
});

export const forwardStop = defineRequest({
  name: 'forward.stop',
  to: 'instance',
  request: z.object({ forwardId: z.string() }),
  reply: z.object({}),
});

export const forwardStatus = z.object({
  forwardId: z.string(),
  path: pathName,
  dest: z.string(),
  state: z.enum(['idle', 'forwarding', 'error']),
  lastError: z.string(),
  outboundBytes: counter,
});
export type ForwardStatus = z.output<typeof forwardStatus>;

/** What runs there, for the Control API, and for a leader that is new. */
export const forwardsList = defineRequest({
  name: 'forwards.list',
  to: 'every',
  request: z.object({}),
  reply: z.object({ instance: z.string(), forwards: z.array(forwardStatus) }),
});
