import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientFigures } from '../client/client-process.ts';
import type { ClientFork } from './client-fork.ts';
import { residentMib, usageBetween, usageOf } from './process-tree.ts';
import type { ProcessUsage } from './process-tree.ts';
import type { Server } from './server.ts';

/** One measured window of steady load. */
export interface WindowFigures {
  readonly seconds: number;
  readonly usage: ProcessUsage;
  /** Of the NATS server; undefined without. */
  readonly natsCores: number | undefined;
  readonly residentMib: number;
  readonly clients: readonly ClientFigures[];
  readonly loadAverage: number;
}

export async function measureWindow(server: Server, clients: readonly ClientFork[], seconds: number): Promise<WindowFigures> {
  const natsPids = server.natsPid === undefined ? [] : [server.natsPid];
  await Promise.all(clients.map((client) => client.ask({ kind: 'reset' })));
  const [before, natsBefore, start] = [usageOf(server.pids), usageOf(natsPids), performance.now()];
  await delay(seconds * 1_000);
  const [after, natsAfter, end] = [usageOf(server.pids), usageOf(natsPids), performance.now()];
  server.assertAlive();
  const figures = await Promise.all(clients.map((client) => client.figures()));
  const elapsed = (end - start) / 1_000;
  return {
    seconds: elapsed,
    usage: usageBetween(before, after),
    natsCores: server.natsPid === undefined ? undefined : usageBetween(natsBefore, natsAfter).cpuSeconds / elapsed,
    residentMib: residentMib(server.pids),
    clients: figures,
    loadAverage: os.loadavg()[0]!,
  };
}
