import { Agent, request as sendRequest } from 'node:http';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientFork } from '../measure/client-fork.ts';
import type { BenchOptions } from '../measure/options.ts';
import { percentile } from '../measure/report.ts';
import type { Report } from '../measure/report.ts';
import { Server, apiUrlOf, urlOf } from '../measure/server.ts';

const PATHS = 1_000;
const STREAMS = 50;
const LOAD = { bitrateBps: 1e6, fps: 30, keyIntervalFrames: 60 };
/** What each path goes through: method, request, body. */
const STEPS = [
  ['POST', 'add', { source: 'publisher', maxReaders: 10 }],
  ['PATCH', 'patch', { maxReaders: 20, record: false }],
  ['DELETE', 'delete', undefined],
] as const;

/** Paths that come, change and go through the Control API, one request after the other, while streams run that they do not touch. */
export async function configPaths(options: BenchOptions): Promise<Report> {
  const count = options.clients ?? PATHS;
  const server = await Server.start(options);
  const publishing = new ClientFork();
  const reading = new ClientFork();
  const agent = new Agent({ keepAlive: true });
  try {
    const { packetBytes, udpPort } = options;
    const urls = Array.from({ length: STREAMS }, (_, index) => urlOf(options, `stream${index}`));
    await publishing.ask({ kind: 'publish', urls, ...LOAD, packetBytes });
    await reading.ask({ kind: 'read', urls, transport: 'tcp', udpPort });
    await delay(options.settleSeconds * 1_000);
    const clients = [publishing, reading];
    await Promise.all(clients.map((client) => client.ask({ kind: 'reset' })));
    const times: number[][] = [];
    for (const [method, step, body] of STEPS) {
      const own: number[] = [];
      for (let index = 0; index < count; index++) {
        const begin = performance.now();
        await ask(agent, method, `${apiUrlOf(options)}/v3/config/paths/${step}/path${index}`, body);
        own.push(performance.now() - begin);
      }
      times.push(own);
    }
    const [published, read] = await Promise.all(clients.map((client) => client.figures()));
    server.assertAlive();
    const all = times.flat();
    return {
      workload: 'config-paths',
      what: `${count} paths added, changed and deleted beside ${STREAMS} streams of 1 Mbit/s with a reader each`,
      decisive: 'p99Ms',
      figures: {
        requests: all.length,
        p50Ms: percentile(all, 50),
        p99Ms: percentile(all, 99),
        maxMs: percentile(all, 100),
        addP99Ms: percentile(times[0]!, 99),
        changeP99Ms: percentile(times[1]!, 99),
        deleteP99Ms: percentile(times[2]!, 99),
        frames: read!.frames,
        framesExpected: published!.published.frames,
        packetsLost: read!.lost,
        closed: published!.published.closed + read!.closed,
        streamP99Ms: read!.p99Ms,
        loadAverage: os.loadavg()[0],
      },
    };
  } finally {
    agent.destroy();
    publishing.stop();
    reading.stop();
    await server.stop();
  }
}

/** Resolves with the last byte of the answer. Errors: any status but 200. */
function ask(agent: Agent, method: string, url: string, body: object | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(url, { agent, method, headers: { 'content-type': 'application/json' } }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${method} ${url}: ${response.statusCode}`));
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
