export type { StreamDescription, Track, TrackKind } from './track.ts';
export type { Unit } from './unit.ts';
export type { BusUnit, EpochState, SegmentStart } from './epoch.ts';
export { epochNumber } from './epoch.ts';
export { leadingTrack, startsAtKeyUnits } from './leading-track.ts';
export { describeTracks, spliceLabel, trackLabel, tracksMatch } from './track-label.ts';
export { microsFromTicks, ticksFromMicros } from './ticks.ts';
export { RtpTimeline } from './rtp-timeline.ts';
export { Hub } from './hub/hub.ts';
export type { HubFigures, HubOptions, HubSink } from './hub/hub.ts';
export type { AttachOptions, CatchUp, GopCacheMode, HubLimits, HubReader } from './hub/hub-reader.ts';
export { ReaderGate } from './hub/reader-gate.ts';
export { MAX_GOP_CACHE_BYTES } from './hub/gop-cache.ts';
export { retimeToLiveEdge } from './hub/retime.ts';
export { Ingest } from './ingest/ingest.ts';
export type { IngestOptions, IngestSink, IngestUnit } from './ingest/ingest.ts';
export type { TrackHealth } from './ingest/track-meter.ts';
export { TimedIngest } from './ingest/timed-ingest.ts';
export type { TimedUnit } from './ingest/timed-ingest.ts';
export type { SegmentDurations } from './ingest/segmenter.ts';
export { continueTimeline, endOfUnits, SPLICE_GAP_US, startTimeline, wallClockOf } from './ingest/timeline.ts';
export type { TimelineTail, WallClockAnchor } from './ingest/timeline.ts';
export { MAX_NTP_LAG_US, NtpEstimator } from './ingest/ntp-estimator.ts';
export { MAX_PART_TARGET_MS, partTargetFor } from './ingest/part-target.ts';
export { pathFromToken, pathToken } from './path-token.ts';
export { ENVELOPE_VERSION, EnvelopeKind, envelopeKind, EnvelopeVersionError, MAX_ENVELOPE_BYTES } from './envelope/header.ts';
export {
  MAX_PAYLOAD_ENTRIES,
  MAX_TRACK_ID,
  MAX_UNIT_BYTES,
  parseUnitEnvelope,
  serializeUnitEnvelope,
  sizeOfUnitEnvelope,
  unitNumberOf,
  writeUnitEnvelopeInto,
} from './envelope/unit-envelope.ts';
export { ChunkAssembler, segmentStartIn, serializeUnitMessages } from './envelope/chunks.ts';
export { parseStateEnvelope, serializeStateEnvelope } from './envelope/state-envelope.ts';
export { MAX_END_REASON_BYTES, parseEndEnvelope, serializeEndEnvelope } from './envelope/end-envelope.ts';
export type { EndOfStream } from './envelope/end-envelope.ts';
