import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { JoinTimes } from '../client/readers.ts';
import { ClientFork } from '../measure/client-fork.ts';
import type { BenchOptions } from '../measure/options.ts';
import { percentile } from '../measure/report.ts';
import type { Report } from '../measure/report.ts';
import { Server, rtmpUrlOf, urlOf, whepUrlOf } from '../measure/server.ts';

const FPS = 30;
const JOINS = 40;

/** Readers that come one after the other, at all phases of a long group of pictures: how long until the first whole key frame, and until the stream is live. */
export function join(options: BenchOptions): Promise<Report> {
  return joinOver(options, { workload: 'join', urlOf, over: options.transport, keyIntervalSeconds: 10 });
}

export function rtmpJoin(options: BenchOptions): Promise<Report> {
  return joinOver(options, { workload: 'rtmp-join', publishUrlOf: rtmpUrlOf, urlOf: rtmpUrlOf, over: 'RTMP', keyIntervalSeconds: 10 });
}

export function whepJoin(options: BenchOptions): Promise<Report> {
  return joinOver(options, { workload: 'whep-join', urlOf: whepUrlOf, over: 'WHEP', keyIntervalSeconds: 4 });
}

interface Joining {
  readonly workload: string;
  /** RTSP without. */
  readonly publishUrlOf?: typeof urlOf;
  readonly urlOf: typeof urlOf;
  readonly over: string;
  readonly keyIntervalSeconds: number;
}

async function joinOver(options: BenchOptions, joining: Joining): Promise<Report> {
  const { workload, over, keyIntervalSeconds } = joining;
  const url = joining.urlOf(options, 'stream');
  const count = options.clients ?? JOINS;
  const server = await Server.start(options);
  const publishing = new ClientFork();
  const reading = new ClientFork();
  try {
    const { packetBytes, udpPort, transport } = options;
    const keyIntervalFrames = keyIntervalSeconds * FPS;
    const publishUrl = (joining.publishUrlOf ?? urlOf)(options, 'stream');
    await publishing.ask({ kind: 'publish', urls: [publishUrl], bitrateBps: 4e6, fps: FPS, keyIntervalFrames, packetBytes });
    await delay(options.settleSeconds * 1_000);
    const intervalMs = (Math.max(options.seconds, keyIntervalSeconds) * 1_000) / count;
    const times = await reading.ask<readonly JoinTimes[]>({ kind: 'join', url, transport, udpPort, count, intervalMs });
    const keyFrames = times.map(({ keyFrameMs }) => keyFrameMs);
    const liveEdges = times.map(({ liveEdgeMs }) => liveEdgeMs);
    server.assertAlive();
    return {
      workload,
      what: `first key frame of 4 Mbit/s, one every ${keyIntervalSeconds} s, over ${over}, gopCache ${options.plain ? 'unknown' : options.gopCache}`,
      decisive: 'p50Ms',
      figures: {
        joins: count,
        p50Ms: percentile(keyFrames, 50),
        p95Ms: percentile(keyFrames, 95),
        maxMs: percentile(keyFrames, 100),
        liveEdgeP50Ms: percentile(liveEdges, 50),
        liveEdgeP95Ms: percentile(liveEdges, 95),
        loadAverage: os.loadavg()[0],
      },
    };
  } finally {
    publishing.stop();
    reading.stop();
    await server.stop();
  }
}
