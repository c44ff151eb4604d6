import { expect, test } from 'vitest';
import type { PathObject } from '../path-object.ts';
import { healthLines } from './health-metrics.ts';

const VIDEO = { codec: 'H264', kind: 'video', bitrateBps: 4_000, frameRate: 24.98, keyFrameIntervalMs: 2_000, bFrames: true } as const;
const AUDIO = { codec: 'Opus', kind: 'audio', bitrateBps: 100, frameRate: null, keyFrameIntervalMs: null, bFrames: null } as const;
const path = (health: object | null): PathObject => ({ name: 'cam', health }) as unknown as PathObject;

test('what is known of each track', () => {
  const tracks = [
    { ...VIDEO, clockDriftPpm: -12, silenceMs: 40 },
    { ...AUDIO, clockDriftPpm: null, silenceMs: 20 },
  ];
  expect(healthLines(path({ bitrateBps: 4_100, alerts: ['maxSilence'], tracks })).split('\n')).toEqual([
    'mediamesh_streams{name="cam"} 1',
    'mediamesh_streams_bitrate_bps{name="cam"} 4100',
    'mediamesh_streams_alerts{alert="maxSilence",name="cam"} 1',
    'mediamesh_tracks_bitrate_bps{codec="H264",name="cam",track="1"} 4000',
    'mediamesh_tracks_frame_rate{codec="H264",name="cam",track="1"} 24.98',
    'mediamesh_tracks_key_frame_interval_ms{codec="H264",name="cam",track="1"} 2000',
    'mediamesh_tracks_b_frames{codec="H264",name="cam",track="1"} 1',
    'mediamesh_tracks_clock_drift_ppm{codec="H264",name="cam",track="1"} -12',
    'mediamesh_tracks_silence_ms{codec="H264",name="cam",track="1"} 40',
    'mediamesh_tracks_bitrate_bps{codec="Opus",name="cam",track="2"} 100',
    'mediamesh_tracks_silence_ms{codec="Opus",name="cam",track="2"} 20',
    '',
  ]);
});

test('of a path without a stream, nothing', () => {
  expect(healthLines(path(null))).toBe('');
});
