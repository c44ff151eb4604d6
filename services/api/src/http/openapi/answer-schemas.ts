import { EVENT_KINDS } from '@mediamesh/config';
import { REVISION_ORIGINS } from '@mediamesh/store';
import { z } from 'zod';

/** Objects that the Control API answers with, in MediaMTX's order. Source: contract 2.3. */

export const uint = z.int().min(0);
export const uuid = z.uuid();
/** RFC 3339. */
export const time = z.string().meta({ format: 'date-time' });

export const okSchema = z.strictObject({ status: z.literal('ok') }).meta({ id: 'OK', description: 'The request was carried out.' });

export const errorSchema = z
  .strictObject({ status: z.literal('error'), error: z.string().describe('What was wrong.') })
  .meta({ id: 'Error', description: 'Why the request was not carried out.' });

export const infoSchema = z
  .strictObject({ version: z.string(), started: time.describe('When the process was started.') })
  .meta({ id: 'Info', description: 'About the server.' });

const codec = z.string().describe('H264, H265, AV1, VP9, VP8, Opus, MPEG-4 Audio, G711 and so on; Generic for one that is not parsed.');

const trackSchema = z
  .strictObject({
    codec,
    codecProps: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('What is known of the codec: size, profile, level, sample rate, channels. null for a codec that is not parsed.'),
  })
  .meta({ id: 'PathTrack', description: 'A track of a stream.' });

const sourceSchema = z
  .strictObject({ type: z.string().describe('rtspSession, rtspSource, rtmpConn and so on.'), id: z.string() })
  .meta({ id: 'PathSource', description: 'What publishes to a path; a source that the configuration names has no id.' });

const readerSchema = z
  .strictObject({ type: z.string().describe('rtspSession, hlsSession, webRTCSession and so on.'), id: z.string() })
  .meta({ id: 'PathReader', description: 'Who reads a path.' });

const trackHealthSchema = z
  .strictObject({
    codec,
    kind: z.enum(['video', 'audio', 'data']),
    bitrateBps: uint.nullable().describe('Of the payload. Rates are those of the last 5 to 10 seconds, and 0 after 5 seconds of silence.'),
    frameRate: z.number().nullable().describe('Frames a second. null for other tracks than video.'),
    keyFrameIntervalMs: uint
      .nullable()
      .describe('Between the last two key frames, or since the last one when that is longer already. null for other tracks than video.'),
    bFrames: z.boolean().nullable().describe('Frames come in another order than they are shown in. null for other tracks than video.'),
    clockDriftPpm: z
      .int()
      .nullable()
      .describe(
        "How much faster than the server's the sender's clock runs, in parts per million, over two minutes; null in the first half minute.",
      ),
    silenceMs: uint.describe('Since the last frame.'),
  })
  .meta({ id: 'PathTrackHealth', description: 'How a track is doing. null is what is not known yet, or makes no sense for the track.' });

const healthSchema = z
  .strictObject({
    bitrateBps: uint.nullable().describe('Of all tracks.'),
    alerts: z.array(z.string()).describe('Limits of the path key healthAlerts that the stream passes.'),
    tracks: z.array(trackHealthSchema),
  })
  .meta({ id: 'PathHealth', description: 'How the stream of a path is doing, as the gateway that takes it counts it.' });

const feedSchema = z
  .strictObject({
    type: z.string().describe('rtspSource, hlsSource and so on.'),
    state: z.enum(['active', 'standby', 'starting', 'failed', 'stopped']),
    error: z.string().describe('Why it failed last; empty when it never did.'),
  })
  .meta({ id: 'PathSourceState', description: 'The source of a path, or one of its backups.' });

export const pathSchema = z
  .strictObject({
    name: z.string(),
    confName: z.string().describe('Entry of the configuration that the path follows.'),
    ready: z.boolean().meta({ deprecated: true, description: 'Use available.' }),
    readyTime: time.nullable().meta({ deprecated: true, description: 'Use availableTime.' }),
    available: z.boolean().describe('There is a stream that can be read.'),
    availableTime: time.nullable(),
    online: z.boolean().describe('A publisher or source is there.'),
    onlineTime: time.nullable(),
    source: sourceSchema.nullable(),
    sources: z.array(feedSchema).optional().describe('With sourceBackups: the source, then its backups.'),
    tracks: z.array(codec).meta({ deprecated: true, description: 'Use tracks2.' }),
    tracks2: z.array(trackSchema),
    readers: z.array(readerSchema),
    inboundBytes: uint,
    outboundBytes: uint,
    inboundFramesInError: uint,
    bytesReceived: uint.meta({ deprecated: true, description: 'Use inboundBytes.' }),
    bytesSent: uint.meta({ deprecated: true, description: 'Use outboundBytes.' }),
    sourceError: z
      .string()
      .nullable()
      .describe(
        'Beyond MediaMTX. What went wrong last with the source that the configuration names; null when nothing has, or there is a stream.',
      ),
    health: healthSchema.nullable().describe('Beyond MediaMTX. null without a stream.'),
  })
  .meta({ id: 'Path', description: 'A path that is in use.' });

