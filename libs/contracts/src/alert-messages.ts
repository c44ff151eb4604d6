import { z } from 'zod';
import { defineEvent, defineRequest } from './message.ts';
import { pathName } from './values.ts';

/** Gateways remember for so many paths at most which alerts are raised: the reply stays below a message's limit of 1 MiB. */
export const MAX_NOTED_ALERTS = 3_000;

const pathAlerts = z.object({ path: pathName, alerts: z.array(z.string()) });

/** The alerts of a path that are raised from now on: gateways remember them for the next leader. */
export const alertsNoted = defineEvent({ name: 'alerts.noted', payload: pathAlerts });

/** What each gateway remembers: a new leader asks, so that an alert is raised once, and cleared once. */
export const alertsList = defineRequest({
  name: 'alerts.list',
  to: 'every',
  request: z.object({}),
  reply: z.object({ instance: z.string(), paths: z.array(pathAlerts) }),
});
