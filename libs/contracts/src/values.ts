import { z } from 'zod';

/** Contract values that several messages share. Ids are UUIDs; times are ISO 8601 with zone; counters are safe integers. */

export const SESSION_KINDS = [
  'rtspConn',
  'rtspsConn',
  'rtspSession',
  'rtspsSession',
  'rtmpConn',
  'rtmpsConn',
  'hlsSession',
  'hlsMuxer',
  'webRTCSession',
  'srtConn',
] as const;
export const sessionKind = z.enum(SESSION_KINDS);
export type SessionKind = z.infer<typeof sessionKind>;

export const counter = z.number().int().nonnegative();
export const epoch = z.number().int().nonnegative();
export const pathName = z.string().min(1).max(1024);

export const credentials = z.object({ user: z.string(), pass: z.string(), token: z.string() });
export type Credentials = z.infer<typeof credentials>;

/** Who wants to do what, from where: the input of every authentication decision (contract 5.1). */
export const accessRequest = z.object({
  action: z.enum(['publish', 'read', 'playback', 'api', 'metrics', 'pprof']),
  path: z.string().max(1024),
  query: z.string().max(8192),
  protocol: z.enum(['rtsp', 'rtmp', 'hls', 'webrtc', 'srt', 'moq', '']),
  id: z.string().nullable(),
  ip: z.string(),
  userAgent: z.string().max(1024),
  credentials,
  /** The protocol can ask the client for credentials. */
  canAsk: z.boolean(),
  /** The gateway holds a Digest response and verifies it against `digestUsers` of the reply. */
  digest: z.boolean().default(false),
  /** The gateway has had this client authorized, by Digest or at an earlier request: `credentials.user` is who it is. */
  authorized: z.boolean().default(false),
});
export type AccessRequest = z.infer<typeof accessRequest>;

/** What a gateway needs of a path's configuration. */
export const pathSettings = z.object({
  confName: z.string(),
  gopCache: z.enum(['off', 'burst', 'catchUp']),
  useAbsoluteTimestamp: z.boolean(),
  rtspDemuxMpegts: z.boolean(),
  /** The stream is there only while somebody reads. */
  sourceOnDemand: z.boolean().default(false),
  /** How long readers of a publisher that left wait for another. */
  publisherGraceMs: counter.default(0),
  /** Changes when the path's configuration does: `publish` with another one is refused with CONFIGURATION_CHANGED. */
  fingerprint: z.string(),
});
export type PathSettings = z.infer<typeof pathSettings>;

export const grant = z.object({
  user: z.string(),
  settings: pathSettings,
  /** For Digest: who may do it, in plain text; the gateway picks the one that the response proves. */
  digestUsers: z.array(z.object({ user: z.string(), pass: z.string() })).optional(),
});
export type Grant = z.infer<typeof grant>;

export const trackSummary = z.object({
  codec: z.string(),
  codecProps: z.record(z.string(), z.unknown()).nullable(),
  /** Of AAC. */
  audioObjectType: counter.optional(),
});
export type TrackSummary = z.infer<typeof trackSummary>;

/** How a track of a stream is doing, as its gateway counts it. Null is what is not known yet, or makes no sense for the track. */
export const trackHealth = z.object({
  codec: z.string(),
  kind: z.enum(['video', 'audio', 'data']),
  bitrateBps: z.number().nullable(),
  frameRate: z.number().nullable(),
  keyFrameIntervalMs: z.number().nullable(),
  bFrames: z.boolean().nullable(),
  clockDriftPpm: z.number().nullable(),
  silenceMs: z.number(),
});
export type TrackHealth = z.infer<typeof trackHealth>;
