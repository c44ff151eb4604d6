import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientFork } from '../measure/client-fork.ts';
import type { BenchOptions } from '../measure/options.ts';
import { residentMib } from '../measure/process-tree.ts';
import type { Report } from '../measure/report.ts';
import { Server, urlOf, whepUrlOf } from '../measure/server.ts';

const PATHS = 100;
const READERS = 100;
/** A frame a second, of 2 KB: what costs is the path, not the media. */
const FPS = 1;
const BITRATE_BPS = 16_000;
const KEY_INTERVAL_FRAMES = 2;

/** Resident memory: idle, with paths, with a reader on each as well; each the mean over the last half of its time. */
export async function memory(options: BenchOptions): Promise<Report> {
  const server = await Server.start(options);
  const publishing = new ClientFork();
  const reading = new ClientFork();
  try {
    const { packetBytes, udpPort, transport } = options;
    const urls = Array.from({ length: PATHS }, (_, index) => urlOf(options, `stream${index}`));
    const idleMib = await settled(server, options);
    await publishing.ask({ kind: 'publish', urls, bitrateBps: BITRATE_BPS, fps: FPS, keyIntervalFrames: KEY_INTERVAL_FRAMES, packetBytes });
    const pathsMib = await settled(server, options);
    await reading.ask({ kind: 'read', urls: Array.from({ length: READERS }, (_, index) => urls[index % PATHS]!), transport, udpPort });
    const readersMib = await settled(server, options);
    server.assertAlive();
    return {
      workload: 'memory',
      what: `idle; ${PATHS} paths of 1 fps more; ${READERS} readers more`,
      decisive: 'idleMib',
      figures: { idleMib, pathsAddMib: pathsMib - idleMib, readersAddMib: readersMib - pathsMib, loadAverage: os.loadavg()[0] },
    };
  } finally {
    publishing.stop();
    reading.stop();
    await server.stop();
  }
}

/** Resident memory: with one path that is read by one, and with readers of it more. */
export async function whepMemory(options: BenchOptions): Promise<Report> {
  const server = await Server.start(options);
  const publishing = new ClientFork();
  const reading = new ClientFork();
  try {
    const { packetBytes, udpPort } = options;
    const count = options.clients ?? READERS;
    const publish = { bitrateBps: BITRATE_BPS, fps: FPS, keyIntervalFrames: KEY_INTERVAL_FRAMES, packetBytes };
    await publishing.ask({ kind: 'publish', urls: [urlOf(options, 'stream')], ...publish });
    const read = (readers: number): Promise<void> =>
      reading.ask({ kind: 'read', urls: Array.from({ length: readers }, () => whepUrlOf(options, 'stream')), transport: 'udp', udpPort });
    await read(1);
    const oneMib = await settled(server, options);
    await read(count);
    const readersMib = await settled(server, options);
    server.assertAlive();
    return {
      workload: 'whep-memory',
      what: `one reader of 1 fps; ${count} readers more`,
      decisive: 'kibPerReader',
      figures: { oneMib, kibPerReader: ((readersMib - oneMib) * 1_024) / count, loadAverage: os.loadavg()[0] },
    };
  } finally {
    publishing.stop();
    reading.stop();
    await server.stop();
  }
}

async function settled(server: Server, { seconds }: BenchOptions): Promise<number> {
  await delay(seconds * 500);
  let sum = 0;
  const samples = 10;
  for (let i = 0; i < samples; i++) {
    await delay((seconds * 500) / samples);
    sum += residentMib(server.pids);
  }
  return sum / samples;
}