export const hlsMuxerSchema = z
  .strictObject({
    path: z.string(),
    created: time,
    lastRequest: time,
    outboundBytes: uint,
    outboundFramesDiscarded: uint,
    bytesSent: uint.meta({ deprecated: true, description: 'Use outboundBytes.' }),
  })
  .meta({ id: 'HLSMuxer', description: 'What makes HLS of a path.' });

export const recordingSchema = z
  .strictObject({
    name: z.string().describe('Name of the path.'),
    segments: z.array(z.strictObject({ start: time }).meta({ id: 'RecordingSegment', description: 'A file of a recording.' })),
  })
  .meta({ id: 'Recording', description: 'Recorded segments of a path, the earliest first.' });

export const forwardSchema = z
  .strictObject({
    id: uuid.describe('Stays as long as the entry of the configuration does.'),
    pos: z.int().min(1).describe('Place in the list of the configuration.'),
    created: time,
    conf: z
      .strictObject({ dest: z.string(), destFingerprint: z.string(), whipBearerToken: z.string() })
      .meta({ id: 'PathConfForwardDest', description: 'The entry of the configuration.' }),
    protocol: z.enum(['rtmp', 'rtmps', 'rtsp', 'rtsps', 'srt', 'whip', 'whips']),
    state: z.enum(['idle', 'forwarding', 'error']),
    lastError: z.string(),
    outboundBytes: uint,
  })
  .meta({ id: 'ForwardDest', description: 'A server that a path is pushed to.' });

export const eventSchema = z
  .strictObject({
    id: z.string(),
    time,
    kind: z.enum(EVENT_KINDS),
    path: z.string(),
    data: z.record(z.string(), z.unknown()).describe('docs/8-events.md lists what each kind has.'),
  })
  .meta({ id: 'Event', description: 'Something that has happened.' });

const revision = {
  number: z.int().min(1),
  created: time,
  origin: z.enum(REVISION_ORIGINS).describe('What made it: a change of the file, of the API, or a rollback.'),
  user: z.string().describe('Of the API; empty for whoever needs no name.'),
  address: z.string().describe('Of the client of the API.'),
  detail: z.string().describe('The request, or the file.'),
};

export const revisionSchema = z.strictObject(revision).meta({ id: 'ConfigRevision', description: 'A revision of the configuration.' });

export const revisionStateSchema = z
  .strictObject({
    ...revision,
    config: z
      .record(z.string(), z.unknown())
      .describe('Keys that file, environment and API had set, as in the file; passwords are redacted.'),
  })
  .meta({ id: 'ConfigRevisionState', description: 'A revision, and the configuration as it was.' });

const value = z.unknown().describe('null: it was not set, or not there.');

export const comparisonSchema = z
  .strictObject({
    from: z.int().min(1),
    to: z.int().min(1),
    changes: z.array(
      z
        .strictObject({
          place: z.enum(['global', 'pathDefaults', 'paths']),
          path: z.string().describe('Entry under `paths`, else empty.'),
          key: z.string().describe('Empty when the whole entry came or went.'),
          before: value,
          after: value,
        })
        .meta({ id: 'ConfigDifference', description: 'A key that differs; passwords are redacted.' }),
    ),
  })
  .meta({ id: 'ConfigComparison', description: 'What differs between two revisions.' });

export const openApiSchema = z.looseObject({ openapi: z.string() }).meta({ id: 'OpenAPI', description: 'An OpenAPI document.' });

/** A page of a list. `id`: of the list's schema. */
export function listOf<Item extends z.ZodType>(item: Item, id: string): z.ZodType {
  return z
    .strictObject({
      itemCount: uint.describe('Of all pages.'),
      pageCount: uint,
      items: z.array(item),
    })
    .meta({ id, description: 'A page of a list.' });
}
