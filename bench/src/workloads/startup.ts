import os from 'node:os';
import type { BenchOptions } from '../measure/options.ts';
import { usageOf } from '../measure/process-tree.ts';
import { percentile } from '../measure/report.ts';
import type { Report } from '../measure/report.ts';
import { Server } from '../measure/server.ts';

const STARTS = 5;

/** From the start of the process to the line that says that the listeners are open; a first start warms the caches and is not counted. */
export async function startup(options: BenchOptions): Promise<Report> {
  const readyMs: number[] = [];
  const cpuMs: number[] = [];
  for (let i = 0; i <= STARTS; i++) {
    const server = await Server.start(options);
    if (i > 0) {
      readyMs.push(server.readyMs);
      cpuMs.push(usageOf(server.pids).cpuSeconds * 1_000);
    }
    await server.stop();
  }
  return {
    workload: 'startup',
    what: `median of ${STARTS} starts`,
    decisive: 'readyMs',
    figures: {
      readyMs: percentile(readyMs, 50),
      slowestMs: percentile(readyMs, 100),
      cpuMs: percentile(cpuMs, 50),
      loadAverage: os.loadavg()[0],
    },
  };
}
