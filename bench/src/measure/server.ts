import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions } from './options.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');
const NODE = path.join(ROOT, 'node_modules', '.bin', 'node');
const READY = /started with|listener opened/;
const RTMP_READY = /\[RTMP\] (started with|listener opened)/;
const API_READY = /\[API\] (started with|listener opened)/;
const WEBRTC_READY = /\[WebRTC\] (started with|listener opened)/;
const READY_DEADLINE_MS = 20_000;
const END_DEADLINE_MS = 8_000;
const LAST_LINES = 2_000;

/** Ports after the first: RTP and RTCP have to be neighbours, RTP's even. */
const ports = ({ port }: BenchOptions) => ({
  rtsp: port,
  rtp: port + 2,
  rtcp: port + 3,
  nats: port + 4,
  adminApi: port + 5,
  admin: port + 6,
  hls: port + 7,
  adminHls: port + 8,
  rtmp: port + 9,
  adminRtmp: port + 10,
  webrtc: port + 11,
  webrtcUdp: port + 12,
  adminWebrtc: port + 13,
  api: port + 14,
});

export function urlOf(options: BenchOptions, pathName: string): string {
  return `rtsp://127.0.0.1:${ports(options).rtsp}/${pathName}`;
}

export function rtmpUrlOf(options: BenchOptions, pathName: string): string {
  return `rtmp://127.0.0.1:${ports(options).rtmp}/${pathName}`;
}

export function whepUrlOf(options: BenchOptions, pathName: string): string {
  return `http://127.0.0.1:${ports(options).webrtc}/${pathName}/whep`;
}

export function whipUrlOf(options: BenchOptions, pathName: string): string {
  return `http://127.0.0.1:${ports(options).webrtc}/${pathName}/whip`;
}

export function hlsUrlOf(options: BenchOptions, pathName: string): string {
  return `http://127.0.0.1:${ports(options).hls}/${pathName}/index.m3u8`;
}

export function apiUrlOf(options: BenchOptions): string {
  return `http://127.0.0.1:${ports(options).api}`;
}

export function adminUrlOf(options: BenchOptions): string {
  return `http://127.0.0.1:${ports(options).admin}/metrics`;
}

/** The measured server: the standalone one, the services with their NATS server, or somebody else's. */
export class Server {
  /** Of what is measured: without the NATS server, whose share is `natsPid`. */
  readonly pids: number[] = [];
  natsPid: number | undefined;
  readyMs = 0;
  private readonly options: BenchOptions;
  /** Undefined: HLS is off. */
  private readonly hlsVariant: string | undefined;
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  private readonly children: ChildProcess[] = [];
  private output = '';
  private ended: Error | undefined;

  private constructor(options: BenchOptions, hlsVariant?: string) {
    this.options = options;
    this.hlsVariant = hlsVariant;
  }

