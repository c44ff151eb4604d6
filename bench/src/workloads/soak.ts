import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientFork } from '../measure/client-fork.ts';
import type { BenchOptions } from '../measure/options.ts';
import { residentMib } from '../measure/process-tree.ts';
import type { Report } from '../measure/report.ts';
import { Server, adminUrlOf, urlOf } from '../measure/server.ts';

const PUBLISHERS = 5;
const READERS = 50;
const BITRATE_BPS = 1e6;
const FPS = 30;
const KEY_INTERVAL_FRAMES = 60;
const STAY_MS = { minStayMs: 1_000, maxStayMs: 10_000 };
const SAMPLE_SECONDS = 10;

interface Sample {
  readonly seconds: number;
  readonly residentMib: number;
  /** Of V8; undefined where the server has no metrics. */
  readonly heapMib: number | undefined;
}

/** Readers that come, stay for a few seconds and go without a word: memory has to stay where it is. */
export async function soak(options: BenchOptions): Promise<Report> {
  const server = await Server.start(options);
  const publishing = new ClientFork();
  const reading = new ClientFork();
  try {
    const { packetBytes } = options;
    const urls = Array.from({ length: PUBLISHERS }, (_, index) => urlOf(options, `stream${index}`));
    await publishing.ask({ kind: 'publish', urls, bitrateBps: BITRATE_BPS, fps: FPS, keyIntervalFrames: KEY_INTERVAL_FRAMES, packetBytes });
    const count = options.clients ?? READERS;
    await reading.ask({ kind: 'churn', urls, count, ...STAY_MS });
    const samples = await sampled(server, options);
    const [published, read] = await Promise.all([publishing.figures(), reading.figures()]);
    const settled = samples.slice(Math.floor(samples.length / 2));
    server.assertAlive();
    return {
      workload: 'soak',
      what: `${PUBLISHERS} publishers, ${count} readers that come and go, ${options.seconds} s; slopes over the second half`,
      decisive: 'residentSlopeMibAnHour',
      figures: {
        visits: read.visits,
        firstMib: samples[0]?.residentMib,
        lastMib: samples.at(-1)?.residentMib,
        residentSlopeMibAnHour: slope(settled, ({ residentMib }) => residentMib) * 3_600,
        firstHeapMib: samples[0]?.heapMib,
        lastHeapMib: samples.at(-1)?.heapMib,
        heapSlopeMibAnHour: samples[0]?.heapMib === undefined ? undefined : slope(settled, ({ heapMib }) => heapMib ?? 0) * 3_600,
        frames: read.frames,
        packetsLost: read.lost,
        closed: read.closed + published.published.closed,
        loadAverage: os.loadavg()[0],
      },
    };
  } finally {
    publishing.stop();
    reading.stop();
    await server.stop();
  }
}

async function sampled(server: Server, options: BenchOptions): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const start = performance.now();
  for (let next = SAMPLE_SECONDS; next <= options.seconds; next += SAMPLE_SECONDS) {
    await delay(start + next * 1_000 - performance.now());
    const sample = { seconds: next, residentMib: residentMib(server.pids), heapMib: await heapMib(adminUrlOf(options)) };
    samples.push(sample);
    process.stdout.write(`  ${next} s: ${sample.residentMib.toFixed(1)} MiB resident, heap ${sample.heapMib?.toFixed(1) ?? 'unknown'}\n`);
  }
  return samples;
}

async function heapMib(url: string): Promise<number | undefined> {
  try {
    const text = await (await fetch(url)).text();
    const bytes = /^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1];
    return bytes === undefined ? undefined : Number(bytes) / 2 ** 20;
  } catch {
    return undefined;
  }
}

/** Of the least-squares line, a second. */
function slope(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [meanX, meanY] = [mean(({ seconds }) => seconds), mean(value)];
  let [above, below] = [0, 0];
  for (const sample of samples) {
    above += (sample.seconds - meanX) * (value(sample) - meanY);
    below += (sample.seconds - meanX) ** 2;
  }
  return above / below;
}
