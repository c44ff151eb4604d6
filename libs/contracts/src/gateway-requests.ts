import { z } from 'zod';
import { defineRequest } from './message.ts';
import { counter, epoch, pathName, sessionKind, trackHealth, trackSummary } from './values.ts';

/** Requests of the control service to gateways. */

/** `sourceType` of what an always-available path shows while nobody publishes; every gateway can run it. */
export const SLATE_SOURCE = 'slate';

/** A source to run: one instance of the protocol's queue group takes it and holds it until `source.stop`, or until it is gone. */
export const sourceStart = defineRequest({
  name: 'source.start',
  to: 'any',
  request: z.object({
    /** Makes it safe to send again. */
    sourceId: z.string(),
    path: pathName,
    sourceType: z.string(),
    /** Placeholders are resolved. */
    url: z.string(),
    onDemand: z.boolean(),
    /** Path keys that the protocol's source reads, in the API's text forms. */
    options: z.record(z.string(), z.unknown()),
    /** Its place among the sources of the path: an instance runs one for each. */
    feed: counter.default(0),
    /** One that gives nothing for this long has failed; 0: its protocol alone decides. */
    silenceTimeoutMs: counter.default(0),
  }),
  reply: z.object({ instance: z.string() }),
});

/** A source that stands by is to publish, from its next key frame on. Safe to send again. */
export const sourceCall = defineRequest({
  name: 'source.call',
  to: 'instance',
  request: z.object({ sourceId: z.string() }),
  reply: z.object({}),
});

/** Another `silenceTimeoutMs` for a source that runs. Safe to send again. */
export const sourceWatch = defineRequest({
  name: 'source.watch',
  to: 'instance',
  request: z.object({ sourceId: z.string(), silenceTimeoutMs: counter }),
  reply: z.object({}),
});

export const sourceStop = defineRequest({
  name: 'source.stop',
  to: 'instance',
  request: z.object({ sourceId: z.string(), reason: z.string() }),
  reply: z.object({}),
});

export const sessionKick = defineRequest({
  name: 'session.kick',
  to: 'every',
  request: z.object({ kind: sessionKind, id: z.string() }),
  reply: z.object({ instance: z.string(), found: z.boolean() }),
});

const apiRow = z.object({ id: z.string(), created: z.string() }).loose();

/** Counters of a path at one instance. Contract 2.3, Path. */
export const pathCounters = z.object({
  name: pathName,
  epoch,
  inboundBytes: counter,
  outboundBytes: counter,
  inboundFramesInError: counter,
  /** Of the instance that ingests: the current tracks. */
  tracks: z.array(trackSummary).optional(),
  /** Of the instance that ingests, a row a track. */
  health: z.array(trackHealth).optional(),
});
export type PathCounters = z.infer<typeof pathCounters>;

/** Everything that the Control API and the metrics show of an instance's sessions; counters are pulled, so they are exact. */
export const sessionsList = defineRequest({
  name: 'sessions.list',
  to: 'every',
  request: z.object({ kinds: z.array(sessionKind), paths: z.boolean(), page: counter }),
  reply: z.object({
    instance: z.string(),
    /** Another page follows. */
    more: z.boolean(),
    sessions: z.array(z.object({ kind: sessionKind, row: apiRow })),
    paths: z.array(pathCounters),
  }),
});

/** Most paths of a `health.list`: with the longest names and 32 tracks each the reply stays below a message's limit of 1 MiB. */
export const MAX_HEALTH_PATHS = 100;

/** The health of streams that this instance ingests; those that it does not have are left out. */
export const healthList = defineRequest({
  name: 'health.list',
  to: 'instance',
  request: z.object({ paths: z.array(pathName).max(MAX_HEALTH_PATHS) }),
  reply: z.object({ streams: z.array(z.object({ path: pathName, epoch, tracks: z.array(trackHealth) })) }),
});
