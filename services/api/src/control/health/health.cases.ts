import { defaultPathConfig } from '@mediamesh/config';
import type { HealthAlerts } from '@mediamesh/config';
import type { TrackHealth } from '@mediamesh/contracts';

export function limits(some: Partial<HealthAlerts>): HealthAlerts {
  return { ...defaultPathConfig().healthAlerts, ...some };
}

export function video(some: Partial<TrackHealth> = {}): TrackHealth {
  const healthy = { bitrateBps: 4_000_000, frameRate: 25, keyFrameIntervalMs: 2_000, bFrames: false, clockDriftPpm: 5, silenceMs: 40 };
  return { codec: 'H264', kind: 'video', ...healthy, ...some };
}

export function audio(some: Partial<TrackHealth> = {}): TrackHealth {
  const healthy = { bitrateBps: 64_000, frameRate: null, keyFrameIntervalMs: null, bFrames: null, clockDriftPpm: -5, silenceMs: 20 };
  return { codec: 'Opus', kind: 'audio', ...healthy, ...some };
}

export const DATA: TrackHealth = {
  codec: 'KLV',
  kind: 'data',
  bitrateBps: 100,
  frameRate: null,
  keyFrameIntervalMs: null,
  bFrames: null,
  clockDriftPpm: null,
  silenceMs: 90_000,
};
