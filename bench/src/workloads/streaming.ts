import { setTimeout as delay } from 'node:timers/promises';
import { ClientFork } from '../measure/client-fork.ts';
import type { BenchOptions } from '../measure/options.ts';
import type { Report } from '../measure/report.ts';
import { Server, rtmpUrlOf, urlOf, whepUrlOf, whipUrlOf } from '../measure/server.ts';
import { measureWindow } from '../measure/window.ts';
import type { WindowFigures } from '../measure/window.ts';

const FPS = 30;
const KEY_INTERVAL_FRAMES = 60;

interface Streaming {
  readonly bitrateBps: number;
  readonly publishers: number;
  readonly readersEach: number;
  readonly transport: 'tcp' | 'udp';
  /** Of publishers and of readers; RTSP without. */
  readonly protocols?: readonly ['rtmp', 'rtmp'] | readonly ['rtsp' | 'whip', 'whep'];
}

const RTMP_PROBE_MS = 3_000;
const URL_OF = { rtsp: urlOf, rtmp: rtmpUrlOf, whep: whepUrlOf, whip: whipUrlOf } as const;

/** Steady streams: publishers in one process, readers in another, the server's CPU over the window. */
async function stream(options: BenchOptions, load: Streaming): Promise<WindowFigures> {
  const server = await Server.start(options);
  const publishing = new ClientFork();
  const reading = load.readersEach > 0 ? new ClientFork() : undefined;
  try {
    const [publishedOver, readOver] = load.protocols ?? ['rtsp', 'rtsp'];
    const paths = Array.from({ length: load.publishers }, (_, index) => `stream${index}`);
    const urls = paths.map((path) => URL_OF[publishedOver](options, path));
    const { packetBytes, udpPort } = options;
    await publishing.ask({
      kind: 'publish',
      urls,
      bitrateBps: load.bitrateBps,
      fps: FPS,
      keyIntervalFrames: KEY_INTERVAL_FRAMES,
      packetBytes,
    });
    // MediaMTX looks at what is published over RTMP for two seconds before it is a stream.
    if (publishedOver === 'rtmp') await delay(RTMP_PROBE_MS);
    const readerUrls = paths.flatMap((path) => Array.from({ length: load.readersEach }, () => URL_OF[readOver](options, path)));
    await reading?.ask({ kind: 'read', urls: readerUrls, transport: load.transport, udpPort });
    await delay(options.settleSeconds * 1_000);
    const clients = reading === undefined ? [publishing] : [publishing, reading];
    return await measureWindow(server, clients, options.seconds);
  } finally {
    publishing.stop();
    reading?.stop();
    await server.stop();
  }
}

function report(workload: string, what: string, load: Streaming, window: WindowFigures): Report {
  const [publishing, reading] = window.clients;
  const framesIn = publishing!.published.frames;
  const { usage } = window;
  const frames = reading === undefined ? framesIn : reading.frames;
  return {
    workload,
    what,
    decisive: 'usPerFrame',
    figures: {
      cores: usage.cpuSeconds / window.seconds,
      natsCores: window.natsCores,
      usPerFrame: (usage.cpuSeconds * 1e6) / frames,
      residentMib: window.residentMib,
      p50Ms: reading?.p50Ms,
      p99Ms: reading?.p99Ms,
      maxMs: reading?.maxMs,
      mbitps: reading === undefined ? undefined : (reading.bytes * 8) / 1e6 / window.seconds,
      frames,
      framesExpected: reading === undefined ? Math.round(load.publishers * FPS * window.seconds) : framesIn * load.readersEach,
      packetsLost: reading?.lost,
      closed: publishing!.published.closed + (reading?.closed ?? 0),
      publisherBlocked: publishing!.published.blocked,
      systemCores: usage.systemSeconds / window.seconds,
      otherThreadsCores: usage.otherThreadsSeconds / window.seconds,
      pageFaultsPerFrame: usage.pageFaults / frames,
      loadAverage: window.loadAverage,
    },
  };
}

export async function tcpFanout(options: BenchOptions): Promise<Report> {
  const load: Streaming = { bitrateBps: 4e6, publishers: 1, readersEach: options.clients ?? 200, transport: 'tcp' };
  return report('tcp-fanout', `4 Mbit/s, 1 to ${load.readersEach} over TCP`, load, await stream(options, load));
}

export async function udpFanout(options: BenchOptions): Promise<Report> {
  const load: Streaming = { bitrateBps: 4e6, publishers: 1, readersEach: options.clients ?? 100, transport: 'udp' };
  return report('udp-fanout', `4 Mbit/s, 1 to ${load.readersEach} over UDP`, load, await stream(options, load));
}

export async function ingest(options: BenchOptions): Promise<Report> {
  const load: Streaming = { bitrateBps: 2e6, publishers: options.clients ?? 200, readersEach: 0, transport: 'tcp' };
  return report('ingest', `${load.publishers} publishers of 2 Mbit/s over TCP`, load, await stream(options, load));
}

export async function pairs(options: BenchOptions): Promise<Report> {
  const load: Streaming = { bitrateBps: 2e6, publishers: options.clients ?? 100, readersEach: 1, transport: 'tcp' };
  return report('pairs', `${load.publishers} publishers of 2 Mbit/s, a reader each, over TCP`, load, await stream(options, load));
}

export async function rtmpFanout(options: BenchOptions): Promise<Report> {
  const load: Streaming = {
    bitrateBps: 4e6,
    publishers: 1,
    readersEach: options.clients ?? 200,
    transport: 'tcp',
    protocols: ['rtmp', 'rtmp'],
  };
  return report('rtmp-fanout', `4 Mbit/s, 1 to ${load.readersEach} over RTMP`, load, await stream(options, load));
}

export async function rtmpIngest(options: BenchOptions): Promise<Report> {
  const load: Streaming = {
    bitrateBps: 2e6,
    publishers: options.clients ?? 100,
    readersEach: 0,
    transport: 'tcp',
    protocols: ['rtmp', 'rtmp'],
  };
  return report('rtmp-ingest', `${load.publishers} publishers of 2 Mbit/s over RTMP`, load, await stream(options, load));
}

export async function latency(options: BenchOptions): Promise<Report> {
  const load: Streaming = { bitrateBps: 4e6, publishers: 1, readersEach: 1, transport: options.transport };
  return { ...report('latency', `4 Mbit/s, 1 to 1 over ${options.transport}`, load, await stream(options, load)), decisive: 'p50Ms' };
}

export async function whepFanout(options: BenchOptions): Promise<Report> {
  const readersEach = options.clients ?? 100;
  const load: Streaming = { bitrateBps: 2e6, publishers: 1, readersEach, transport: 'udp', protocols: ['rtsp', 'whep'] };
  return report('whep-fanout', `2 Mbit/s, 1 to ${readersEach} over WHEP`, load, await stream(options, load));
}

export async function whepLatency(options: BenchOptions): Promise<Report> {
  const load: Streaming = { bitrateBps: 2e6, publishers: 1, readersEach: 1, transport: 'udp', protocols: ['whip', 'whep'] };
  return { ...report('whep-latency', '2 Mbit/s, WHIP to WHEP', load, await stream(options, load)), decisive: 'p50Ms' };
}