  /** Errors: a port is in use, or the server is not ready in time. */
  static async start(options: BenchOptions, hlsVariant?: string): Promise<Server> {
    const server = new Server(options, hlsVariant);
    try {
      await assertFree(ports(options).rtsp);
      await server.run();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Errors: one of its processes has ended by itself. */
  assertAlive(): void {
    if (this.ended !== undefined) throw this.ended;
  }

  async stop(): Promise<void> {
    for (const child of this.children.toReversed()) await end(child);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    const { options, folder } = this;
    const config = path.join(folder, 'config.yml');
    writeFileSync(config, configuration(options, this.hlsVariant));
    const { nats, admin, adminApi, adminHls, adminRtmp, adminWebrtc } = ports(options);
    const ready = readyLine(options);
    const start = performance.now();
    if (options.server !== undefined) {
      const [command, ...args] = options.server.split(/\s+/).map((word) => word.replaceAll('{config}', config));
      await this.spawn(command!, args, { MEDIAMESH_ADMIN_ADDRESS: `127.0.0.1:${admin}` }, ready);
    } else if (options.nats) {
      await this.spawn('nats-server', ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(nats)], {}, /Server is ready/);
      this.natsPid = this.pids.pop();
      const environment = { MEDIAMESH_NATS_URL: `nats://127.0.0.1:${nats}` };
      const main = (service: string): string => path.join(ROOT, 'services', service, 'dist', 'main.js');
      await this.spawn(
        NODE,
        [main('api'), config],
        { ...environment, MEDIAMESH_ADMIN_ADDRESS: `127.0.0.1:${adminApi}` },
        isApi(options) ? API_READY : /leads/,
      );
      await this.spawn(NODE, [main('rtsp')], { ...environment, MEDIAMESH_ADMIN_ADDRESS: `127.0.0.1:${admin}` }, READY);
      if (this.hlsVariant !== undefined) {
        await this.spawn(NODE, [main('hls')], { ...environment, MEDIAMESH_ADMIN_ADDRESS: `127.0.0.1:${adminHls}` }, READY);
      }
      if (isWebRtc(options))
        await this.spawn(NODE, [main('webrtc')], { ...environment, MEDIAMESH_ADMIN_ADDRESS: `127.0.0.1:${adminWebrtc}` }, ready);
      if (isRtmp(options))
        await this.spawn(NODE, [main('rtmp')], { ...environment, MEDIAMESH_ADMIN_ADDRESS: `127.0.0.1:${adminRtmp}` }, ready);
    } else {
      await this.spawn(path.join(ROOT, 'bin', 'mediamesh'), [config], { MEDIAMESH_ADMIN_ADDRESS: `127.0.0.1:${admin}` }, ready);
    }
    this.readyMs = performance.now() - start;
  }

  private async spawn(command: string, args: readonly string[], environment: Record<string, string>, ready: RegExp): Promise<void> {
    const child = spawn(command, args, { cwd: this.folder, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.children.push(child);
    if (child.pid !== undefined) this.pids.push(child.pid);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${command} is not ready after ${READY_DEADLINE_MS} ms:\n${this.output}`)),
        READY_DEADLINE_MS,
      );
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
      let own = '';
      const collect = (chunk: Buffer): void => {
        const text = chunk.toString();
        if (this.options.showLog) process.stderr.write(text);
        this.output = (this.output + text).slice(-LAST_LINES);
        if (own.length < 20_000) own += text;
        if (ready.test(own)) settle();
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.on('error', settle);
      child.on('exit', (code, signal) => {
        this.ended = new Error(`${command} ended (${signal ?? code}):\n${this.output}`);
        settle(this.ended);
      });
    });
  }
}

function isWebRtc({ workload }: BenchOptions): boolean {
  return workload.startsWith('whep-');
}

function isRtmp({ workload }: BenchOptions): boolean {
  return workload.startsWith('rtmp-');
}

function isApi({ workload }: BenchOptions): boolean {
  return workload === 'config-paths';
}

function readyLine(options: BenchOptions): RegExp {
  if (isRtmp(options)) return RTMP_READY;
  if (isApi(options)) return API_READY;
  return isWebRtc(options) ? WEBRTC_READY : READY;
}

/** Everything off but RTSP, and what is measured, so that no other listener takes part. */
function configuration(options: BenchOptions, hlsVariant: string | undefined): string {
  const { rtsp, rtp, rtcp, hls, rtmp, webrtc, webrtcUdp, api } = ports(options);
  const own = options.plain ? [] : ['pathDefaults:', `  gopCache: ${options.gopCache}`];
  const rtmpKeys = isRtmp(options) ? [`rtmpAddress: 127.0.0.1:${rtmp}`] : ['rtmp: false'];
  const webRtcKeys = isWebRtc(options)
    ? [`webrtcAddress: 127.0.0.1:${webrtc}`, `webrtcLocalUDPAddress: 127.0.0.1:${webrtcUdp}`]
    : ['webrtc: false'];
  const off = ['srt', 'moq', 'metrics'].map((key) => `${key}: false`);
  const kept = options.plain ? [] : ['stateDirectory: state']; // changes are durable before they are answered
  const apiKeys = isApi(options) ? ['api: true', `apiAddress: 127.0.0.1:${api}`, ...kept] : ['api: false'];
  const hlsKeys = hlsVariant === undefined ? ['hls: false'] : [`hlsAddress: 127.0.0.1:${hls}`, `hlsVariant: ${hlsVariant}`];
  return [
    'logLevel: info',
    'rtspTransports: [udp, tcp]',
    `rtspAddress: 127.0.0.1:${rtsp}`,
    `rtpAddress: 127.0.0.1:${rtp}`,
    `rtcpAddress: 127.0.0.1:${rtcp}`,
    ...hlsKeys,
    ...rtmpKeys,
    ...apiKeys,
    ...webRtcKeys,
    ...off.filter((line) => !(options.plain && line.startsWith('moq'))),
    ...own,
    'paths:',
    '  all_others:',
    '',
  ].join('\n');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = new AbortController();
  await Promise.race([ended, delay(END_DEADLINE_MS, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await ended;
  }
}

async function assertFree(port: number): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => reject(new Error(`port ${port} is in use: another run is under way, or choose others with --port`)));
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
