import type { PathCounters } from '@mediamesh/contracts';
import { rfc3339 } from '@mediamesh/http';
import type { z } from 'zod';
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
  /** Type of the source that the configuration names. */
  readonly staticSource: string | undefined;
  /** What went wrong last with that source. */
  readonly sourceError: string | null;
  /** Alerts of the stream that are raised. */
  readonly alerts: PathAlerts;
  readonly wallMs: (clockMs: number) => number;
}

/** A path as the API shows it: what the directory knows, and the sums of what gateways count. */
export function pathObject({ state, counters, staticSource, sourceError, alerts, wallMs }: PathFacts): PathObject {
  const { publisher } = state;
  const isAvailable = publisher?.readySinceMs !== undefined;
  const time = publisher?.readySinceMs === undefined ? null : rfc3339(wallMs(publisher.readySinceMs));
  const ingests = counters.filter(({ epoch }) => epoch === publisher?.epoch);
  const tracks = !isAvailable ? [] : (ingests.find((row) => row.tracks !== undefined)?.tracks ?? publisher.tracks);
  const inboundBytes = isAvailable ? sum(ingests, 'inboundBytes') : 0;
  const outboundBytes = isAvailable ? sum(counters, 'outboundBytes') : 0;
  return {
    name: state.name,
    confName: state.policy.confName,
    ready: isAvailable,
    readyTime: time,
    available: isAvailable,
    availableTime: time,
    online: isAvailable || staticSource !== undefined,
    onlineTime: time ?? (staticSource === undefined ? null : NEVER),
    source: sourceOf(state, staticSource),
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
    sourceError,
    health: isAvailable ? healthOf(ingests, alerts) : null,
  };
}

/** Of the instance that ingests; null when it did not answer. */
function healthOf(ingests: readonly PathCounters[], alerts: PathAlerts): PathObject['health'] {
  const tracks = ingests.find((row) => row.health !== undefined)?.health;
  return tracks === undefined ? null : { bitrateBps: bitrateOf(tracks), alerts, tracks };
}

function sourceOf({ publisher }: PathState, staticSource: string | undefined): PathObject['source'] {
  if (staticSource !== undefined) return { type: staticSource, id: '' };
  return publisher === undefined ? null : { type: publisher.sourceType, id: publisher.sessionId };
}

function sum(rows: readonly PathCounters[], field: 'inboundBytes' | 'outboundBytes' | 'inboundFramesInError'): number {
  return rows.reduce((total, row) => total + row[field], 0);
}
