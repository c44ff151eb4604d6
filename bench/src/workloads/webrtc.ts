import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientFork } from '../measure/client-fork.ts';
import type { BenchOptions } from '../measure/options.ts';
import { usageBetween, usageOf } from '../measure/process-tree.ts';
import type { Report } from '../measure/report.ts';
import { Server, urlOf, whepUrlOf } from '../measure/server.ts';

const FPS = 30;
const KEY_INTERVAL_FRAMES = 60;
const SIMULTANEOUS = 20;
const ROUNDS = 5;

/** One reader of 2 Mbit/s, while others join, 20 at once: how late its frames come, and what a handshake costs. */
export async function whepHandshakes(options: BenchOptions): Promise<Report> {
  const server = await Server.start(options);
  const publishing = new ClientFork();
  const reading = new ClientFork();
  const joining = new ClientFork();
  try {
    const { packetBytes, udpPort } = options;
    const url = whepUrlOf(options, 'stream');
    const urls = Array.from({ length: options.clients ?? SIMULTANEOUS }, () => url);
    const publish = { bitrateBps: 2e6, fps: FPS, keyIntervalFrames: KEY_INTERVAL_FRAMES, packetBytes };
    await publishing.ask({ kind: 'publish', urls: [urlOf(options, 'stream')], ...publish });
    await reading.ask({ kind: 'read', urls: [url], transport: 'udp', udpPort });
    await joining.ask({ kind: 'burst', urls }); // V8 has seen it then
    await delay(options.settleSeconds * 1_000);
    await reading.ask({ kind: 'reset' });
    await delay((options.seconds * 1_000) / 2);
    const alone = await reading.figures();
    await reading.ask({ kind: 'reset' });
    const before = usageOf(server.pids);
    let connectedMs = 0;
    for (let round = 0; round < ROUNDS; round++) {
      connectedMs += await joining.ask<number>({ kind: 'burst', urls });
      await delay(500);
    }
    const usage = usageBetween(before, usageOf(server.pids));
    const beside = await reading.figures();
    server.assertAlive();
    const handshakes = ROUNDS * urls.length;
    return {
      workload: 'whep-handshakes',
      what: `${urls.length} readers at once, ${ROUNDS} times, beside one of 2 Mbit/s`,
      decisive: 'maxMs',
      figures: {
        handshakesPerSecond: (handshakes * 1_000) / connectedMs,
        cpuMsPerHandshake: (usage.cpuSeconds * 1_000) / handshakes,
        p50Ms: beside.p50Ms,
        p99Ms: beside.p99Ms,
        maxMs: beside.maxMs,
        aloneP50Ms: alone.p50Ms,
        aloneMaxMs: alone.maxMs,
        loadAverage: os.loadavg()[0],
      },
    };
  } finally {
    for (const clients of [publishing, reading, joining]) clients.stop();
    await server.stop();
  }
}
