import { SLATE_SOURCE } from '@mediamesh/contracts';
import type { PathCounters, TrackSummary } from '@mediamesh/contracts';
import { rfc3339 } from '@mediamesh/http';
import type { z } from 'zod';
import { sourceIdOf, standbyOf } from '../control/paths/feed-state.ts';
import { isAlwaysAvailable } from '../control/paths/path-state.ts';
import { bitrateOf } from '../control/health/health-rules.ts';
import type { PathState } from '../control/paths/path-state.ts';
import type { pathSchema } from './openapi/answer-schemas.ts';

/** It reads for its sessions, which are listed. */
const HIDDEN_READER = 'hlsMuxer';

export type PathObject = Readonly<z.output<typeof pathSchema>>;

/** MediaMTX calls a static source online before it has given anything, since then. */
const NEVER = '0001-01-01T00:00:00Z';

type PathAlerts = NonNullable<PathObject['health']>['alerts'];

export interface PathFacts {
  readonly state: PathState;
  /** Of every instance that has the path. */
  readonly counters: readonly PathCounters[];
  /** Types of the sources that the configuration names, the best first. */
  readonly staticSources: readonly string[];
  /** Alerts of the stream that are raised. */
  readonly alerts: PathAlerts;
  readonly wallMs: (clockMs: number) => number;
}

/** A path as the API shows it: what the directory knows, and the sums of what gateways count. */
export function pathObject({ state, counters, staticSources, alerts, wallMs }: PathFacts): PathObject {
  const [staticSource] = staticSources;
  const { publisher } = state;
  const isAvailable = state.availableSinceMs !== undefined;
  const timeOf = (sinceMs: number | undefined): string | null => (sinceMs === undefined ? null : rfc3339(wallMs(sinceMs)));
  const time = timeOf(state.availableSinceMs);
  const onlineTime = timeOf(publisher?.onlineSinceMs);
  /** Of a source that is named, MediaMTX says that it is online before it has given anything; not beside a slate. */
  const isNamed = staticSource !== undefined && !isAlwaysAvailable(state.policy);
  const ingests = counters.filter(({ epoch }) => epoch === publisher?.epoch);
  const tracks = !isAvailable ? [] : (ingests.find((row) => row.tracks !== undefined)?.tracks ?? tracksOf(state));
  const inboundBytes = isAvailable ? sum(ingests, 'inboundBytes') : 0;
  const outboundBytes = isAvailable ? sum(counters, 'outboundBytes') : 0;
  return {
    name: state.name,
    confName: state.policy.confName,
    ready: isAvailable,
    readyTime: time,
    available: isAvailable,
    availableTime: time,
    online: onlineTime !== null || isNamed,
    onlineTime: onlineTime ?? (isNamed ? NEVER : null),
    source: sourceOf(state, staticSource),
    ...(staticSources.length > 1 ? { sources: staticSources.map((type, feed) => feedObject(state, type, feed)) } : {}),
    tracks: tracks.map(({ codec }) => codec),
    tracks2: tracks.map(({ codec, codecProps }) => ({ codec, codecProps })),
    readers: [...state.readers.values()]
      .filter(({ type }) => type !== HIDDEN_READER)
      .map(({ type, sessionId }) => ({ type, id: sessionId })),
    inboundBytes,
    outboundBytes,
    inboundFramesInError: isAvailable ? sum(ingests, 'inboundFramesInError') : 0,
    bytesReceived: inboundBytes,
    bytesSent: outboundBytes,
    sourceError: isAvailable ? null : sourceErrorOf(state),
    health: isAvailable ? healthOf(ingests, alerts) : null,
  };
}

/** While readers wait for the next publisher, those that they have. */
function tracksOf({ publisher, lastTracks = [] }: PathState): readonly TrackSummary[] {
  return publisher?.readySinceMs === undefined ? lastTracks : publisher.tracks;
}

/** Of the instance that ingests; null when it did not answer. */
function healthOf(ingests: readonly PathCounters[], alerts: PathAlerts): PathObject['health'] {
  const tracks = ingests.find((row) => row.health !== undefined)?.health;
  return tracks === undefined ? null : { bitrateBps: bitrateOf(tracks), alerts, tracks };
}

/** Of a source that should run, or was waited for in vain. */
function sourceErrorOf({ feeds, onDemand }: PathState): string | null {
  const wasAwaited = onDemand.phase === 'off' && onDemand.why === 'timed out';
  return feeds.find(({ phase, lastError }) => lastError !== undefined && (phase !== 'idle' || wasAwaited))?.lastError ?? null;
}

function feedObject(state: PathState, type: string, index: number): NonNullable<PathObject['sources']>[number] {
  const feed = state.feeds[index]!;
  const isActive = state.publisher?.readySinceMs !== undefined && sourceIdOf(feed) === state.publisher.sessionId;
  const phases = { idle: 'stopped', retrying: 'failed', starting: 'starting', running: 'starting' } as const;
  const shown = isActive ? 'active' : standbyOf(feed) === undefined ? phases[feed.phase] : 'standby';
  return { type, state: shown, error: feed.lastError ?? '' };
}

function sourceOf({ publisher }: PathState, staticSource: string | undefined): PathObject['source'] {
  if (staticSource !== undefined) return { type: staticSource, id: '' };
  return publisher === undefined || publisher.sourceType === SLATE_SOURCE ? null : { type: publisher.sourceType, id: publisher.sessionId };
}

function sum(rows: readonly PathCounters[], field: 'inboundBytes' | 'outboundBytes' | 'inboundFramesInError'): number {
  return rows.reduce((total, row) => total + row[field], 0);
}
