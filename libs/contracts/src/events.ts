import { z } from 'zod';
import { defineEvent } from './message.ts';
import { counter, epoch, pathName, sessionKind, trackSummary } from './values.ts';

/** A control replica leads from now on: gateways answer with `gateway.snapshot`, and ignore replies of lower terms. */
export const controlHello = defineEvent({ name: 'control.hello', payload: z.object({ term: counter, revision: counter }) });

/** The configuration has changed: gateways fetch it with `config.get`. `restart` names the components whose keys changed. */
export const configChanged = defineEvent({
  name: 'config.changed',
  payload: z.object({ term: counter, revision: counter, restart: z.array(z.string()) }),
});

/** Every second from each gateway instance: silence for 3 s takes its sessions, sources and leases. */
export const gatewayAnnounce = defineEvent({
  name: 'gateway.announce',
  payload: z.object({
    instance: z.string(),
    service: z.string(),
    /** When it began, in milliseconds of its clock: another one under the same name holds nothing of what the one before held. */
    startedMs: counter.default(0),
    /** The highest term it has seen. */
    term: counter,
    configRevision: counter,
    /** Grows when the set of its sessions changes: control asks for a snapshot when it missed a change. */
    sessionsRevision: counter,
    publishers: counter,
    readers: counter,
    /** It is about to end: nothing new goes there. */
    draining: z.boolean(),
  }),
});

/** An epoch is on the bus. Gateways that read a lower one of this path move on, or close their readers. */
export const pathAvailable = defineEvent({
  name: 'path.available',
  payload: z.object({
    path: pathName,
    epoch,
    continues: epoch.optional(),
    sourceType: z.string(),
    sourceId: z.string(),
    sourceOnDemand: z.boolean().default(false),
    tracks: z.array(trackSummary),
  }),
});

/** The path has no stream any more: its readers are closed. */
export const pathUnavailable = defineEvent({ name: 'path.unavailable', payload: z.object({ path: pathName, epoch, reason: z.string() }) });

/** A publisher or a source has lost its path: whoever holds this session closes it. */
export const sessionSuperseded = defineEvent({
  name: 'session.superseded',
  payload: z.object({ path: pathName, sessionId: z.string(), reason: z.string() }),
});

export const sessionOpened = defineEvent({
  name: 'session.opened',
  payload: z.object({ instance: z.string(), kind: sessionKind, id: z.string(), path: z.string(), action: z.enum(['read', 'publish']) }),
});

export const sessionClosed = defineEvent({
  name: 'session.closed',
  payload: z.object({ instance: z.string(), kind: sessionKind, id: z.string(), path: z.string(), reason: z.string() }),
});

/** Readers of this path have lost pictures, or wait for the first: whoever publishes it here asks its client, if that can be asked. */
export const keyframeRequest = defineEvent({ name: 'keyframe.request', payload: z.object({ path: pathName }) });

/** A source that `source.start` gave to an instance has failed, or has stopped. Control decides when to start it again. */
export const sourceStopped = defineEvent({
  name: 'source.stopped',
  payload: z.object({ instance: z.string(), sourceId: z.string(), path: pathName, error: z.string() }),
});
