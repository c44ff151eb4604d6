import os from 'node:os';
import { runClientProcess } from './client/client-process.ts';
import { CLIENT_ARGUMENT } from './measure/client-fork.ts';
import { USAGE, parseOptions } from './measure/options.ts';
import type { BenchOptions } from './measure/options.ts';
import { medianReport, printReport } from './measure/report.ts';
import type { Report } from './measure/report.ts';
import { configPaths } from './workloads/config-paths.ts';
import { hlsFirst, hlsFmp4, hlsLatency, hlsLowLatency, hlsTs } from './workloads/hls.ts';
import { join, rtmpJoin, whepJoin } from './workloads/join.ts';
import { memory, whepMemory } from './workloads/memory.ts';
import { soak } from './workloads/soak.ts';
import { startup } from './workloads/startup.ts';
import { ingest, latency, pairs, rtmpFanout, rtmpIngest, tcpFanout, udpFanout, whepFanout, whepLatency } from './workloads/streaming.ts';
import { whepHandshakes } from './workloads/webrtc.ts';

const WORKLOADS: Readonly<Record<string, (options: BenchOptions) => Promise<Report>>> = {
  'tcp-fanout': tcpFanout,
  'udp-fanout': udpFanout,
  ingest,
  pairs,
  latency,
  join,
  memory,
  startup,
  soak,
  'rtmp-fanout': rtmpFanout,
  'rtmp-ingest': rtmpIngest,
  'rtmp-join': rtmpJoin,
  'hls-ll': hlsLowLatency,
  'hls-ts': hlsTs,
  'hls-fmp4': hlsFmp4,
  'hls-latency': hlsLatency,
  'hls-first': hlsFirst,
  'config-paths': configPaths,
  'whep-fanout': whepFanout,
  'whep-join': whepJoin,
  'whep-latency': whepLatency,
  'whep-memory': whepMemory,
  'whep-handshakes': whepHandshakes,
};

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const workload = WORKLOADS[options.workload];
  if (workload === undefined) {
    process.stdout.write(`${USAGE}\nWorkloads: ${Object.keys(WORKLOADS).join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  const context = {
    topology: options.server ?? (options.nats ? 'nats' : 'standalone'),
    date: new Date().toISOString().substring(0, 10),
    processors: os.availableParallelism(),
  };
  const reports: Report[] = [];
  for (let run = 1; run <= options.runs; run++) {
    const report = await workload(options);
    reports.push(report);
    printReport(report, { ...context, run });
  }
  if (reports.length > 1) printReport(medianReport(reports), { ...context, medianOf: reports.length });
}

if (process.argv[2] === CLIENT_ARGUMENT) runClientProcess();
else {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
