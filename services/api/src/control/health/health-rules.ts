import type { HealthAlerts } from '@mediamesh/config';
import type { TrackHealth } from '@mediamesh/contracts';

/** An alert has the name of its limit in `healthAlerts`. */
export type AlertName = keyof HealthAlerts;

/** What is measured, or what is allowed; in the units of the Control API. */
export type Measure = number | boolean;

/** A limit that is passed. */
export interface Passed {
  readonly value: Measure;
  readonly limit: Measure;
  /** For people. */
  readonly message: string;
}

interface Rule {
  readonly isMinimum: boolean;
  /** Of the worst track; null is what is not known, or of no track. */
  readonly read: (tracks: readonly TrackHealth[]) => Measure | null;
  readonly tell: (value: Measure, limit: Measure) => string;
}

const RULES: Readonly<Record<AlertName, Rule>> = {
  minBitrate: {
    isMinimum: true,
    read: bitrateOf,
    tell: (value, limit) => `its bitrate is ${value} bit/s, the minimum is ${limit}`,
  },
  minFrameRate: {
    isMinimum: true,
    read: (tracks) => worst(known(tracks, 'frameRate'), Math.min),
    tell: (value, limit) => `its frame rate is ${value}, the minimum is ${limit}`,
  },
  maxKeyFrameInterval: {
    isMinimum: false,
    read: (tracks) => worst(known(tracks, 'keyFrameIntervalMs'), Math.max),
    tell: (value, limit) => `its key frames are ${seconds(value)} apart, the limit is ${seconds(limit)}`,
  },
  maxClockDrift: {
    isMinimum: false,
    read: (tracks) => worst(known(tracks, 'clockDriftPpm').map(Math.abs), Math.max),
    tell: (value, limit) => `its sender's clock is off by ${value} ppm, the limit is ${limit}`,
  },
  maxSilence: {
    isMinimum: false,
    // Data comes when there is some.
    read: (tracks) =>
      worst(
        tracks.filter(({ kind }) => kind !== 'data').map(({ silenceMs }) => silenceMs),
        Math.max,
      ),
    tell: (value, limit) => `nothing has come for ${seconds(value)}, the limit is ${seconds(limit)}`,
  },
  noBFrames: {
    isMinimum: false,
    read: (tracks) => (tracks.every(({ bFrames }) => bFrames === null) ? null : tracks.some(({ bFrames }) => bFrames === true)),
    tell: () => 'it has B-frames',
  },
};

export const ALERT_NAMES = Object.keys(RULES) as readonly AlertName[];

/** Zero and false are no limit. */
export function hasLimit(limits: HealthAlerts, name: AlertName): boolean {
  return Boolean(limits[name]);
}

export function hasLimits(limits: HealthAlerts): boolean {
  return ALERT_NAMES.some((name) => hasLimit(limits, name));
}

/** The limit that a stream passes; undefined when it keeps to it, when there is none, and when it is not known. Pure. */
export function passedLimit(limits: HealthAlerts, name: AlertName, tracks: readonly TrackHealth[]): Passed | undefined {
  if (!hasLimit(limits, name)) return undefined;
  const { isMinimum, read, tell } = RULES[name];
  const limit = name === 'noBFrames' ? false : limits[name];
  const value = read(tracks);
  if (value === null || (isMinimum ? value >= limit : value <= limit)) return undefined;
  return { value, limit, message: tell(value, limit) };
}

/** Of all tracks; null as long as that of none is known. */
export function bitrateOf(tracks: readonly TrackHealth[]): number | null {
  const bitrates = known(tracks, 'bitrateBps');
  return bitrates.length === 0 ? null : bitrates.reduce((total, bitrate) => total + bitrate, 0);
}

function known(tracks: readonly TrackHealth[], field: 'bitrateBps' | 'frameRate' | 'keyFrameIntervalMs' | 'clockDriftPpm'): number[] {
  return tracks.map((track) => track[field]).filter((value) => value !== null);
}

function worst(values: readonly number[], choose: (...values: number[]) => number): number | null {
  return values.length === 0 ? null : choose(...values);
}

function seconds(ms: Measure): string {
  return `${Number((Number(ms) / 1000).toFixed(1))} s`;
}
