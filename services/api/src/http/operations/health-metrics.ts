import type { PathObject } from '../path-object.ts';
import { sampleLine } from './exposition.ts';
import type { Label } from './exposition.ts';
import { metricSuffix } from './session-metrics.ts';

const TRACK_FIELDS = ['bitrateBps', 'frameRate', 'keyFrameIntervalMs', 'bFrames', 'clockDriftPpm', 'silenceMs'] as const;

/** Metrics of a stream that MediaMTX does not have, under names that it will not have. What is not known has no line. */
export function healthLines({ name, health }: PathObject): string {
  if (health === null) return '';
  const labels: readonly Label[] = [['name', name]];
  return [
    sampleLine('mediamesh_streams', labels, 1),
    optionalLine('mediamesh_streams_bitrate_bps', labels, health.bitrateBps),
    ...health.alerts.map((alert) => sampleLine('mediamesh_streams_alerts', [['alert', alert], ...labels], 1)),
    ...health.tracks.map((track, index) => trackLines(track, [['codec', track.codec], ...labels, ['track', String(index + 1)]])),
  ].join('');
}

type TrackHealth = NonNullable<PathObject['health']>['tracks'][number];

function trackLines(track: TrackHealth, labels: readonly Label[]): string {
  return TRACK_FIELDS.map((field) => optionalLine(`mediamesh_tracks_${metricSuffix(field)}`, labels, track[field])).join('');
}

function optionalLine(name: string, labels: readonly Label[], value: number | boolean | null): string {
  return value === null ? '' : sampleLine(name, labels, Number(value));
}
