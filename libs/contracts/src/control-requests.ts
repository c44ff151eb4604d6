import { z } from 'zod';
import { defineRequest } from './message.ts';
import { accessRequest, counter, epoch, grant, pathName, pathSettings, sessionKind, trackSummary } from './values.ts';

/** Requests of gateways to the control service. */

export const configGet = defineRequest({
  name: 'config.get',
  to: 'control',
  request: z.object({ instance: z.string() }),
  /** `config`: global keys in the API's text forms; a gateway overlays its own environment. */
  reply: z.object({ term: counter, revision: counter, config: z.record(z.string(), z.unknown()) }),
});

export const sessionAuthorize = defineRequest({
  name: 'session.authorize',
  to: 'control',
  request: z.object({ instance: z.string(), access: accessRequest }),
  reply: grant,
});

/** Answers when the stream is there: waits for on-demand sources. Authorizes with action `read`. */
export const pathDescribe = defineRequest({
  name: 'path.describe',
  to: 'control',
  request: z.object({ instance: z.string(), access: accessRequest }),
  reply: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('stream'), epoch, user: z.string(), settings: pathSettings }),
    z.object({ kind: z.literal('redirect'), location: z.string() }),
  ]),
});

/** Reserves the path for a publisher that is authorized, and gives the epoch. The stream is announced by `path.ready`. */
export const pathPublish = defineRequest({
  name: 'path.publish',
  to: 'control',
  request: z.object({
    instance: z.string(),
    path: pathName,
    sessionId: z.string(),
    sourceType: z.string(),
    query: z.string(),
    user: z.string(),
    /** Of the grant; absent for sources that control itself started. */
    fingerprint: z.string().optional(),
    /** `spliceLabel` of each track, in order: whether readers can be spliced over. */
    trackLabels: z.array(z.string()),
    tracks: z.array(trackSummary).default([]),
  }),
  /** `continues`: the epoch whose readers are to be spliced over. `standby`: another source has the path, `source.call` comes later. */
  reply: z.object({ epoch, continues: epoch.optional(), standby: z.boolean().default(false), settings: pathSettings }),
});

/** The description is on the bus: waiting readers are released. */
export const pathReady = defineRequest({
  name: 'path.ready',
  to: 'control',
  request: z.object({ instance: z.string(), path: pathName, epoch, sessionId: z.string(), tracks: z.array(trackSummary) }),
  reply: z.object({}),
});

/** Registers a reader; waits for on-demand sources. `requestId` makes it safe to send again. */
export const pathRead = defineRequest({
  name: 'path.read',
  to: 'control',
  request: z.object({
    instance: z.string(),
    requestId: z.string(),
    access: accessRequest,
    reader: z.object({ type: sessionKind, id: z.string() }),
  }),
  reply: z.object({ epoch, user: z.string(), settings: pathSettings }),
});

/** Paths whose stream is there, in the order of their names; a page begins after the name `after`. */
export const pathsLive = defineRequest({
  name: 'paths.live',
  to: 'control',
  request: z.object({ instance: z.string(), after: z.string().default('') }),
  reply: z.object({ more: z.boolean(), paths: z.array(z.object({ path: pathName, epoch, sourceOnDemand: z.boolean() })) }),
});
export type LivePath = z.output<typeof pathsLive.reply>['paths'][number];

/** A publisher or a reader is gone. Idempotent. */
export const pathLeave = defineRequest({
  name: 'path.leave',
  to: 'control',
  request: z.object({ instance: z.string(), path: pathName, sessionId: z.string(), reason: z.string() }),
  reply: z.object({}),
});

export const publisherHeld = z.object({
  path: pathName,
  epoch,
  sessionId: z.string(),
  sourceType: z.string(),
  query: z.string(),
  fingerprint: z.string().optional(),
  ready: z.boolean(),
  /** It waits to be called. */
  standby: z.boolean().default(false),
  /** As in `path.publish`. */
  trackLabels: z.array(z.string()).default([]),
  tracks: z.array(trackSummary),
});
export const readerHeld = z.object({ path: pathName, epoch, sessionId: z.string(), type: sessionKind });

/** A gateway's whole truth about its sessions, in pages: its answer to `control.hello`. */
export const gatewaySnapshot = defineRequest({
  name: 'gateway.snapshot',
  to: 'control',
  request: z.object({
    instance: z.string(),
    service: z.string(),
    page: counter,
    last: z.boolean(),
    publishers: z.array(publisherHeld),
    readers: z.array(readerHeld),
  }),
  /** Sessions that control does not accept (a higher epoch holds the path): the gateway closes them. */
  reply: z.object({ term: counter, refused: z.array(z.string()) }),
});
