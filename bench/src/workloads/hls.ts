import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientFork } from '../measure/client-fork.ts';
import type { BenchOptions } from '../measure/options.ts';
import { percentile } from '../measure/report.ts';
import type { Report } from '../measure/report.ts';
import { Server, hlsUrlOf, urlOf } from '../measure/server.ts';
import { measureWindow } from '../measure/window.ts';

const FPS = 30;
const KEY_INTERVAL_FRAMES = 60;
/** Clients come at all phases of a segment. */
const ARRIVAL_MS = 2_000;
const FIRST_PATHS = 20;
const FIRST_KEY_INTERVAL_FRAMES = 4 * FPS;
/** As long as a path has been live before its first client comes. */
const LIVE_SECONDS = 12;
/** From one client's arrival to the next: all phases of the key-frame interval. */
const FIRST_INTERVAL_MS = 230;

type Variant = 'lowLatency' | 'mpegts' | 'fmp4';

/** One stream of 4 Mbit/s to players of one variant. */
async function play(options: BenchOptions, workload: string, variant: Variant, clients: number): Promise<Report> {
  const server = await Server.start(options, variant);
  const publishing = new ClientFork();
  const playing = new ClientFork();
  try {
    const { packetBytes } = options;
    const keyIntervalFrames = KEY_INTERVAL_FRAMES;
    await publishing.ask({ kind: 'publish', urls: [urlOf(options, 'stream')], bitrateBps: 4e6, fps: FPS, keyIntervalFrames, packetBytes });
    await playing.ask({ kind: 'hlsPlay', url: hlsUrlOf(options, 'stream'), count: clients, intervalMs: ARRIVAL_MS / clients });
    await delay(options.settleSeconds * 1_000);
    const window = await measureWindow(server, [publishing, playing], options.seconds);
    const [published, played] = window.clients;
    const { usage, seconds } = window;
    return {
      workload,
      what: `4 Mbit/s, 1 to ${clients}, ${variant}`,
      decisive: 'usPerFrame',
      figures: {
        cores: usage.cpuSeconds / seconds,
        natsCores: window.natsCores,
        usPerFrame: (usage.cpuSeconds * 1e6) / played!.frames,
        residentMib: window.residentMib,
        p50Ms: played!.p50Ms,
        p99Ms: played!.p99Ms,
        maxMs: played!.maxMs,
        mbitps: (played!.bytes * 8) / 1e6 / seconds,
        answersPerSecond: played!.packets / seconds,
        frames: played!.frames,
        framesExpected: published!.published.frames * clients,
        closed: published!.published.closed + played!.closed,
        publisherBlocked: published!.published.blocked,
        systemCores: usage.systemSeconds / seconds,
        otherThreadsCores: usage.otherThreadsSeconds / seconds,
        loadAverage: window.loadAverage,
      },
    };
  } finally {
    publishing.stop();
    playing.stop();
    await server.stop();
  }
}

export function hlsLowLatency(options: BenchOptions): Promise<Report> {
  return play(options, 'hls-ll', 'lowLatency', options.clients ?? 100);
}

export function hlsTs(options: BenchOptions): Promise<Report> {
  return play(options, 'hls-ts', 'mpegts', options.clients ?? 200);
}

export function hlsFmp4(options: BenchOptions): Promise<Report> {
  return play(options, 'hls-fmp4', 'fmp4', options.clients ?? 200);
}

/** Of each frame: from the publisher's write to the last byte of the part that holds it, at one client. */
export async function hlsLatency(options: BenchOptions): Promise<Report> {
  return { ...(await play(options, 'hls-latency', 'lowLatency', options.clients ?? 1)), decisive: 'p50Ms' };
}

/** Paths that have been live for a while, each with its first client (cold), and with a second one (warm). */
export async function hlsFirst(options: BenchOptions): Promise<Report> {
  const count = options.clients ?? FIRST_PATHS;
  const server = await Server.start(options, 'lowLatency');
  const publishing = new ClientFork();
  const playing = new ClientFork();
  try {
    const names = Array.from({ length: count }, (_, index) => `stream${index}`);
    const urls = names.map((name) => urlOf(options, name));
    const { packetBytes } = options;
    await publishing.ask({ kind: 'publish', urls, bitrateBps: 1e6, fps: FPS, keyIntervalFrames: FIRST_KEY_INTERVAL_FRAMES, packetBytes });
    await delay(LIVE_SECONDS * 1_000);
    const request = { kind: 'hlsFirst', urls: names.map((name) => hlsUrlOf(options, name)), intervalMs: FIRST_INTERVAL_MS } as const;
    const cold = await playing.ask<readonly number[]>(request);
    const warm = await playing.ask<readonly number[]>(request);
    server.assertAlive();
    return {
      workload: 'hls-first',
      what: `first media of 1 Mbit/s, a key frame every ${FIRST_KEY_INTERVAL_FRAMES / FPS} s, ${count} paths`,
      decisive: 'coldP95Ms',
      figures: {
        coldP50Ms: percentile(cold, 50),
        coldP95Ms: percentile(cold, 95),
        warmP50Ms: percentile(warm, 50),
        warmP95Ms: percentile(warm, 95),
        loadAverage: os.loadavg()[0],
      },
    };
  } finally {
    publishing.stop();
    playing.stop();
    await server.stop();
  }
}
